import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Role } from "../../shared/protocol/fields.ts";
import type { Delivery, DeliveryAnswer } from "../conversation/delivery.ts";
import { batchOf, RecentEntries } from "../conversation/entry-codec.ts";
import { newLine, Outbox } from "../conversation/outbox.ts";
import type { Line } from "../conversation/outbox.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import type { Relay, RelayAnswer, Report } from "./relay.ts";

export interface SliceDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  deliver(user: UserId, delivery: Delivery): Promise<DeliveryAnswer>;
}

interface Served extends Line {
  readonly user: UserId;
  role: Role;
  flushed: Seq;
  /** What it answered that it has, or was given before it came here. */
  taken: Seq;
}

/**
 * Brings the entries of a large conversation to some of its members. It keeps nothing: who is served comes with
 * each call, what came of it goes back with the answers. Whoever fails is handed back to the conversation, which
 * tries again later, so that he holds up nobody here.
 */
export class Slice {
  readonly #deps: SliceDeps;
  readonly #served = new Map<UserId, Served>();
  readonly #reports = new Map<UserId, Report>();
  readonly #outbox: Outbox<Served, Delivery, DeliveryAnswer>;
  #recent = new RecentEntries(LIMITS.sliceEntries);
  #last: Relay | undefined;
  #head: Seq = 0;
  #relayedAt = 0;
  readonly #waiting = new Set<() => void>();

  constructor(deps: SliceDeps) {
    this.#deps = deps;
    this.#outbox = new Outbox({
      ...deps,
      // Who is away is woken by the call: as many as stragglers, with the turn of others in between.
      parallel: () => (this.#last?.nudge === true ? LIMITS.stragglersParallel : LIMITS.sliceParallel),
      restMs: () => 0,
      lines: () => this.#served.values(),
      // Whoever is not served any more has nothing to come: a call to him that ends must not begin the next one.
      end: (line) => (this.#served.get(line.user) === line ? this.#head : line.sent),
      news: () => "none",
      isSettled: (line) => line.flushed >= this.#head,
      durable: (line) => line.flushed,
      compose: (line, after, settle) => this.#compose(line, after, settle),
      deliver: (line, delivery) => deps.deliver(line.user, delivery),
      answered: (line, answer) => this.#answered(line, answer),
      failed: (line) => this.#giveBack(line),
    });
  }

  /** In a quiet moment the answer waits shortly for what the members say; when things are busy it comes as soon as they keep up. */
  async relay(relay: Relay): Promise<RelayAnswer> {
    this.#take(relay);
    const now = this.#deps.clock.now();
    const quiet = now - this.#relayedAt >= LIMITS.deliverQuietMs;
    this.#relayedAt = now;
    this.#outbox.pump();
    if (relay.nudge === true) await this.#until(() => this.#isIdle(), LIMITS.settleMs);
    else if (relay.settle) await this.#outbox.settle();
    else await this.#until(() => (quiet ? this.#isIdle() : this.#keepsUp()));
    const reports = [...this.#reports.values()];
    this.#reports.clear();
    return { head: this.#head, reports };
  }

  #take(relay: Relay): void {
    // What the conversation is was told with the entries that changed it: later ones do not repeat it.
    this.#last = { ...relay, ...(relay.meta || !this.#last?.meta ? {} : { meta: this.#last.meta }) };
    // What is held has to be without a gap; after a sleep, or when the conversation went back, it begins anew.
    // So does each call for those who are away: it brings all that they lack.
    if (relay.nudge === true || this.#recent.size === 0 || relay.after > this.#head)
      this.#recent = new RecentEntries(LIMITS.sliceEntries);
    if (this.#recent.size === 0) this.#head = relay.after;
    for (const entry of relay.entries) {
      if (entry.seq <= this.#head) continue;
      this.#recent.add(entry);
      this.#head = entry.seq;
    }
    const fed = new Set<UserId>();
    for (const [user, from, role, flushed] of relay.members) {
      fed.add(user);
      const known = this.#served.get(user);
      if (!known) this.#served.set(user, { ...newLine(from), user, role, flushed, taken: from });
      else {
        known.role = role;
        known.sent = Math.max(known.sent, from);
        known.taken = Math.max(known.taken, from);
        // An account that is open there is settled again, unless its report is on its way: it may have been lost.
        const isLost = relay.settle && !this.#reports.has(user);
        known.flushed = isLost ? flushed : Math.max(known.flushed, flushed);
      }
    }
    for (const user of this.#served.keys()) if (!fed.has(user)) this.#drop(user);
  }

  #drop(user: UserId): void {
    this.#served.delete(user);
    this.#reports.delete(user);
  }

  #compose(line: Served, after: Seq, settle: boolean): Delivery {
    const relay = this.#last;
    if (!relay) throw new Error("unable to deliver; nothing was relayed yet");
    const entries = after >= this.#head ? [] : this.#recent.after(after, LIMITS.deliverBatch);
    // What he lacks is not here, or takes more than entries: the conversation has it.
    const isHere = entries?.every((entry) => entry.retained === undefined) === true;
    if (!isHere) this.#giveBack(line);
    const brought = isHere ? batchOf(entries) : [];
    const withMeta = relay.meta && brought.some((entry) => entry.kind === "member" || entry.kind === "settings");
    return {
      conversation_id: relay.conversation_id,
      epoch: relay.epoch,
      after,
      entries: brought,
      large: true,
      ...(relay.nudge === true ? { nudge: true } : {}),
      ...(withMeta ? { meta: { ...relay.meta, role: line.role } } : {}),
      ...(settle ? { settle } : {}),
    };
  }

  #answered(line: Served, answer: DeliveryAnswer): void {
    line.flushed = Math.max(line.flushed, answer.flushed);
    line.taken = Math.max(line.taken, answer.head);
    if (this.#served.get(line.user) === line) this.#reports.set(line.user, { user: line.user, answer });
    if (answer.presence?.here === false) this.#served.delete(line.user);
    this.#settled();
  }

  #giveBack(line: Served): void {
    if (this.#served.get(line.user) !== line) return;
    this.#served.delete(line.user);
    this.#reports.set(line.user, { user: line.user, taken: line.taken });
    this.#settled();
  }

  #settled(): void {
    for (const check of this.#waiting) check();
  }

  #isIdle(): boolean {
    for (const line of this.#served.values()) if (line.sent < this.#head || line.taken < line.sent) return false;
    return true;
  }

  /** Whether everybody can still be brought what he lacks from what is held here, with the next entries too. */
  #keepsUp(): boolean {
    const oldest = this.#head - LIMITS.sliceEntries + LIMITS.deliverBatch;
    for (const line of this.#served.values()) if (line.sent < oldest) return false;
    return true;
  }

  /** Until it is so, but not for long: nobody is waited for at the cost of the others. */
  async #until(isSo: () => boolean, ms: number = LIMITS.sliceWaitMs): Promise<void> {
    if (isSo()) return;
    const so = Promise.withResolvers<void>();
    const check = (): void => {
      if (isSo()) so.resolve();
    };
    this.#waiting.add(check);
    const cancel = this.#deps.timers.after(ms, () => so.resolve());
    await so.promise;
    cancel();
    this.#waiting.delete(check);
  }
}
