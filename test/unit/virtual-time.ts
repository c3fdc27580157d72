import type { Clock, Timers } from "../../src/core/ports.ts";

interface Due {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** Lets every promise that can go on do so: the event loop turns once. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until it is told to move, and the timers that hang on it. */
export class VirtualTime implements Clock, Timers {
  #now: number;
  #order = 0;
  readonly #due = new Set<Due>();

  constructor(now = Date.UTC(2026, 10, 22)) {
    this.#now = now;
  }

  now(): number {
    return Math.floor(this.#now);
  }

  /** Between the milliseconds that the clock shows. */
  get exact(): number {
    return this.#now;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#due.size;
  }

  after(ms: number, work: () => void): () => void {
    const due = { at: this.#now + ms, order: this.#order++, work };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** Nothing that waits will run: whoever waits is gone. */
  forget(): void {
    this.#due.clear();
  }

  /** Sets the clock, also back, without running anything: as a correction of the machine's clock does. */
  jumpTo(ms: number): void {
    this.#now = ms;
  }

  /** Moves on by `ms`, running what falls due in its order, and what that starts. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.work();
      await settled();
    }
    this.#now = Math.max(this.#now, end);
  }

  #next(): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#due) {
      if (!next || due.at < next.at || (due.at === next.at && due.order < next.order)) next = due;
    }
    return next;
  }
}
