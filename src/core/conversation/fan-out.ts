import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Relay, RelayAnswer, Report } from "../fanout/relay.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import type { Delivery, DeliveryAnswer, EncodedEntry, InboxState } from "./delivery.ts";
import { endOf } from "./member.ts";
import type { Member } from "./member.ts";
import { Outbox } from "./outbox.ts";
import type { Roster } from "./roster.ts";
import { durableOf, Slices } from "./slices.ts";
import type { SliceLine } from "./slices.ts";
import type { Views } from "./views.ts";

export interface FanOutDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly roster: Roster;
  readonly views: Views;
  head(): Seq;
  /** Entries after `after`, as many as travel in one call, as everybody sees them or as this member does. */
  entries(after: Seq, reader?: Member): readonly EncodedEntry[];
  deliver(user: UserId, delivery: Delivery): Promise<DeliveryAnswer>;
  relay(slice: number, relay: Relay): Promise<RelayAnswer>;
  /** A member's inbox said something of itself. */
  heard(member: Member, state: InboxState): void;
  /** Somebody was not reached several times in a row. */
  parked(member: Member): void;
}

/** Somebody whom new entries do not reach. */
export interface Parked {
  readonly user_id: UserId;
  readonly failures: number;
  readonly behind: number;
  readonly nextTryAt: number;
}

/**
 * The way of entries to the members. In a small conversation each member's object is called. In a large one only
 * those who are there are told, by slices; whoever is new, behind or failing has a line of his own until
 * he has everything, so that he holds up nobody else.
 */
export class FanOut {
  readonly #deps: FanOutDeps;
  readonly #roster: Roster;
  readonly #slices = new Slices();
  /** Of a large conversation: who has a line of his own for now. */
  readonly #direct = new Set<Member>();
  /** And who does not know of it yet. They may be thousands: the others come first. */
  readonly #newcomers = new Set<Member>();
  /** Calls to newcomers that are under way. */
  readonly #greeting = new Set<Member>();
  readonly #lines: Outbox<Member, Delivery, DeliveryAnswer>;
  readonly #relays: Outbox<SliceLine, Relay, RelayAnswer>;

  constructor(deps: FanOutDeps) {
    this.#deps = deps;
    this.#roster = deps.roster;
    const { clock, timers, random } = deps;
    this.#lines = new Outbox({
      clock,
      timers,
      random,
      // In a large one these are newcomers and stragglers: hundreds of them must not keep the others waiting.
      parallel: () => (this.#roster.large ? LIMITS.stragglersParallel : LIMITS.fanOutParallel),
      restMs: () => (this.#roster.large ? LIMITS.stragglersRestMs : 0),
      lines: () => this.#ownLines(),
      end: (member) => this.#end(member),
      news: (member) => (member.live.length > 0 || !member.greeted ? "now" : member.receipt ? "rides" : "none"),
      isSettled: (member) => this.#roster.isSettled(member, deps.head()),
      durable: (member) => Math.max(member.flushed, member.joined_seq - 1),
      compose: (member, after, settle) => {
        this.#calling(member);
        return this.#compose(member, after, settle);
      },
      deliver: (member, delivery) => deps.deliver(member.user_id, delivery),
      answered: (member, answer, delivery) => this.#answered(member, answer, delivery),
      failed: (member, delivery) => this.#failed(member, delivery),
    });
    this.#relays = new Outbox({
      clock,
      timers,
      random,
      parallel: () => LIMITS.fanOutParallel,
      restMs: () => 0,
      lines: () => this.#slices.all(),
      end: (slice) => (slice.members.size > 0 ? deps.head() : slice.sent),
      news: (slice) => (slice.owes ? "now" : "none"),
      isSettled: (slice) => [...slice.members].every((member) => this.#roster.isSettled(member, deps.head())),
      durable: durableOf,
      compose: (slice, after, settle) => this.#relay(slice, after, settle),
      deliver: (slice, relay) => deps.relay(slice.index, relay),
      answered: (slice, answer) => answer.reports.forEach((report) => this.#reported(slice, report)),
      failed: (slice) => {
        slice.owes = true;
      },
    });
    if (this.#roster.large) this.#place();
  }

  /** Starts every call that may start now. Cheap when there is nothing to do. */
  pump(): void {
    this.#lines.pump();
    if (this.#roster.large) this.#relays.pump();
  }

  get settled(): boolean {
    // Not all newcomers have a line at once; and who asked how things stand has everything without being called.
    const greeted = [...this.#newcomers].every((member) => this.#roster.isSettled(member, this.#deps.head()));
    return greeted && this.#lines.settled && this.#relays.settled;
  }

  async settle(): Promise<void> {
    await Promise.all([this.#lines.settle(), this.#relays.settle()]);
  }

  /** The conversation became a large one: from here on it is brought to those who are there. */
  grow(): void {
    this.#roster.grow();
    this.#place();
  }

  /** Somebody joined, or is there again: `caughtUp` when his list is as far as the log. */
  arrived(member: Member, caughtUp: boolean): void {
    if (!this.#roster.large) return;
    if (caughtUp) {
      this.#undirect(member);
      this.#slices.join(member, member.sent);
      this.#relays.pump();
    } else {
      member.greeted = member.sent < this.#deps.head();
      this.#newcomers.add(member);
    }
  }

  /** Somebody left, or is not there any more. */
  departed(member: Member): void {
    this.#slices.leave(member);
    this.#undirect(member);
  }

  #undirect(member: Member): void {
    this.#direct.delete(member);
    this.#newcomers.delete(member);
  }

  /** Something waits for a member besides entries. */
  noted(member: Member): void {
    if (!this.#roster.large) return;
    if (member.away) member.receipt = undefined;
    else this.#direct.add(member);
  }

  /** What the answer to his own call brings needs no call besides. `undefined`: nothing is lacking. */
  handOver(member: Member, inbox: InboxState): Delivery | undefined {
    const delivery = this.#compose(member, inbox.head, false);
    if (delivery.entries.length === 0 && !delivery.base) return undefined;
    member.sent = Math.max(member.sent, delivery.after + delivery.entries.length);
    return delivery;
  }

  /** Whether most of those whom entries are brought to are far behind: more is written than can be brought to them. */
  get isSwamped(): boolean {
    const far = this.#deps.head() - LIMITS.swampedEntries;
    if (far <= 0) return false;
    const { large } = this.#roster;
    const all = large ? this.#direct.size + this.#slices.members : this.#roster.size;
    // Asked for with every write: two or ten people are not counted.
    if (all < LIMITS.swampedMembers) return false;
    let behind = 0;
    for (const member of large ? this.#direct : this.#roster.all())
      // Whoever cannot be reached says nothing of what could be brought to the others.
      if (member.failures === 0 && member.slice === undefined && member.sent < far) behind++;
    return behind > all / 2;
  }

  get state(): {
    readonly present: number;
    readonly slices: number;
    readonly behind: number;
    readonly parked: Parked[];
  } {
    const head = this.#deps.head();
    const lines = [...this.#roster.all(), ...this.#roster.leaving()].filter((member) => !member.away);
    const behind = lines.filter((member) => !this.#roster.isSettled(member, head));
    const parked = behind.filter((member) => member.failures >= LIMITS.parkedAfter);
    return {
      present: lines.length,
      slices: this.#slices.size,
      behind: behind.length,
      parked: parked.map((member) => ({
        user_id: member.user_id,
        failures: member.failures,
        behind: endOf(member, head) - member.flushed,
        nextTryAt: member.notBefore,
      })),
    };
  }

  /** After a wake, or when it became large: who has nearly everything goes into a slice, the others catch up first. */
  #place(): void {
    const near = this.#deps.head() - LIMITS.deliverBatch;
    // Those of whom least is known first: nobody may be behind what his slice was given.
    const present = [...this.#roster.all()].filter((member) => !member.away).sort((a, b) => a.flushed - b.flushed);
    for (const member of present) {
      if (member.flushed >= near && member.flushed >= member.joined_seq) this.#slices.join(member, member.flushed);
      else if (member.flushed >= member.joined_seq) this.#direct.add(member);
      else this.#newcomers.add(member);
    }
  }

  *#ownLines(): Iterable<Member> {
    yield* this.#roster.large ? this.#direct : this.#roster.all();
    yield* this.#roster.leaving();
    yield* this.#nextNewcomers();
  }

  /** From both ends: who is added while thousands are does not wait for them, nor do they wait for those who come after. */
  #nextNewcomers(): Member[] {
    const now = this.#deps.clock.now();
    const places = LIMITS.newcomersParallel - this.#greeting.size;
    if (places <= 0 || this.#newcomers.size === 0) return [];
    const waiting = [...this.#newcomers].filter((member) => member.calls === 0 && member.notBefore <= now);
    if (waiting.length <= places) return waiting;
    const first = waiting.slice(0, Math.ceil(places / 2));
    return [...first, ...waiting.slice(waiting.length - (places - first.length))];
  }

  /** Whoever was called goes to the end of his line, so that nobody waits for the same ones again and again. */
  #calling(member: Member): void {
    if (this.#direct.delete(member)) this.#direct.add(member);
    if (this.#newcomers.has(member)) this.#greeting.add(member);
  }

  #end(member: Member): Seq {
    // Served by a slice, with something waiting besides: entries are not his line's affair.
    if (member.slice !== undefined) return member.sent;
    return endOf(member, this.#deps.head());
  }

  #compose(member: Member, from: Seq, settle: boolean): Delivery {
    const { views } = this.#deps;
    const end = endOf(member, this.#deps.head());
    const noteOnly = member.slice !== undefined && !settle && from === member.sent && member.receipt !== undefined;
    const starts = from < member.joined_seq && member.joined_seq > 1;
    const jumps = this.#jumps(member, end - from);
    const after = noteOnly ? 0 : jumps ? end : starts ? member.joined_seq - 1 : from;
    const entries =
      noteOnly || after >= end ? [] : this.#deps.entries(after, member).filter((entry) => entry.seq <= end);
    const withMeta =
      entries.length > 0 &&
      (after === 0 || starts || entries.some((entry) => entry.kind === "member" || entry.kind === "settings"));
    // A list that lost or never had its row has to learn of what was read before: until it is known to be on its disk.
    const withOwn = !noteOnly && member.readFlushed < member.read;
    const { receipt, live } = member;
    member.receipt = undefined;
    member.live = [];
    member.greeted = true;
    return {
      conversation_id: views.conversationId,
      epoch: views.epoch,
      after,
      entries,
      ...(withMeta ? { meta: views.meta(member) } : {}),
      ...(withOwn ? { own: views.own(member, after + entries.length) } : {}),
      ...(jumps || starts ? { base: views.view(member, after) } : {}),
      // A line of its own is for catching up, of which there may be many.
      ...(this.#roster.large ? { large: true, brief: true } : {}),
      ...(receipt ? { receipt } : {}),
      ...(live.length > 0 ? { live } : {}),
      ...(settle ? { settle } : {}),
    };
  }

  /** Whoever is not there, or is gone, has no use for what he missed one by one. */
  #jumps(member: Member, missed: number): boolean {
    if (member.left && this.#deps.views.isChannel) return true;
    return this.#roster.large && (member.away || member.left !== undefined) && missed > LIMITS.deliverBatch;
  }

  #relay(slice: SliceLine, from: Seq, settle: boolean): Relay {
    const { views } = this.#deps;
    // What is further back than a slice holds is brought to whoever lacks it by a line of his own.
    const after = Math.max(from, this.#deps.head() - LIMITS.sliceEntries, 0);
    slice.owes = false;
    if (settle) for (const member of slice.members) if (member.flushed < after) this.#straggle(member);
    const entries = after >= this.#deps.head() ? [] : this.#deps.entries(after);
    const withMeta = entries.some((entry) => entry.kind === "member" || entry.kind === "settings");
    return {
      conversation_id: views.conversationId,
      epoch: views.epoch,
      after,
      entries,
      ...(withMeta ? { meta: views.commonMeta() } : {}),
      members: [...slice.members].map((member) => [
        member.user_id,
        Math.max(member.sent, member.flushed),
        member.role,
        member.flushed,
      ]),
      settle,
    };
  }

  #answered(member: Member, answer: DeliveryAnswer, delivery: Delivery): void {
    this.#greeting.delete(member);
    if (answer.head < delivery.after) member.receipt ??= delivery.receipt;
    this.#deps.heard(member, answer);
    if (!this.#roster.large || member.left) return;
    if (this.#leaves(member, answer)) return;
    // He knows of it now, and is there: what he lacks still he gets before those who may not be.
    if (this.#newcomers.delete(member)) this.#direct.add(member);
    if (member.slice !== undefined) this.#direct.delete(member);
    else if (member.calls <= 1 && this.#deps.head() - member.sent < LIMITS.deliverBatch) this.arrived(member, true);
  }

  #failed(member: Member, delivery: Delivery): void {
    this.#greeting.delete(member);
    member.receipt ??= delivery.receipt;
    member.greeted = delivery.base === undefined;
    if (member.failures === LIMITS.parkedAfter) this.#deps.parked(member);
  }

  #reported(slice: SliceLine, { user, answer, taken = 0 }: Report): void {
    const member = this.#roster.get(user);
    if (!member || member.slice !== slice.index) return;
    if (!answer) return this.#straggle(member, taken);
    this.#deps.heard(member, answer);
    this.#leaves(member, answer);
  }

  /** He said that he is not there, and has not said otherwise since: answers may overtake each other. */
  #leaves(member: Member, { presence }: DeliveryAnswer): boolean {
    if (!presence || presence.asOf < member.awayAsOf) return false;
    if (presence.here) {
      member.awayAsOf = presence.asOf;
      return false;
    }
    this.departed(member);
    this.#roster.goAway(member);
    return true;
  }

  /** What his slice could not bring him is brought by a line of his own. */
  #straggle(member: Member, taken = 0): void {
    this.#slices.leave(member);
    member.sent = Math.max(member.flushed, taken);
    this.#direct.add(member);
    this.#lines.pump();
  }
}
