import { openDB } from "idb";
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from "idb";
import type { ClientMessageId, ConversationId, MessageId, Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import { memoryStore } from "./memory-store.ts";
import { OutboxJournal, pageStorage } from "./outbox-journal.ts";
import { StoreUnusable } from "./store-unusable.ts";
import { newestOf } from "./store-page.ts";
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
} from "./store.ts";

interface Schema extends DBSchema {
  meta: { key: string; value: StoreMeta };
  conversations: { key: ConversationId; value: Conversation };
  logs: { key: ConversationId; value: LogState };
  messages: { key: [ConversationId, Seq]; value: StoredMessage; indexes: { message_id: MessageId } };
  events: { key: [ConversationId, Seq]; value: StoredEvent };
  outbox: { key: ClientMessageId; value: OutboxRow };
  people: { key: UserId; value: StoredPerson };
  /** Who may write: whoever loaded it last. */
  owner: { key: string; value: string };
}
type Database = IDBPDatabase<Schema>;
type Upgrade = IDBPTransaction<Schema, StoreNames<Schema>[], "versionchange">;

/** Step n makes version n + 1 out of version n. Only ever appended to: what is out there was made by them. */
const MIGRATIONS: readonly ((database: Database, upgrade: Upgrade) => void)[] = [
  (database) => {
    database.createObjectStore("meta");
    database.createObjectStore("conversations", { keyPath: "conversation_id" });
    database.createObjectStore("logs", { keyPath: "conversation_id" });
    const messages = database.createObjectStore("messages", { keyPath: ["conversation_id", "seq"] });
    messages.createIndex("message_id", "message_id");
    database.createObjectStore("outbox", { keyPath: "client_message_id" });
  },
  (database) => {
    database.createObjectStore("events", { keyPath: ["conversation_id", "seq"] });
  },
  (database) => {
    database.createObjectStore("people", { keyPath: "user_id" });
  },
  (database) => {
    database.createObjectStore("owner");
  },
];

const TABLES: StoreNames<Schema>[] = ["meta", "conversations", "logs", "messages", "events", "outbox", "people"];
const ALL: StoreNames<Schema>[] = [...TABLES, "owner"];
const META = "meta";
const OWNER = "owner";
/** Everything of one conversation below a `seq`. */
const below = (id: ConversationId, before: Seq): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, before], false, true);

class IndexedDbStore implements Store {
  readonly #name: string;
  readonly #journal: OutboxJournal;
  readonly #me = crypto.randomUUID();
  /** Stands in where the browser gives no database. */
  #memory: Store | undefined;
  #opening: Promise<Database> | undefined;

  constructor(name: string, storage: Storage | undefined) {
    this.#name = name;
    this.#journal = new OutboxJournal(name, storage);
  }

  note(batch: StoreBatch): void {
    for (const row of batch.outbox ?? []) this.#journal.put(row);
    for (const id of batch.sent ?? []) this.#journal.remove(id);
  }

  noted(): readonly OutboxRow[] {
    return this.#journal.rows();
  }

  async load(): Promise<StoreSnapshot> {
    try {
      return await this.#load();
    } catch (trouble) {
      if (trouble instanceof StoreUnusable) throw trouble;
      this.#memory = memoryStore();
      return { ...(await this.#memory.load()), outbox: this.#journal.rows(), trouble };
    }
  }

  async #load(): Promise<StoreSnapshot> {
    const transaction = (await this.#database()).transaction(ALL, "readwrite");
    await transaction.objectStore("owner").put(this.#me, OWNER);
    const [meta, conversations, logs, outbox, people] = await Promise.all([
      transaction.objectStore("meta").get(META),
      transaction.objectStore("conversations").getAll(),
      transaction.objectStore("logs").getAll(),
      transaction.objectStore("outbox").getAll(),
      transaction.objectStore("people").getAll(),
    ]);
    const stored = new Set(outbox.map((row) => row.client_message_id));
    const unstored = this.#journal.rows().filter((row) => !stored.has(row.client_message_id));
    return { meta: meta ?? { rev: 0 }, conversations, logs, outbox: [...outbox, ...unstored], people };
  }

  async apply(batch: StoreBatch): Promise<void> {
    if (this.#memory !== undefined) return this.#memory.apply(batch);
    const database = await this.#database();
    // An outbox row is all that there is of a message: it goes to the disk before the message leaves.
    const durability = (batch.outbox?.length ?? 0) > 0 ? "strict" : "relaxed";
    const transaction = database.transaction(ALL, "readwrite", { durability });
    await this.#check(transaction, transaction.objectStore("owner").get(OWNER));
    const table = <N extends StoreNames<Schema>>(name: N) => transaction.objectStore(name);
    const work: Promise<unknown>[] = [];
    if (batch.meta !== undefined) work.push(table("meta").put(batch.meta, META));
    for (const id of batch.dropped ?? []) {
      const all = below(id, Number.MAX_SAFE_INTEGER);
      work.push(table("messages").delete(all), table("events").delete(all));
    }
    for (const row of batch.conversations ?? []) work.push(table("conversations").put(row));
    for (const log of batch.logs ?? []) work.push(table("logs").put(log));
    for (const message of batch.messages ?? []) work.push(table("messages").put(message));
    for (const event of batch.events ?? []) work.push(table("events").put(event));
    for (const row of batch.outbox ?? []) work.push(table("outbox").put(row));
    for (const id of batch.sent ?? []) work.push(table("outbox").delete(id));
    for (const one of batch.people ?? []) work.push(table("people").put(one));
    await Promise.all([...work, transaction.done]);
    for (const row of batch.outbox ?? []) this.#journal.remove(row.client_message_id);
  }

  async page(id: ConversationId, before: Seq, limit: number): Promise<StoredPage> {
    if (this.#memory !== undefined) return this.#memory.page(id, before, limit);
    const transaction = (await this.#database()).transaction(["messages", "events"]);
    const newest = async <N extends "messages" | "events">(name: N): Promise<Schema[N]["value"][]> => {
      const found: Schema[N]["value"][] = [];
      let cursor = await transaction.objectStore(name).openCursor(below(id, before), "prev");
      while (cursor !== null && found.length < limit) {
        found.push(cursor.value);
        cursor = await cursor.continue();
      }
      return found.toReversed();
    };
    const [messages, events] = await Promise.all([newest("messages"), newest("events")]);
    return newestOf(messages, events, limit);
  }

  async message(id: ConversationId, messageId: MessageId): Promise<StoredMessage | undefined> {
    if (this.#memory !== undefined) return this.#memory.message(id, messageId);
    const found = await (await this.#database()).getFromIndex("messages", "message_id", messageId);
    return found?.conversation_id === id ? found : undefined;
  }

  async clear(): Promise<void> {
    this.#journal.clear();
    if (this.#memory !== undefined) return this.#memory.clear();
    const transaction = (await this.#database()).transaction(ALL, "readwrite");
    await this.#check(transaction, transaction.objectStore("owner").get(OWNER));
    await Promise.all([...TABLES.map((name) => transaction.objectStore(name).clear()), transaction.done]);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#memory = undefined;
    (await opening)?.close();
  }

  /** Within the transaction that writes: a page that was frozen wakes up in the middle of anything. */
  async #check(
    transaction: { abort(): void; readonly done: Promise<void> },
    owner: Promise<string | undefined>,
  ): Promise<void> {
    const current = await owner;
    if (current === undefined || current === this.#me) return;
    transaction.done.catch(() => undefined);
    transaction.abort();
    throw new StoreUnusable("replaced");
  }

  #database(): Promise<Database> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<Database> {
    const forget = (): void => {
      this.#opening = undefined;
    };
    // A browser that forbids databases throws at once: then too `forget` must come after the promise is kept.
    await Promise.resolve();
    try {
      return await openDB<Schema>(this.#name, MIGRATIONS.length, {
        upgrade: (database, oldVersion, _newVersion, transaction) => {
          for (const step of MIGRATIONS.slice(oldVersion)) step(database, transaction);
        },
        blocking: (_current, _blocked, event) => {
          // A newer version of the app in another window waits for this one to let go.
          (event.target as IDBDatabase).close();
          forget();
        },
        terminated: forget,
      });
    } catch (error) {
      forget();
      if (error instanceof DOMException && error.name === "VersionError") throw new StoreUnusable("outdated");
      throw error;
    }
  }
}

/** A store in the browser's IndexedDB. Give each signed-in user (and each window with a device of its own) another `name`. */
export const indexedDbStore = (name = "parley", storage = pageStorage()): Store => new IndexedDbStore(name, storage);
