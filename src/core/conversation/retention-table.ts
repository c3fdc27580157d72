import type { Seq } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";
import type { Generations } from "./generations.ts";

/** How long messages are kept, and how far that has come. */
export interface RetentionState {
  /** As said for this conversation; null: the policies count. */
  readonly own_days: number | null;
  /** As the policies said when they were asked, ms since 1970; 0: never. */
  readonly policy_days: number | null;
  readonly watched: number;
  readonly asked_at: number;
  /** The first place that members see, and since when. */
  readonly retained_from: Seq;
  readonly raised_at: number;
  /** What lies before it is gone for good. */
  readonly forgotten: Seq;
}

const NOTHING: RetentionState = {
  own_days: null,
  policy_days: null,
  watched: 0,
  asked_at: 0,
  retained_from: 1,
  raised_at: 0,
  forgotten: 1,
};

/** Where rows lie that go with the messages before a place, and by which column. */
const LEFT_BEHIND = [
  ["kept", "seq"],
  ["stale", "seq"],
  ["reactions", "seq"],
  ["pins", "seq"],
  ["thread_reads", "root"],
  ["seen", "seq"],
  ["blocks", "last"],
  ["thread_blocks", "root"],
] as const;

/** What retention keeps on disk: one row, read once in a life of the object; most conversations have none. */
export class RetentionTable {
  readonly #sql: Sql;
  #state: RetentionState | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get state(): RetentionState {
    this.#state ??=
      this.#sql.all<RetentionState>(
        "SELECT own_days, policy_days, watched, asked_at, retained_from, raised_at, forgotten FROM retention WHERE one = 1",
      )[0] ?? NOTHING;
    return this.#state;
  }

  /** Below it nobody sees anything. */
  get floor(): Seq {
    return this.state.retained_from;
  }

  get isClean(): boolean {
    return this.state.forgotten >= this.state.retained_from;
  }

  /** When the oldest message that is left was written, or earlier; `undefined`: there is none. */
  oldestAt(): number | undefined {
    const [here] = this.#sql.all<{ seq: Seq; at: number }>(
      "SELECT seq, at FROM log WHERE seq >= ? AND kind = 'message' ORDER BY seq LIMIT 1",
      this.floor,
    );
    const [pruned] = this.#sql.all<{ at: number }>(
      "SELECT at FROM blocks WHERE last >= ? ORDER BY last LIMIT 1",
      this.floor,
    );
    return pruned ? Math.min(pruned.at, here?.at ?? Infinity) : here?.at;
  }

  put(change: Partial<RetentionState>): void {
    const state = { ...this.state, ...change };
    this.#sql.run(
      `INSERT OR REPLACE INTO retention (one, own_days, policy_days, watched, asked_at, retained_from, raised_at, forgotten)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?)`,
      state.own_days,
      state.policy_days,
      state.watched,
      state.asked_at,
      state.retained_from,
      state.raised_at,
      state.forgotten,
    );
    this.#state = state;
  }

  /** Deletes what lies before a place, at most so many rows; whether there may be more. */
  forget(floor: Seq, limit: number, { older, newer }: Pick<Generations, "older" | "newer">): boolean {
    let left = limit;
    // The older one first, so that what is left of the log is always without a hole.
    for (const [table, column] of [[older, "seq"], [newer, "seq"], ...LEFT_BEHIND] as const) {
      const rows = this.#sql.all(`SELECT 1 FROM ${table} WHERE ${column} < ? LIMIT ?`, floor, left).length;
      if (rows > 0) this.#delete(table, column, floor, rows);
      left -= rows;
      if (left <= 0) return true;
    }
    return false;
  }

  /** The lowest ones first. */
  #delete(table: string, column: string, floor: Seq, rows: number): void {
    const last = this.#sql.all<{ last: Seq }>(
      `SELECT ${column} AS last FROM ${table} WHERE ${column} < ? ORDER BY ${column} LIMIT 1 OFFSET ?`,
      floor,
      rows - 1,
    )[0]?.last;
    if (last !== undefined) this.#sql.run(`DELETE FROM ${table} WHERE ${column} <= ?`, last);
  }
}
