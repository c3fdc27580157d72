import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import type { Delivery, DeliveryAnswer } from "./delivery.ts";
import type { Member, Roster } from "./roster.ts";

export interface OutboxDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly roster: Roster;
  head(): Seq;
  /** What a member is to be told: entries after `after`, and what waits beside them. */
  compose(member: Member, after: Seq, settle: boolean): Delivery;
  /** One call to the member's object. */
  deliver(user: UserId, delivery: Delivery): Promise<DeliveryAnswer>;
  /** A member's inbox answered. */
  answered(member: Member, answer: DeliveryAnswer): void;
}

/**
 * The way from the log to the members. What is in the log and not yet durable in a member's inbox is
 * the queue: nothing else is stored. At most one call is under way to each member, and what
 * gathers meanwhile travels together in the next; a call that has been waiting for the member's device
 * longer than `deliverOverlapMs` holds nothing back.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  #calls = 0;
  #cancelTimer: (() => void) | undefined;
  #timerAt = Infinity;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Starts every call that may start now. Cheap when there is nothing to do. */
  pump(): void {
    const now = this.#deps.clock.now();
    const head = this.#deps.head();
    let wake = Infinity;
    for (const member of this.#deps.roster.all()) {
      if (member.sent >= head && !member.receipt && member.live.length === 0) continue;
      // A clock that was set back must not hold anybody back.
      if (member.calledAt > now) member.calledAt = now;
      if (member.notBefore > now + LIMITS.outboxAlarmMaxMs) member.notBefore = now;
      const at = this.#startsAt(member);
      if (at > now) wake = Math.min(wake, at);
      else if (this.#calls < LIMITS.fanOutParallel) void this.#call(member, false);
    }
    this.#wakeAt(wake, now);
  }

  /** Whether every member's inbox is durable up to the head. */
  get settled(): boolean {
    const head = this.#deps.head();
    for (const member of this.#deps.roster.all()) if (!this.#deps.roster.isSettled(member, head)) return false;
    return true;
  }

  /** Asks every member whose inbox is not known to be durable to make it so. Never throws. */
  async settle(): Promise<void> {
    const head = this.#deps.head();
    const behind = [...this.#deps.roster.all()].filter((member) => !this.#deps.roster.isSettled(member, head));
    for (let from = 0; from < behind.length; from += LIMITS.fanOutParallel) {
      await Promise.all(behind.slice(from, from + LIMITS.fanOutParallel).map((member) => this.#call(member, true)));
    }
  }

  /** When a call to the member may start, in ms since 1970; `Infinity`: when one that is under way ends. */
  #startsAt(member: Member): number {
    if (member.calls >= 2 || (member.calls === 1 && !member.lingers)) return Infinity;
    const head = this.#deps.head();
    // Nothing but receipts: soon there may be entries for them to ride with. After a silence they go at once.
    const ride = member.sent >= head && member.live.length === 0 ? member.calledAt + LIMITS.receiptRideMs : 0;
    return Math.max(member.notBefore, ride, member.calls === 0 ? 0 : member.calledAt + LIMITS.deliverOverlapMs);
  }

  async #call(member: Member, settle: boolean): Promise<void> {
    const { clock, random } = this.#deps;
    const after = settle ? Math.min(member.sent, member.flushed) : member.sent;
    const delivery = this.#deps.compose(member, after, settle);
    const end = after + delivery.entries.length;
    member.sent = Math.max(member.sent, end);
    member.receipt = undefined;
    member.live = [];
    member.calls++;
    this.#calls++;
    const startedAt = clock.now();
    // The member's object takes a delivery after a silence for a quiet moment, and waits for the device.
    member.lingers = startedAt - member.calledAt >= LIMITS.deliverQuietMs;
    member.calledAt = startedAt;
    try {
      const answer = await this.#deps.deliver(member.user_id, delivery);
      member.failures = 0;
      const now = clock.now();
      // Under load a short pause gathers more for the next call; it is as long as the load makes calls last.
      member.notBefore = delivery.entries.length > 1 ? now + Math.min(now - startedAt, LIMITS.pauseMs) : 0;
      // A hole: the inbox lost what was not durable, or never had it.
      if (answer.head < end) member.sent = Math.min(member.sent, answer.head);
      if (answer.head < after) member.receipt ??= delivery.receipt;
      this.#deps.answered(member, answer);
    } catch {
      // The object is gone, busy or broken: what it may have lost is sent again, later and later.
      member.sent = Math.min(member.sent, member.flushed);
      member.receipt ??= delivery.receipt;
      member.failures++;
      const backoff = Math.min(100 * 2 ** member.failures, LIMITS.outboxAlarmMaxMs);
      member.notBefore = clock.now() + backoff * (0.5 + random() / 2);
    } finally {
      member.calls--;
      this.#calls--;
    }
    this.pump();
  }

  /** One timer for all members. A member that keeps failing waits for the alarm: timers keep the object awake. */
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
