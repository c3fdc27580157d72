import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { within } from "../deadline.ts";
import type { Clock, Random, Timers } from "../ports.ts";

/** The way to somebody: how far things were handed over, and when the next call may start. Memory only. */
export interface Line {
  /** Handed over, perhaps not yet durable. After a crash it starts again from what is durable there. */
  sent: Seq;
  /** Calls under way, when the last began, and after failures: how many, and not before when. */
  calls: number;
  calledAt: number;
  /** Whether the call under way may be one that waits for a device: then it holds the next one back only shortly. */
  lingers: boolean;
  failures: number;
  notBefore: number;
}

export const newLine = (sent: Seq): Line => ({
  sent,
  calls: 0,
  calledAt: 0,
  lingers: false,
  failures: 0,
  notBefore: 0,
});

/** What one call brings. */
export interface Parcel {
  /** The entries follow this one. */
  readonly after: Seq;
  readonly entries: readonly unknown[];
}

/** What the other side says: up to where it has everything. */
export interface Taken {
  readonly head: Seq;
}

export interface OutboxDeps<L extends Line, P extends Parcel, A extends Taken> {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  lines(): Iterable<L>;
  /** Up to where a line is to be brought. */
  end(line: L): Seq;
  /** Whether something waits for it besides entries. `now`: it does not wait for entries to ride with. */
  news(line: L): "none" | "rides" | "now";
  /** Whether it is known to have everything, durably. */
  isSettled(line: L): boolean;
  /** What a call brings: entries after `after`, and what waits beside them, which is taken off the line. */
  compose(line: L, after: Seq, settle: boolean): P;
  /** From where a line is made durable: what it was given before may be lost. */
  durable(line: L): Seq;
  deliver(line: L, parcel: P): Promise<A>;
  answered(line: L, answer: A, parcel: P): void;
  failed(line: L, parcel: P): void;
  /** Calls that may be under way at once. */
  parallel(): number;
  /** How long others get their turn before the next ones start, in ms. */
  restMs(): number;
  /** Before that a call on the line does not start, ms since 1970; `Infinity`: while one is under way. */
  opensAt?(line: L): number;
}

/**
 * The way from a log to whoever is told of it. What is in the log and not yet durable on the other side is
 * the queue: nothing else is stored. At most one call is under way on each line, and what gathers
 * meanwhile travels together in the next; a call that has been waiting for a device longer than
 * `deliverOverlapMs` holds nothing back.
 */
export class Outbox<L extends Line, P extends Parcel, A extends Taken> {
  readonly #deps: OutboxDeps<L, P, A>;
  #calls = 0;
  #started = 0;
  #cancelTimer: (() => void) | undefined;
  #timerAt = Infinity;
  /** Resolved when nothing is under way. */
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(deps: OutboxDeps<L, P, A>) {
    this.#deps = deps;
  }

  /** Starts every call that may start now. Cheap when there is nothing to do. */
  pump(): void {
    const now = this.#deps.clock.now();
    const before = this.#started;
    let wake = Infinity;
    for (const line of this.#deps.lines()) {
      if (this.#calls >= this.#deps.parallel()) break;
      // Hundreds in one turn would keep everything else waiting, the next ack first of all.
      if (this.#started - before >= LIMITS.startsPerTurn) {
        wake = now + 1;
        break;
      }
      wake = Math.min(wake, this.#start(line, now));
    }
    this.#wakeAt(wake, now);
  }

  /** Starts a call if there is something to bring. Answers when one may start that may not start yet. */
  #start(line: L, now: number): number {
    if (!this.#isDue(line)) return Infinity;
    // A clock that was set back must not hold anybody back.
    if (line.calledAt > now) line.calledAt = now;
    if (line.notBefore > now + LIMITS.outboxAlarmMaxMs) line.notBefore = now;
    const at = this.#startsAt(line);
    if (at > now) return at;
    this.#started++;
    void this.#call(line, false);
    return Infinity;
  }

  #isDue(line: L): boolean {
    return line.sent < this.#deps.end(line) || this.#deps.news(line) !== "none";
  }

  /** Whether every line has everything, durably. */
  get settled(): boolean {
    for (const line of this.#deps.lines()) if (!this.#deps.isSettled(line)) return false;
    return true;
  }

  /** Asks everybody who is not known to have it durably to make it so. Never throws, and waits for nobody too long. */
  async settle(): Promise<void> {
    const behind = [...this.#deps.lines()].filter((line) => !this.#deps.isSettled(line));
    const { timers } = this.#deps;
    const parallel = this.#deps.parallel();
    for (let from = 0; from < behind.length; from += parallel) {
      const some = behind.slice(from, from + parallel).filter((line) => !this.#deps.isSettled(line));
      await within(timers, LIMITS.settleMs, Promise.all(some.map((line) => this.#call(line, true))));
      const restMs = this.#deps.restMs();
      if (restMs > 0 && some.length > 0) await new Promise<void>((resolve) => void timers.after(restMs, resolve));
    }
  }

  /** Starts what may start, and waits until nothing is under way. Never throws, and waits for nobody too long. */
  async drain(): Promise<void> {
    this.pump();
    if (this.#calls === 0) return;
    this.#drained ??= Promise.withResolvers<void>();
    await within(this.#deps.timers, 2 * LIMITS.settleMs, this.#drained.promise);
  }

  /** When a call on the line may start, in ms since 1970; `Infinity`: when one that is under way ends. */
  #startsAt(line: L): number {
    if (line.calls >= 2 || (line.calls === 1 && !line.lingers)) return Infinity;
    // Nothing but receipts: soon there may be entries for them to ride with. After a silence they go at once.
    const waits = line.sent >= this.#deps.end(line) && this.#deps.news(line) === "rides";
    const ride = waits ? line.calledAt + LIMITS.receiptRideMs : 0;
    const opensAt = this.#deps.opensAt?.(line) ?? 0;
    return Math.max(line.notBefore, ride, opensAt, line.calls === 0 ? 0 : line.calledAt + LIMITS.deliverOverlapMs);
  }

  async #call(line: L, settle: boolean): Promise<void> {
    const { clock, random } = this.#deps;
    const from = settle ? Math.min(line.sent, this.#deps.durable(line)) : line.sent;
    const parcel = this.#deps.compose(line, from, settle);
    const end = parcel.after + parcel.entries.length;
    line.sent = Math.max(line.sent, end);
    line.calls++;
    this.#calls++;
    const startedAt = clock.now();
    // The other side takes a delivery after a silence for a quiet moment, and waits for the device.
    line.lingers = startedAt - line.calledAt >= LIMITS.deliverQuietMs;
    line.calledAt = startedAt;
    try {
      const answer = await this.#deps.deliver(line, parcel);
      line.failures = 0;
      const now = clock.now();
      // Under load a short pause gathers more for the next call; it is as long as the load makes calls last.
      line.notBefore = parcel.entries.length > 1 ? now + Math.min(now - startedAt, LIMITS.pauseMs) : 0;
      // A hole: the other side lost what was not durable, or never had it.
      if (answer.head < end) line.sent = Math.min(line.sent, answer.head);
      this.#deps.answered(line, answer, parcel);
    } catch {
      // The object is gone, busy or broken: what it may have lost is sent again, later and later.
      line.sent = Math.min(line.sent, this.#deps.durable(line));
      line.failures++;
      const backoff = Math.min(100 * 2 ** line.failures, LIMITS.outboxAlarmMaxMs);
      line.notBefore = clock.now() + backoff * (0.5 + random() / 2);
      this.#deps.failed(line, parcel);
    } finally {
      line.calls--;
      this.#calls--;
    }
    const restMs = this.#deps.restMs();
    if (restMs > 0) this.#wakeAt(clock.now() + restMs, clock.now());
    // With calls to spare nobody else was waiting for this one to end.
    else if (this.#calls + 1 >= this.#deps.parallel()) this.pump();
    else this.#wakeAt(this.#start(line, clock.now()), clock.now());
    if (this.#calls > 0) return;
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  /** One timer for all. A line that keeps failing waits for the alarm: timers keep the object awake. */
  #wakeAt(at: number, now: number): void {
    if (at >= this.#timerAt) return;
    if (at - now > LIMITS.outboxAlarmMs / 2) return;
    this.#cancelTimer?.();
    this.#timerAt = at;
    this.#cancelTimer = this.#deps.timers.after(Math.max(at - now, 1), () => {
      this.#timerAt = Infinity;
      this.pump();
    });
  }
}
