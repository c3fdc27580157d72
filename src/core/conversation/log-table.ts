import type { ClientMessageId, Seq, UserId } from "../../shared/ids.ts";
import type { EntryKind } from "../../shared/protocol/entry.ts";
import type { Sql } from "../ports.ts";
import { BlockTable } from "./block-table.ts";
import { Generations } from "./generations.ts";
import { ThreadBlocks } from "./thread-blocks.ts";

export interface LogRow {
  seq: Seq;
  at: number;
  sender_id: UserId;
  client_id: ClientMessageId | null;
  kind: EntryKind;
  /** JSON array of user ids. */
  mentions: string | null;
  /** The fields of the entry that depend on its kind, as JSON. Never empty. */
  body: string;
  /** Of a message, from here on: its last edit, as JSON (see message-table.ts). */
  edited: string | null;
  /** The entry that deleted it, and when. */
  deleted_seq: Seq | null;
  deleted_at: number | null;
  /** The message that its thread hangs on. */
  thread: Seq | null;
  /** When it is removed, ms since 1970. */
  expires_at: number | null;
  /** Who never sees it. */
  hidden_from: UserId | null;
}

/** What is known of an entry when it is written; the rest comes later. */
export type NewRow = Pick<LogRow, "seq" | "at" | "sender_id" | "client_id" | "kind" | "body"> &
  Partial<Pick<LogRow, "mentions" | "thread" | "expires_at" | "hidden_from">>;

export const rowOf = (row: NewRow): LogRow => ({
  mentions: null,
  thread: null,
  expires_at: null,
  hidden_from: null,
  edited: null,
  deleted_seq: null,
  deleted_at: null,
  ...row,
});

interface ClientIdRow {
  seq: Seq;
  at: number;
  sender_id: UserId;
  client_id: ClientMessageId;
}

/** What may become of an entry that is there. */
export type Patch = Partial<
  Pick<LogRow, "mentions" | "body" | "edited" | "deleted_seq" | "deleted_at" | "expires_at" | "hidden_from">
>;

/** In the order in which rows are written: what comes later is null then. */
const WRITTEN = [
  "seq",
  "at",
  "sender_id",
  "client_id",
  "kind",
  "mentions",
  "body",
  "thread",
  "expires_at",
  "hidden_from",
] as const;
const COLUMNS = [...WRITTEN, "edited", "deleted_seq", "deleted_at"] as const;
const WRITTEN_COLUMNS = WRITTEN.join(", ");
export const LOG_COLUMNS = COLUMNS.join(", ");

/** The newest entry that edited a message. */
const lastEdit = (edited: string | null): Seq | undefined =>
  edited === null ? undefined : (JSON.parse(edited) as { readonly entries: readonly Seq[] }).entries.at(-1);

/**
 * The log of one conversation, and the ids that cannot be found in it. What is pruned is in the archive only: of that, this has
 * what is kept, what was recalled for now, and in blocks everything but what it says, so that whatever is looked up is exact.
 */
export class LogTable {
  readonly generations: Generations;
  readonly blocks: BlockTable;
  readonly threads: ThreadBlocks;
  readonly #sql: Sql;
  #recall: ((seq: Seq) => LogRow | undefined) | undefined;
  readonly #listeners: ((seq: Seq) => void)[] = [];
  /** Entries up to here are archived or on their way there: what changes in them has to go there again. */
  claimed: Seq;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.generations = new Generations(sql);
    this.blocks = new BlockTable(sql);
    this.threads = new ThreadBlocks(sql);
    this.claimed = this.generations.archivedAtFirst;
  }

  /** Up to here the log is in the archive only, but for what is kept. */
  get pruned(): Seq {
    return this.generations.pruned;
  }

  head(): { readonly seq: Seq; readonly at: number } {
    return (
      this.#sql.all<{ seq: Seq; at: number }>("SELECT seq, at FROM log ORDER BY seq DESC LIMIT 1")[0] ?? {
        seq: 0,
        at: 0,
      }
    );
  }

  insert(row: LogRow, seen: boolean): void {
    this.#sql.run(
      `INSERT INTO ${this.generations.newer} (${WRITTEN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...WRITTEN.map((column) => row[column]),
    );
    if (seen && row.client_id !== null) this.insertSeen(row.sender_id, row.client_id, row.seq);
  }

  insertSeen(sender: UserId, id: ClientMessageId, seq: Seq): void {
    this.#sql.run("INSERT INTO seen (sender_id, client_id, seq) VALUES (?, ?, ?)", sender, id, seq);
  }

  /** An entry that is here, or was recalled. */
  at(seq: Seq): LogRow | undefined {
    const table = seq > this.pruned ? this.generations.of(seq) : "kept";
    return (
      this.#sql.all<LogRow>(`SELECT ${LOG_COLUMNS} FROM ${table} WHERE seq = ?`, seq)[0] ??
      (seq > 0 && seq <= this.pruned ? this.#recall?.(seq) : undefined)
    );
  }

  /** Pruned entries are found in `recall` while this works, as the archive has them. What is kept is newer, and found first. */
  recalling<T>(recall: (seq: Seq) => LogRow | undefined, work: () => T): T {
    const outer = this.#recall;
    this.#recall = recall;
    try {
      return work();
    } finally {
      this.#recall = outer;
    }
  }

  /** When an entry was written, whether it is here or pruned, ms since 1970. */
  stampOf(seq: Seq): number | undefined {
    return seq > this.pruned ? this.at(seq)?.at : this.blocks.stampOf(seq);
  }

  /** Is told of every entry that changes after it was written, in the turn in which it does. */
  onChange(listener: (seq: Seq) => void): void {
    this.#listeners.push(listener);
  }

  /** The one way in which an entry that is there changes. A pruned one has to be recalled before, and is kept from here on. */
  change(seq: Seq, patch: Patch): void {
    if (seq > this.pruned) this.#update(seq, patch);
    else this.#keep(seq, patch);
    if (seq <= this.blocks.end) this.#outline(seq, patch);
    if (seq <= this.claimed) this.#sql.run("INSERT OR IGNORE INTO stale (seq) VALUES (?)", seq);
    for (const listener of this.#listeners) listener(seq);
  }

  #outline(seq: Seq, patch: Patch): void {
    const row = this.at(seq);
    this.blocks.change(seq, patch, seq > this.pruned ? lastEdit(patch.edited ?? null) : undefined);
    if (row && row.thread !== null) this.threads.change(row.thread, seq, patch);
  }

  #update(seq: Seq, patch: Patch): void {
    const fields = Object.entries(patch);
    this.#sql.run(
      `UPDATE ${this.generations.of(seq)} SET ${fields.map(([column]) => `${column} = ?`).join(", ")} WHERE seq = ?`,
      ...fields.map(([, value]) => value),
      seq,
    );
  }

  #keep(seq: Seq, patch: Patch): void {
    const row = this.at(seq);
    if (!row) throw new Error(`unable to change entry ${seq}; it is pruned and was not recalled`);
    const changed = { ...row, ...patch };
    this.#sql.run(
      `INSERT OR REPLACE INTO kept (${LOG_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...COLUMNS.map((column) => changed[column]),
    );
  }

  /** Entries after `after`, in order. */
  after(after: Seq, limit: number): LogRow[] {
    return this.#sql.all<LogRow>(`SELECT ${LOG_COLUMNS} FROM log WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit);
  }

  /** The newest entry that is not hidden from the user. */
  lastFor(user: UserId): Seq {
    const row = this.#sql.all<{ seq: Seq }>(
      "SELECT seq FROM log WHERE hidden_from IS NOT ? ORDER BY seq DESC LIMIT 1",
      user,
    )[0];
    return row?.seq ?? 0;
  }

  /** Messages after `after` that mention somebody. */
  mentioning(after: Seq): Pick<LogRow, "seq" | "sender_id" | "mentions">[] {
    const here = this.#sql.all<Pick<LogRow, "seq" | "sender_id" | "mentions">>(
      "SELECT seq, sender_id, mentions FROM log WHERE seq > ? AND mentions IS NOT NULL ORDER BY seq",
      Math.max(after, this.pruned),
    );
    return [...this.blocks.mentioning(after, this.pruned), ...here];
  }

  /** The newest entry after `after` that changes what is unread, by somebody else than `sender`. */
  newestCounted(after: Seq, sender: UserId | null): Pick<LogRow, "seq" | "at" | "sender_id"> | undefined {
    const here = this.#sql.all<Pick<LogRow, "seq" | "at" | "sender_id">>(
      `SELECT seq, at, sender_id FROM log
       WHERE seq > ? AND kind IN ('message', 'delete') AND sender_id IS NOT ? ORDER BY seq DESC LIMIT 1`,
      Math.max(after, this.pruned),
      sender,
    )[0];
    return here ?? this.blocks.newestCounted(after, this.pruned, sender);
  }

  /** From here on everybody sees the entry. */
  show(seq: Seq): void {
    this.change(seq, { hidden_from: null });
  }

  seenAny(): boolean {
    return this.#sql.all("SELECT 1 FROM seen LIMIT 1").length > 0;
  }

  findSeen(sender: UserId, id: ClientMessageId): Seq | undefined {
    return this.#sql.all<{ seq: Seq }>("SELECT seq FROM seen WHERE sender_id = ? AND client_id = ?", sender, id)[0]
      ?.seq;
  }

  /** Looks for an id among the entries stamped from `from` to `until` (both inclusive). */
  findBetween(sender: UserId, id: ClientMessageId, from: number, until: number): Seq | undefined {
    const first = this.#firstAt(from);
    const last = this.#firstAt(until + 1);
    const here = this.#sql.all<{ seq: Seq }>(
      "SELECT seq FROM log WHERE seq >= ? AND seq < ? AND client_id = ? AND sender_id = ? LIMIT 1",
      Math.max(first, this.pruned + 1),
      last,
      id,
      sender,
    )[0]?.seq;
    return here ?? this.blocks.find(sender, id, first - 1, Math.min(last - 1, this.pruned));
  }

  /** Entries stamped before it may be pruned: their client ids are known by `findBetween` only. */
  get idsSince(): number {
    return this.pruned === 0 ? 0 : (this.stampOf(this.pruned) ?? 0) + 1;
  }

  /** The newest `limit` client ids of entries that are here and stamped at or after `from`, oldest first. */
  clientIdsSince(from: number, limit: number): ClientIdRow[] {
    return this.#sql
      .all<ClientIdRow>(
        `SELECT seq, at, sender_id, client_id FROM log
         WHERE seq >= ? AND client_id IS NOT NULL ORDER BY seq DESC LIMIT ?`,
        Math.max(this.#firstAt(from), this.pruned + 1),
        limit,
      )
      .toReversed();
  }

  /** The first place stamped at or after `at`: stamps rise with places, so halving finds it in a few reads. */
  #firstAt(at: number): Seq {
    let low = 1;
    let high = this.head().seq + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const stamp = this.stampOf(middle);
      // What is not there is gone, and so is all before it: see Retention.
      if (stamp === undefined || stamp < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
