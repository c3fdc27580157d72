import { DatabaseSync } from "node:sqlite";
import type { SQLOutputValue, StatementSync } from "node:sqlite";
import type { ConversationId, MessageId, Seq } from "../../../src/shared/ids.ts";
import type { Conversation } from "../../../src/shared/protocol/conversation.ts";
import { newestOf } from "../store-page.ts";
import { StoreUnusable } from "../store-unusable.ts";
import type {
  LogState,
  OutboxRow,
  Store,
  StoreBatch,
  StoredEvent,
  StoredMessage,
  StoredPage,
  StoredPerson,
  StoreMeta,
  StoreSnapshot,
} from "../store.ts";

/** Step n makes version n + 1 out of version n. Only ever appended to: what is out there was made by them. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE items (kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
   CREATE TABLE messages (
     conversation_id TEXT NOT NULL, seq INTEGER NOT NULL, message_id TEXT NOT NULL, value TEXT NOT NULL,
     PRIMARY KEY (conversation_id, seq)) WITHOUT ROWID;
   CREATE INDEX messages_by_id ON messages (message_id);
   CREATE TABLE events (
     conversation_id TEXT NOT NULL, seq INTEGER NOT NULL, value TEXT NOT NULL,
     PRIMARY KEY (conversation_id, seq)) WITHOUT ROWID;`,
];

/** What is looked up by an id, or is there once. */
interface Items {
  meta: StoreMeta;
  conversations: Conversation;
  logs: LogState;
  outbox: OutboxRow;
  people: StoredPerson;
  handled: Seq;
  owner: string;
}
type Kind = keyof Items;
type Row = Record<string, SQLOutputValue>;
const ONLY = "";
const TABLES = ["items", "messages", "events"] as const;

const valueOf = (row: Row): unknown => JSON.parse(String(row["value"]));

/** The statements of one open database. */
class Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    // What is acknowledged outlives the machine, not only the process.
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
    this.transaction(() => this.#migrate());
  }

  transaction<T>(work: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  run(sql: string, ...values: (string | number)[]): void {
    this.#statement(sql).run(...values);
  }

  one(sql: string, ...values: (string | number)[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: (string | number)[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  item<K extends Kind>(kind: K, id = ONLY): Items[K] | undefined {
    const row = this.one("SELECT value FROM items WHERE kind = ? AND id = ?", kind, id);
    return row === undefined ? undefined : (valueOf(row) as Items[K]);
  }

  items<K extends Kind>(kind: K): Items[K][] {
    return this.all("SELECT value FROM items WHERE kind = ?", kind).map((row) => valueOf(row) as Items[K]);
  }

  putItem<K extends Kind>(kind: K, id: string, value: Items[K]): void {
    this.run("INSERT OR REPLACE INTO items (kind, id, value) VALUES (?, ?, ?)", kind, id, JSON.stringify(value));
  }

  close(): void {
    this.#database.close();
  }

  #migrate(): void {
    const version = Number(this.one("PRAGMA user_version")?.["user_version"] ?? 0);
    if (version > MIGRATIONS.length) throw new StoreUnusable("outdated");
    for (const step of MIGRATIONS.slice(version)) this.#database.exec(step);
    if (version < MIGRATIONS.length) this.#database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** A store in an SQLite file: what was written is there after a `kill -9`. */
export class FileStore implements Store {
  readonly #file: string;
  readonly #me = crypto.randomUUID();
  #open: Database | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async load(): Promise<StoreSnapshot> {
    const database = this.#database();
    return database.transaction(() => {
      database.putItem("owner", ONLY, this.#me);
      return {
        meta: database.item("meta") ?? { rev: 0 },
        conversations: database.items("conversations"),
        logs: database.items("logs"),
        outbox: database.items("outbox"),
        people: database.items("people"),
      };
    });
  }

  async apply(batch: StoreBatch): Promise<void> {
    this.#write((database) => this.#apply(database, batch));
  }

  async page(id: ConversationId, before: Seq, limit: number): Promise<StoredPage> {
    const newest = (table: "messages" | "events"): unknown[] => {
      const sql = `SELECT value FROM ${table} WHERE conversation_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`;
      return this.#database().all(sql, id, before, limit).map(valueOf).toReversed();
    };
    const [messages, events] = [newest("messages") as StoredMessage[], newest("events") as StoredEvent[]];
    return newestOf(messages, events, limit);
  }

  async message(id: ConversationId, messageId: MessageId): Promise<StoredMessage | undefined> {
    const sql = "SELECT value FROM messages WHERE message_id = ? AND conversation_id = ?";
    const row = this.#database().one(sql, messageId, id);
    return row === undefined ? undefined : (valueOf(row) as StoredMessage);
  }

  async clear(): Promise<void> {
    this.#write((database) => {
      for (const table of TABLES) database.run(`DELETE FROM ${table}`);
      database.putItem("owner", ONLY, this.#me);
    });
  }

  async close(): Promise<void> {
    this.#open?.close();
    this.#open = undefined;
  }

  /** Up to where a bot has done what a conversation asked of it; `undefined` when it is new to it. */
  handled(id: ConversationId): Seq | undefined {
    return this.#database().item("handled", id);
  }

  setHandled(id: ConversationId, seq: Seq): void {
    this.#write((database) => database.putItem("handled", id, seq));
  }

  /** Another process that has opened the file since is the one that writes. */
  #write(work: (database: Database) => void): void {
    const database = this.#database();
    database.transaction(() => {
      const owner = database.item("owner");
      if (owner !== undefined && owner !== this.#me) throw new StoreUnusable("replaced");
      work(database);
    });
  }

  #apply(database: Database, batch: StoreBatch): void {
    if (batch.meta !== undefined) database.putItem("meta", ONLY, batch.meta);
    for (const id of batch.dropped ?? []) {
      database.run("DELETE FROM messages WHERE conversation_id = ?", id);
      database.run("DELETE FROM events WHERE conversation_id = ?", id);
    }
    for (const row of batch.conversations ?? []) database.putItem("conversations", row.conversation_id, row);
    for (const log of batch.logs ?? []) database.putItem("logs", log.conversation_id, log);
    for (const message of batch.messages ?? []) {
      const { conversation_id, seq, message_id } = message;
      const sql = "INSERT OR REPLACE INTO messages (conversation_id, seq, message_id, value) VALUES (?, ?, ?, ?)";
      database.run(sql, conversation_id, seq, message_id, JSON.stringify(message));
    }
    for (const event of batch.events ?? []) {
      const sql = "INSERT OR REPLACE INTO events (conversation_id, seq, value) VALUES (?, ?, ?)";
      database.run(sql, event.conversation_id, event.seq, JSON.stringify(event));
    }
    for (const row of batch.outbox ?? []) database.putItem("outbox", row.client_message_id, row);
    for (const id of batch.sent ?? []) database.run("DELETE FROM items WHERE kind = 'outbox' AND id = ?", id);
    for (const one of batch.people ?? []) database.putItem("people", one.user_id, one);
  }

  #database(): Database {
    this.#open ??= new Database(this.#file);
    return this.#open;
  }
}

/** A store in a file, for processes that may end at any moment. One process at a time: the last to open it has it. */
export const fileStore = (file: string): Store => new FileStore(file);
