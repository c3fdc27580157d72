import type { ClientMessageId, Seq, UserId } from "../../shared/ids.ts";
import type { EntryKind } from "../../shared/protocol/entry.ts";
import type { Sql } from "../ports.ts";

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

const WRITTEN = "seq, at, sender_id, client_id, kind, mentions, body, thread, expires_at, hidden_from";
export const LOG_COLUMNS = `${WRITTEN}, edited, deleted_seq, deleted_at`;

/** The log of one conversation, and the ids that cannot be found in it. */
export class LogTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
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
      `INSERT INTO log (${WRITTEN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.seq,
      row.at,
      row.sender_id,
      row.client_id,
      row.kind,
      row.mentions,
      row.body,
      row.thread,
      row.expires_at,
      row.hidden_from,
    );
    if (seen && row.client_id !== null) this.insertSeen(row.sender_id, row.client_id, row.seq);
  }

  insertSeen(sender: UserId, id: ClientMessageId, seq: Seq): void {
    this.#sql.run("INSERT INTO seen (sender_id, client_id, seq) VALUES (?, ?, ?)", sender, id, seq);
  }

  at(seq: Seq): LogRow | undefined {
    return this.#sql.all<LogRow>(`SELECT ${LOG_COLUMNS} FROM log WHERE seq = ?`, seq)[0];
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
    return this.#sql.all<Pick<LogRow, "seq" | "sender_id" | "mentions">>(
      "SELECT seq, sender_id, mentions FROM log WHERE seq > ? AND mentions IS NOT NULL ORDER BY seq",
      after,
    );
  }

  /** The newest entry after `after` that changes what is unread, by somebody else than `sender`. */
  newestCounted(after: Seq, sender: UserId | null): Pick<LogRow, "seq" | "at" | "sender_id"> | undefined {
    return this.#sql.all<Pick<LogRow, "seq" | "at" | "sender_id">>(
      `SELECT seq, at, sender_id FROM log
       WHERE seq > ? AND kind IN ('message', 'delete') AND sender_id IS NOT ? ORDER BY seq DESC LIMIT 1`,
      after,
      sender,
    )[0];
  }

  /** From here on everybody sees the entry. */
  show(seq: Seq): void {
    this.#sql.run("UPDATE log SET hidden_from = NULL WHERE seq = ?", seq);
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
    return this.#sql.all<{ seq: Seq }>(
      "SELECT seq FROM log WHERE seq >= ? AND seq < ? AND client_id = ? AND sender_id = ? LIMIT 1",
      first,
      last,
      id,
      sender,
    )[0]?.seq;
  }

  /** The newest `limit` client ids stamped at or after `from`, oldest first. */
  clientIdsSince(from: number, limit: number): ClientIdRow[] {
    return this.#sql
      .all<ClientIdRow>(
        `SELECT seq, at, sender_id, client_id FROM log
         WHERE seq >= ? AND client_id IS NOT NULL ORDER BY seq DESC LIMIT ?`,
        this.#firstAt(from),
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
      const row = this.#sql.all<{ at: number }>("SELECT at FROM log WHERE seq >= ? ORDER BY seq LIMIT 1", middle)[0];
      if (row && row.at < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
