import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Sql } from "../ports.ts";
import type { Outline } from "./block.ts";
import type { Patch } from "./log-table.ts";

/** A reply: its place, stamp and author, what deleted it (0: nothing), and who never sees it. */
type Reply = [seq: Seq, at: number, sender: UserId, deleted: Seq, hiddenFrom: UserId | null];

interface Part {
  readonly part: Seq;
  readonly replies: Reply[];
}

interface StoredPart {
  readonly part: Seq;
  readonly body: string;
}

/** What pruned replies add to a thread. */
export interface PrunedReplies {
  readonly replies: number;
  readonly unread: number;
  /** Ms since 1970; 0: there are none. */
  readonly last: number;
}

const read = ({ part, body }: StoredPart): Part => ({ part, replies: JSON.parse(body) as Reply[] });

/** Replies that are in blocks, by the message that their thread hangs on. They change with their entries. */
export class ThreadBlocks {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Entries went into a block. */
  add(outlines: readonly Outline[]): void {
    const threads = new Map<Seq, Reply[]>();
    for (const { thread, seq, at, sender_id, deleted_seq, hidden_from } of outlines) {
      if (thread === null) continue;
      const reply: Reply = [seq, at, sender_id, deleted_seq ?? 0, hidden_from];
      threads.set(thread, [...(threads.get(thread) ?? []), reply]);
    }
    for (const [root, replies] of threads) this.#append(root, replies);
  }

  /** An entry changed that is in a block. */
  change(root: Seq, seq: Seq, { deleted_seq, hidden_from }: Patch): void {
    if (deleted_seq === undefined && hidden_from === undefined) return;
    const stored = this.#sql.all<StoredPart>(
      "SELECT part, body FROM thread_blocks WHERE root = ? AND part <= ? ORDER BY part DESC LIMIT 1",
      root,
      seq,
    )[0];
    const part = stored && read(stored);
    const reply = part?.replies.find(([place]) => place === seq);
    if (!part || !reply) return;
    if (deleted_seq !== undefined) reply[3] = deleted_seq ?? 0;
    if (hidden_from !== undefined) reply[4] = hidden_from;
    this.#put(root, part);
  }

  /** A thread's standing replies up to `upTo`; unread are those of others after `read`. */
  counts(root: Seq, user: UserId, readUpTo: Seq, upTo: Seq): PrunedReplies {
    let [replies, unread, last] = [0, 0, 0];
    for (const [seq, at, sender, deleted, hiddenFrom] of this.#replies(root, upTo)) {
      if (deleted > 0 || hiddenFrom === user) continue;
      replies++;
      if (sender !== user && seq > readUpTo) unread++;
      last = at;
    }
    return { replies, unread, last };
  }

  /** Which of these messages have standing replies here that the reader sees. */
  rootsAmong(roots: readonly Seq[], reader: UserId): Seq[] {
    return this.#sql
      .all<{ root: Seq }>(
        `SELECT DISTINCT root FROM thread_blocks WHERE root IN (SELECT value FROM json_each(?))
         AND (last > 0 OR EXISTS (SELECT 1 FROM json_each(veiled) WHERE json_extract(value, '$[1]') <> ?))`,
        JSON.stringify(roots),
        reader,
      )
      .map(({ root }) => root);
  }

  /** The user's newest reply up to `upTo`; 0: there is none. */
  newestBy(root: Seq, user: UserId, upTo: Seq): Seq {
    let newest = 0;
    for (const [seq, , sender] of this.#replies(root, upTo)) if (sender === user) newest = seq;
    return newest;
  }

  *#replies(root: Seq, upTo: Seq): Iterable<Reply> {
    const parts = this.#sql.all<StoredPart>(
      "SELECT part, body FROM thread_blocks WHERE root = ? AND part <= ? ORDER BY part",
      root,
      upTo,
    );
    for (const part of parts) for (const reply of read(part).replies) if (reply[0] <= upTo) yield reply;
  }

  #append(root: Seq, replies: readonly Reply[]): void {
    const stored = this.#sql.all<StoredPart>(
      "SELECT part, body FROM thread_blocks WHERE root = ? ORDER BY part DESC LIMIT 1",
      root,
    )[0];
    const newest = stored && read(stored);
    let open: Part | undefined = newest && newest.replies.length < LIMITS.blockEntries ? newest : undefined;
    for (const [index, reply] of replies.entries()) {
      open ??= { part: reply[0], replies: [] };
      open.replies.push(reply);
      if (open.replies.length < LIMITS.blockEntries && index < replies.length - 1) continue;
      this.#put(root, open);
      open = undefined;
    }
  }

  #put(root: Seq, { part, replies }: Part): void {
    const standing = replies.filter(([, , , deleted]) => deleted === 0);
    const open = standing.findLast(([, , , , hiddenFrom]) => hiddenFrom === null);
    const veiled = standing.filter(([, , , , hiddenFrom]) => hiddenFrom !== null);
    this.#sql.run(
      "INSERT OR REPLACE INTO thread_blocks (root, part, last, veiled, body) VALUES (?, ?, ?, ?, ?)",
      root,
      part,
      open?.[0] ?? 0,
      veiled.length > 0 ? JSON.stringify(veiled.map(([seq, , , , hiddenFrom]) => [seq, hiddenFrom])) : null,
      JSON.stringify(replies),
    );
  }
}
