import type { MessageId, Seq, UserId } from "../../shared/ids.ts";
import type { HeldMessage, LegalHold } from "../../shared/protocol/http-admin.ts";
import { toIso } from "../../shared/time.ts";
import type { Sql } from "../ports.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import { editedOf } from "./message-table.ts";

/** Why a message is not there any more as it was. */
export type Why = HeldMessage["why"];

/** What a message said, from one entry to the next. */
export interface HeldRow {
  readonly seq: Seq;
  readonly version: Seq;
  readonly at: number;
  readonly sender_id: UserId;
  readonly body: string;
  readonly why: Why;
  readonly removed_at: number;
  readonly removed_by: UserId | null;
  readonly by_seq: Seq | null;
}

const COLUMNS = "seq, version, at, sender_id, body, why, removed_at, removed_by, by_seq";

/**
 * Legal holds on this conversation, and what they keep. While there is one, what a message said is put aside before it
 * is emptied or said otherwise. Members see nothing of it.
 */
export class Held {
  readonly #sql: Sql;
  readonly #log: LogTable;
  #holds: Map<string, LegalHold> | undefined;

  constructor(sql: Sql, log: LogTable) {
    this.#sql = sql;
    this.#log = log;
  }

  get isActive(): boolean {
    return this.#all.size > 0;
  }

  all(): LegalHold[] {
    return [...this.#all.values()];
  }

  place(hold: LegalHold): void {
    if (this.#all.has(hold.hold_id)) return;
    this.#sql.run("INSERT INTO holds (hold_id, hold) VALUES (?, ?)", hold.hold_id, JSON.stringify(hold));
    this.#all.set(hold.hold_id, hold);
  }

  release(id: string): void {
    if (this.#all.delete(id)) this.#sql.run("DELETE FROM holds WHERE hold_id = ?", id);
  }

  /** What the message says is said otherwise from this entry on. */
  edited(row: LogRow, entry: LogRow): void {
    if (!this.isActive) return;
    const versions = this.#versions(row);
    const last = versions.at(-1);
    if (last) this.#keep(row, last, "edited", entry);
  }

  /** The message is emptied by this entry, with all that it said before. */
  removed(row: LogRow, entry: LogRow, why: Why): void {
    if (!this.isActive) return;
    const versions = this.#versions(row);
    for (const [index, version] of versions.entries()) {
      const next = versions[index + 1];
      if (next) this.#keep(row, version, "edited", next);
      else this.#keep(row, version, why, entry);
    }
  }

  get size(): number {
    return this.#sql.all<{ n: number }>("SELECT COUNT(DISTINCT seq) AS n FROM held")[0]?.n ?? 0;
  }

  /** What is kept behind a place, in order. */
  page(after: { readonly seq: Seq; readonly version: Seq }, limit: number): HeldRow[] {
    return this.#sql.all<HeldRow>(
      `SELECT ${COLUMNS} FROM held WHERE (seq, version) > (?, ?) ORDER BY seq, version LIMIT ?`,
      after.seq,
      after.version,
      limit,
    );
  }

  /** Without a hold nothing is kept: lets go some of it, and answers whether there is more. */
  letGo(limit: number): boolean {
    if (this.isActive) return false;
    const rows = this.#sql.all("SELECT 1 FROM held LIMIT ?", limit + 1);
    if (rows.length === 0) return false;
    this.#sql.run(
      "DELETE FROM held WHERE (seq, version) IN (SELECT seq, version FROM held ORDER BY seq, version LIMIT ?)",
      limit,
    );
    return rows.length > limit;
  }

  /** The message itself and its edits, as far as they are there. */
  #versions(row: LogRow): LogRow[] {
    const edits = (editedOf(row)?.entries ?? []).map((seq) => this.#log.at(seq));
    return [row, ...edits.filter((edit): edit is LogRow => edit !== undefined)];
  }

  /** A version is kept once, with what took it away first. */
  #keep(row: LogRow, version: LogRow, why: Why, by: LogRow): void {
    const acts = why === "deleted" || why === "edited";
    this.#sql.run(
      `INSERT OR IGNORE INTO held (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.seq,
      version.seq,
      row.at,
      row.sender_id,
      version === row ? row.body : JSON.stringify({ ...parsed(row.body), ...parsed(version.body) }),
      why,
      by.at,
      acts ? by.sender_id : null,
      by.seq,
    );
  }

  get #all(): Map<string, LegalHold> {
    this.#holds ??= new Map(
      this.#sql
        .all<{ hold: string }>("SELECT hold FROM holds")
        .map(({ hold }) => JSON.parse(hold) as LegalHold)
        .map((hold) => [hold.hold_id, hold]),
    );
    return this.#holds;
  }
}

const parsed = (body: string): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

/** A message that went by its age, as it stands. */
export const retainedRow = (row: LogRow, at: number): HeldRow => {
  const edited = editedOf(row);
  const body = edited ? JSON.stringify({ ...parsed(row.body), content: edited.content }) : row.body;
  const { seq, sender_id } = row;
  return {
    seq,
    version: seq,
    at: row.at,
    sender_id,
    body,
    why: "retention",
    removed_at: at,
    removed_by: null,
    by_seq: null,
  };
};

/** As the contract has it. */
export const heldJson = (row: HeldRow, id: MessageId): string => {
  const { type, content } = parsed(row.body) as Pick<HeldMessage, "type" | "content">;
  const held: HeldMessage = {
    message_id: id,
    seq: row.seq,
    sender_id: row.sender_id,
    timestamp: toIso(row.at),
    type,
    content,
    removed_at: toIso(row.removed_at),
    why: row.why,
    ...(row.removed_by === null ? {} : { removed_by: row.removed_by }),
    ...(row.by_seq === null ? {} : { by_seq: row.by_seq }),
  };
  return JSON.stringify(held);
};
