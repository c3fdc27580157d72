/** What the rules need of the world. The platform implements these; tests bring their own. */

export type SqlValue = string | number | null;

/** One SQLite database, synchronous. All calls of one turn commit together. */
export interface Sql {
  all<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[];
  run(statement: string, ...bindings: readonly SqlValue[]): void;
  /** All or nothing: a throw inside rolls back. */
  transaction<T>(work: () => T): T;
}

/** Milliseconds since 1970. */
export interface Clock {
  now(): number;
}

/** Runs `work` once after `ms`; the answer cancels it. Pending timers keep an object awake: keep them short. */
export interface Timers {
  after(ms: number, work: () => void): () => void;
}

/** From 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;
