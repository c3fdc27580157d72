import type { Seq, UserId } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";
import type { LogRow } from "./log-table.ts";

export interface Reaction {
  readonly user_id: UserId;
  readonly emoji: string;
  /** The entry that added it, and when. */
  readonly entry: Seq;
  readonly at: number;
}

/** The entry that added a reaction, and who does not see it. */
export type Added = Pick<LogRow, "seq" | "at" | "hidden_from">;

/** Reactions: one row per person and emoji. */
export class ReactionTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  find(seq: Seq, user: UserId, emoji: string): Added | undefined {
    return this.#sql.all<Added>(
      "SELECT entry AS seq, at, hidden_from FROM reactions WHERE seq = ? AND user_id = ? AND emoji = ?",
      seq,
      user,
      emoji,
    )[0];
  }

  /** How many different emoji a message has, how many of them are the user's, and whether this one is among them. */
  count(
    seq: Seq,
    user: UserId,
    emoji: string,
  ): { readonly all: number; readonly own: number; readonly there: boolean } {
    const row = this.#sql.all<{ everybody: number; own: number | null; there: number | null }>(
      `SELECT COUNT(DISTINCT emoji) AS everybody, SUM(user_id = ?) AS own, MAX(emoji = ?) AS there
       FROM reactions WHERE seq = ?`,
      user,
      emoji,
      seq,
    )[0];
    return { all: row?.everybody ?? 0, own: row?.own ?? 0, there: row?.there === 1 };
  }

  add(seq: Seq, user: UserId, emoji: string, entry: Added): void {
    this.#sql.run(
      "INSERT INTO reactions (seq, user_id, emoji, entry, at, hidden_from) VALUES (?, ?, ?, ?, ?, ?)",
      seq,
      user,
      emoji,
      entry.seq,
      entry.at,
      entry.hidden_from,
    );
  }

  remove(seq: Seq, user: UserId, emoji: string): void {
    this.#sql.run("DELETE FROM reactions WHERE seq = ? AND user_id = ? AND emoji = ?", seq, user, emoji);
  }

  removeAll(seq: Seq): void {
    this.#sql.run("DELETE FROM reactions WHERE seq = ?", seq);
  }

  /** Counts by emoji of several messages at once as of entry `end`, the emoji that came first first. */
  summaries(seqs: readonly Seq[], reader: UserId, end: Seq): Map<Seq, { emoji: string; count: number; me: boolean }[]> {
    const rows = this.#sql.all<{ seq: Seq; emoji: string; count: number; me: number }>(
      `SELECT seq, emoji, COUNT(*) AS count, MAX(user_id = ?) AS me FROM reactions
       WHERE seq IN (SELECT value FROM json_each(?)) AND entry <= ? AND hidden_from IS NOT ? GROUP BY seq, emoji ORDER BY seq, MIN(entry)`,
      reader,
      JSON.stringify(seqs),
      end,
      reader,
    );
    const summaries = new Map<Seq, { emoji: string; count: number; me: boolean }[]>();
    for (const { seq, emoji, count, me } of rows) {
      const known = summaries.get(seq);
      const one = { emoji, count, me: me === 1 };
      if (known) known.push(one);
      else summaries.set(seq, [one]);
    }
    return summaries;
  }

  /** Who reacted, by the entries that did. */
  page(reader: UserId, seq: Seq, after: Seq, limit: number): Reaction[] {
    return this.#sql.all<Reaction>(
      `SELECT user_id, emoji, entry, at FROM reactions
       WHERE seq = ? AND entry > ? AND hidden_from IS NOT ? ORDER BY entry LIMIT ?`,
      seq,
      after,
      reader,
      limit,
    );
  }
}
