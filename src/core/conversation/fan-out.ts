import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Relay, RelayAnswer, Report } from "../fanout/relay.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import type { Visit } from "./calls.ts";
import { ofEpoch } from "./delivery.ts";
import type { Delivery, DeliveryAnswer, EncodedEntry, InboxState, Presence } from "./delivery.ts";
import type { LogRow } from "./log-table.ts";
import { endOf } from "./member.ts";
import type { Member } from "./member.ts";
import { Nudges } from "./nudges.ts";
import type { NudgesDeps } from "./nudges.ts";
import { Outbox } from "./outbox.ts";
import { deliveryTo } from "./parcel.ts";
import type { Roster } from "./roster.ts";
import { durableOf, relayOf, Slices } from "./slices.ts";
import type { SliceLine } from "./slices.ts";
import type { Views } from "./views.ts";

export interface FanOutDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly roster: Roster;
  readonly views: Views;
  readonly log: NudgesDeps["log"];
  head(): Seq;
  /** Entries after `after`, as many as travel in one call, as everybody sees them or as this member does. */
  entries(after: Seq, reader?: Member): readonly EncodedEntry[];
  deliver(user: UserId, delivery: Delivery): Promise<DeliveryAnswer>;
  relay(slice: number, relay: Relay): Promise<RelayAnswer>;
  /** A member's inbox said something of itself. */
  heard(member: Member, state: InboxState): void;
  /** Somebody was not reached several times in a row. */
  parked(member: Member): void;
  /** The alarm is to ring then. */
  wake(at: number): void;
  /** It is to look after what begins now. */
  begun(): void;
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
 * he has everything, so that he holds up nobody else. Who is away is called only if he wants to be: see `Nudges`.
 */
export class FanOut {
  readonly #deps: FanOutDeps;
  readonly #roster: Roster;
  readonly #slices = new Slices("there");
  /** Of a large conversation: who has a line of his own for now. */
  readonly #direct = new Set<Member>();
  /** And who does not know of it yet. They may be thousands: the others come first. */
  readonly #newcomers = new Set<Member>();
  /** Calls to newcomers that are under way. */
  readonly #greeting = new Set<Member>();
  readonly #lines: Outbox<Member, Delivery, DeliveryAnswer>;
  readonly #relays: Outbox<SliceLine, Relay, RelayAnswer>;
  readonly #nudges: Nudges;

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
      isSettled: (member) => this.#isSettled(member),
      durable: (member) => Math.max(member.flushed, member.joined_seq - 1),
      compose: (member, after, settle) => {
        this.#calling(member);
        return deliveryTo(deps, member, after, settle);
      },
      deliver: async (member, delivery) => ofEpoch(await deps.deliver(member.user_id, delivery), delivery.epoch),
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
      isSettled: (slice) => [...slice.members].every((member) => this.#isSettled(member)),
      durable: durableOf,
      compose: (slice, after, settle) => this.#relay(slice, after, settle),
      deliver: (slice, relay) => deps.relay(slice.index, relay),
      answered: (slice, answer) => this.#reports(slice, answer),
      failed: (slice) => {
        slice.owes = true;
      },
    });
    this.#nudges = new Nudges({
      ...deps,
      reported: (slice, answer) => this.#reports(slice, answer),
      alone: (member) => this.#straggles(member),
      pumpLines: () => this.#lines.pump(),
    });
    if (this.#roster.large) this.#place();
  }

  /** Starts every call that may start now. Cheap when there is nothing to do. */
  pump(): void {
    this.#lines.pump();
    if (!this.#roster.large) return;
    this.#relays.pump();
    this.#nudges.soon();
  }

  /** Entries are in the log: those who are away may want to be told. */
  appended(rows: readonly LogRow[]): void {
    if (this.#roster.large) this.#nudges.appended(rows);
  }

  /** Has the alarm ring when something is due to those who are away. */
  awaitNext(): void {
    if (this.#roster.large) this.#nudges.soon();
  }

  /** Writes what was written behind. */
  save(): void {
    this.#roster.save();
    if (this.#roster.large) this.#nudges.save();
  }

  get settled(): boolean {
    // Not all newcomers have a line at once; and who asked how things stand has everything without being called.
    const greeted = [...this.#newcomers].every((member) => this.#isSettled(member));
    return greeted && this.#lines.settled && this.#relays.settled && this.#nudges.settled;
  }

  async settle(): Promise<void> {
    // First: whom it gives a line of his own is called by that.
    const nudged = this.#nudges.settle();
    await Promise.all([nudged, this.#lines.settle(), this.#relays.settle()]);
  }

  /** The conversation became a large one: from here on it is brought to those who are there. */
  grow(): void {
    this.#roster.grow(this.#deps.head());
    this.#place();
  }

  /** Somebody joined, or is there again: `caughtUp` when his list is as far as the log. */
  arrived(member: Member, caughtUp: boolean): void {
    if (!this.#roster.large) return;
    this.#nudges.drop(member);
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
    this.#nudges.drop(member);
    this.#undirect(member);
  }

  #undirect(member: Member): void {
    this.#direct.delete(member);
    this.#newcomers.delete(member);
  }

  /** Somebody says that he is away, and what he is to be called for; not of what was before he wanted it. */
  wishes(member: Member, { wants, asOf }: Pick<Visit, "wants" | "asOf">): void {
    if (!this.#roster.large || asOf < member.awayAsOf) return;
    const owed = this.#nudges.isBehind(member);
    const after = !member.away || owed ? member.wants?.after : this.#deps.head();
    this.#heed(member, { here: false, asOf, ...(wants ? { wants } : {}) }, after);
    // What he was to be called for may mention him.
    if (owed) this.#nudges.doubt(member);
    this.#rest(member);
  }

  /** Something waits for a member besides entries. */
  noted(member: Member): void {
    if (!this.#roster.large) return;
    if (member.away) member.receipt = undefined;
    else this.#direct.add(member);
  }

  /** What the answer to his own call brings needs no call besides. `undefined`: nothing is lacking. */
  handOver(member: Member, inbox: InboxState): Delivery | undefined {
    const delivery = deliveryTo(this.#deps, member, inbox.head, false);
    if (delivery.entries.length === 0 && !delivery.base) return undefined;
    member.sent = Math.max(member.sent, delivery.after + delivery.entries.length);
    return delivery;
  }

  /** Whether most of those whom entries are brought to are far behind: more is written than can be brought to them. */
  get isSwamped(): boolean {
    const far = this.#deps.head() - LIMITS.swampedEntries;
    if (far <= 0) return false;
    const { large } = this.#roster;
    let all = this.#slices.members;
    // Asked for with every write: two or ten people are not counted.
    if (all + (large ? this.#direct.size : this.#roster.size) < LIMITS.swampedMembers) return false;
    let behind = 0;
    for (const member of large ? this.#direct : this.#roster.all()) {
      // Who is away may be far behind: what he is called for waits for its time.
      if (member.away) continue;
      if (member.slice === undefined) all++;
      // Whoever cannot be reached says nothing of what could be brought to the others.
      if (member.failures === 0 && member.slice === undefined && member.sent < far) behind++;
    }
    return all >= LIMITS.swampedMembers && behind > all / 2;
  }

  get state(): {
    readonly present: number;
    readonly slices: number;
    readonly behind: number;
    readonly parked: Parked[];
  } {
    const head = this.#deps.head();
    const lines = [...this.#roster.all(), ...this.#roster.leaving()];
    const behind = lines.filter((member) => !this.#isSettled(member));
    const parked = behind.filter((member) => member.failures >= LIMITS.parkedAfter);
    return {
      present: lines.filter(({ away }) => !away).length,
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
    const near = Math.max(this.#deps.head() - LIMITS.deliverBatch, this.#deps.log.pruned);
    // Those of whom least is known first: nobody may be behind what his slice was given.
    const present = [...this.#roster.all()].filter((member) => !member.away).sort((a, b) => a.flushed - b.flushed);
    for (const member of present) {
      if (member.flushed >= near && member.flushed >= member.joined_seq) this.#slices.join(member, member.flushed);
      else if (member.flushed >= member.joined_seq) this.#direct.add(member);
      else this.#newcomers.add(member);
    }
    this.#nudges.begin();
  }

  /** Whether a member has, durably, what is to be brought to him. */
  #isSettled(member: Member): boolean {
    return member.away ? !this.#nudges.isBehind(member) : this.#roster.isSettled(member, this.#deps.head());
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
    if (member.away) return this.#nudges.due(member);
    return endOf(member, this.#deps.head());
  }

  #relay(slice: SliceLine, from: Seq, settle: boolean): Relay {
    const { views } = this.#deps;
    // What is further back than a slice holds is brought to whoever lacks it by a line of his own.
    const furthest = Math.max(this.#deps.log.pruned, views.retainedFrom - 1);
    const after = Math.max(from, this.#deps.head() - LIMITS.sliceEntries, furthest);
    slice.owes = false;
    if (settle) for (const member of slice.members) if (member.flushed < after) this.#straggle(member);
    const entries = after >= this.#deps.head() ? [] : this.#deps.entries(after);
    return relayOf(views, slice.members, after, entries, settle);
  }

  #answered(member: Member, answer: DeliveryAnswer, delivery: Delivery): void {
    this.#greeting.delete(member);
    if (answer.head < delivery.after) member.receipt ??= delivery.receipt;
    this.#deps.heard(member, answer);
    if (!this.#roster.large || member.left) return;
    this.#says(member, answer);
    if (member.away) return;
    // He knows of it now, and is there: what he lacks still he gets before those who may not be.
    if (this.#newcomers.delete(member)) this.#direct.add(member);
    if (member.slice !== undefined) this.#direct.delete(member);
    // Whose list lost what it had, as when the answer to a visit did not arrive: a slice would bring him what follows that.
    else if (member.sent < member.flushed) return;
    else if (member.calls <= 1 && this.#deps.head() - member.sent < LIMITS.deliverBatch) this.arrived(member, true);
  }

  #failed(member: Member, delivery: Delivery): void {
    this.#greeting.delete(member);
    member.receipt ??= delivery.receipt;
    member.greeted = delivery.base === undefined;
    if (member.failures === LIMITS.parkedAfter) this.#deps.parked(member);
  }

  #reports(slice: SliceLine, { reports }: RelayAnswer): void {
    for (const report of reports) this.#reported(slice, report);
  }

  #reported(slice: SliceLine, { user, answer, taken = 0 }: Report): void {
    const member = this.#roster.get(user);
    if (!member || member.slice !== slice.index) return;
    if (!answer) return this.#straggle(member, taken);
    this.#deps.heard(member, answer);
    this.#says(member, answer);
  }

  /** Whether he is there, if he said so and has not said otherwise since: answers may overtake each other. */
  #says(member: Member, { presence, flushed }: DeliveryAnswer): void {
    if (member.away) this.#nudges.told(member, flushed);
    if (presence && presence.asOf >= member.awayAsOf) this.#heed(member, presence);
    if (member.away) this.#rest(member);
  }

  #heed(member: Member, { here, asOf, wants }: Presence, after?: Seq): void {
    const isLater = asOf > member.awayAsOf;
    member.awayAsOf = asOf;
    if (!here && member.away)
      this.#roster.wish(member, wants && { ...wants, ...(after === undefined ? {} : { after }) });
    else if (!here) {
      this.departed(member);
      this.#roster.goAway(member, wants);
      this.#nudges.doubt(member);
    } else if (member.away && isLater) {
      this.departed(member);
      this.#roster.comeBack(member);
      this.#direct.add(member);
    }
  }

  /** He is away, and has his place among those who want to be called, if he does. */
  #rest(member: Member): void {
    this.#undirect(member);
    this.#nudges.put(member);
  }

  /** What his slice could not bring him is brought by a line of his own. */
  #straggle(member: Member, taken = 0): void {
    this.#straggles(member, taken);
    this.#lines.pump();
  }

  #straggles(member: Member, taken = 0): void {
    this.#slices.leave(member);
    this.#nudges.leave(member);
    // Somebody who is away may be under way to what he was mentioned in: he is not called twice at once.
    if (!member.away || member.calls === 0) member.sent = Math.max(member.flushed, taken);
    this.#direct.add(member);
  }
}
