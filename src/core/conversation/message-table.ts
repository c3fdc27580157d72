import type { Seq, UserId } from "../../shared/ids.ts";
import { ALL } from "../../shared/protocol/fields.ts";
import type { Sql } from "../ports.ts";
import { LOG_COLUMNS } from "./log-table.ts";
import type { Unread } from "./block.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import type { PrunedReplies } from "./thread-blocks.ts";

/** The last edit of a message, and the places of all of them: a deletion empties those too. */
export interface Edited {
  readonly content: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly entries: readonly Seq[];
  /** Those of them that only the author sees. */
  readonly hidden?: readonly Seq[];
}

export const editedOf = (row: LogRow): Edited | undefined =>
  row.edited === null ? undefined : (JSON.parse(row.edited) as Edited);

/** What is left of a body when its message is deleted: what it was, and where it hung. */
export const emptiedFields = ({ type, target, reply_to, thread_root }: Readonly<Record<string, unknown>>): object => ({
  type,
  target,
  content: "",
  reply_to,
  thread_root,
});

const emptied = (body: string): string => JSON.stringify(emptiedFields(JSON.parse(body) as Record<string, unknown>));

/** A thread: how many replies stand, and the newest of them. */
export interface ThreadCounts {
  readonly replies: number;
  readonly unread: number;
  /** Ms since 1970. */
  readonly lastAt: number;
}

const NONE: Unread = { unread: 0, mentions: 0 };
const NO_REPLIES: PrunedReplies = { replies: 0, unread: 0, last: 0 };

/** Messages as they stand: the log's rows of kind `message`, with what later entries made of them. */
export class MessageTable {
  readonly #sql: Sql;
  readonly #log: LogTable;

  constructor(sql: Sql, log: LogTable) {
    this.#sql = sql;
    this.#log = log;
  }

  /**
   * Messages of others in (after, head] that stand at `head`, and those of them that mention the user. What an
   * entry behind `head` deleted still stands there: whoever is at `head` has that deletion before him.
   */
  countOthers(user: UserId, after: Seq, head: Seq): Readonly<Unread> {
    const { pruned } = this.#log;
    const row = this.#sql.all<{ unread: number; mentions: number | null }>(
      `SELECT COUNT(*) AS unread,
              SUM(mentions IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(log.mentions) WHERE value IN (?, ?)))
                AS mentions
       FROM log WHERE seq > ? AND seq <= ? AND kind = 'message' AND sender_id <> ?
         AND (deleted_seq IS NULL OR deleted_seq > ?) AND hidden_from IS NOT ?`,
      user,
      ALL,
      Math.max(after, pruned),
      head,
      user,
      head,
      user,
    )[0];
    const before = after < pruned ? this.#log.blocks.countOthers(user, after, Math.min(head, pruned), head) : NONE;
    return { unread: before.unread + (row?.unread ?? 0), mentions: before.mentions + (row?.mentions ?? 0) };
  }

  /** The newest message of each sender among entries after `after` that is hidden from nobody. */
  newestBySender(after: Seq): Map<UserId, Seq> {
    const { pruned, blocks } = this.#log;
    const here = this.#sql.all<{ sender_id: UserId; seq: Seq }>(
      "SELECT sender_id, MAX(seq) AS seq FROM log WHERE seq > ? AND kind = 'message' AND hidden_from IS NULL GROUP BY sender_id",
      Math.max(after, pruned),
    );
    const newest = blocks.newestBySender(after, pruned);
    for (const { sender_id, seq } of here) newest.set(sender_id, seq);
    return newest;
  }

  edit(row: LogRow, content: string, entry: LogRow): void {
    const before = editedOf(row);
    const edited: Edited = { content, at: entry.at, entries: [...(before?.entries ?? []), entry.seq] };
    const hidden = [...(before?.hidden ?? []), ...(entry.hidden_from === null ? [] : [entry.seq])];
    this.#log.change(row.seq, { edited: JSON.stringify(hidden.length > 0 ? { ...edited, hidden } : edited) });
  }

  /** Empties a message and its edits: what is deleted is nowhere. Answers the places that changed. */
  delete(row: LogRow, entry: Seq, at: number): readonly Seq[] {
    // Whatever forgot an edit for ever left nothing of it to be emptied.
    const edits = (editedOf(row)?.entries ?? []).map((seq) => this.#log.at(seq)).filter((edit) => edit !== undefined);
    this.#log.change(row.seq, { body: emptied(row.body), edited: null, deleted_seq: entry, deleted_at: at });
    for (const { seq, body } of edits) this.#log.change(seq, { body: emptied(body) });
    return [row.seq, ...edits.map(({ seq }) => seq)];
  }

  /** When the next message is to be removed. */
  nextExpiry(): number | undefined {
    return this.#sql.all<{ at: number }>(
      "SELECT expires_at AS at FROM log WHERE expires_at IS NOT NULL AND deleted_seq IS NULL ORDER BY expires_at LIMIT 1",
    )[0]?.at;
  }

  /** Messages whose time is over, at most `limit`. */
  expired(now: number, limit: number): LogRow[] {
    return this.#sql.all<LogRow>(
      `SELECT ${LOG_COLUMNS} FROM log WHERE expires_at <= ? AND deleted_seq IS NULL ORDER BY expires_at LIMIT ?`,
      now,
      limit,
    );
  }

  /** Which of these messages threads hang on, as the reader sees it. */
  rootsAmong(seqs: readonly Seq[], reader: UserId): ReadonlySet<Seq> {
    const { pruned, threads } = this.#log;
    const rows = this.#sql.all<{ thread: Seq }>(
      `SELECT DISTINCT thread FROM log
       WHERE thread IN (SELECT value FROM json_each(?)) AND seq > ? AND deleted_seq IS NULL AND hidden_from IS NOT ?`,
      JSON.stringify(seqs),
      pruned,
      reader,
    );
    const roots = new Set(rows.map((row) => row.thread));
    if (pruned > 0) for (const root of threads.rootsAmong(seqs, reader)) roots.add(root);
    return roots;
  }

  /** A thread's standing replies up to `head`; unread are those of others after `read`. `undefined`: there is none. */
  thread(root: Seq, user: UserId, read: Seq, head: Seq): ThreadCounts | undefined {
    const { pruned, threads } = this.#log;
    const row = this.#sql.all<{ replies: number; unread: number | null; last: number | null }>(
      `SELECT COUNT(*) AS replies, SUM(sender_id <> ? AND seq > ?) AS unread, MAX(at) AS last
       FROM log WHERE thread = ? AND deleted_seq IS NULL AND seq > ? AND seq <= ? AND hidden_from IS NOT ?`,
      user,
      read,
      root,
      pruned,
      head,
      user,
    )[0];
    const before = root < pruned ? threads.counts(root, user, read, Math.min(head, pruned)) : NO_REPLIES;
    const replies = before.replies + (row?.replies ?? 0);
    const lastAt = row?.last ?? before.last;
    return replies > 0 ? { replies, unread: before.unread + (row?.unread ?? 0), lastAt } : undefined;
  }

  /** How far the user has read a thread: what he said he read, or his own newest reply. */
  threadRead(root: Seq, user: UserId): Seq {
    const { pruned, threads } = this.#log;
    const own = "SELECT MAX(seq) FROM log WHERE thread = ? AND sender_id = ? AND seq > ?";
    const said = "SELECT up_to FROM thread_reads WHERE user_id = ? AND root = ?";
    const row = this.#sql.all<{ at: number }>(
      `SELECT MAX(COALESCE((${own}), 0), COALESCE((${said}), 0)) AS at`,
      root,
      user,
      pruned,
      user,
      root,
    )[0];
    const at = row?.at ?? 0;
    return root < pruned && at < pruned ? Math.max(at, threads.newestBy(root, user, pruned)) : at;
  }

  readThread(root: Seq, user: UserId, upTo: Seq): void {
    this.#sql.run(
      `INSERT INTO thread_reads (user_id, root, up_to) VALUES (?, ?, ?)
       ON CONFLICT (user_id, root) DO UPDATE SET up_to = MAX(up_to, excluded.up_to)`,
      user,
      root,
      upTo,
    );
  }

  /** Roots of threads with standing replies in (floor, head], by their latest reply, below `before`. */
  threads(reader: UserId, floor: Seq, before: Seq, limit: number): { root: Seq; last: Seq }[] {
    // Of replies in blocks that are not pruned yet both tell the same.
    return this.#sql.all(
      `SELECT root, MAX(seq) AS last FROM (
         SELECT thread AS root, seq FROM log
         WHERE thread IS NOT NULL AND thread > ? AND seq > ? AND deleted_seq IS NULL AND hidden_from IS NOT ?
         UNION ALL
         SELECT root, MAX(last, COALESCE((SELECT MAX(json_extract(value, '$[0]')) FROM json_each(veiled) WHERE json_extract(value, '$[1]') <> ?), 0))
         FROM thread_blocks WHERE root > ?)
       GROUP BY root HAVING last > 0 AND last < ? ORDER BY last DESC LIMIT ?`,
      floor,
      this.#log.pruned,
      reader,
      reader,
      floor,
      before,
      limit,
    );
  }
}
