import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { ALL } from "../../shared/protocol/fields.ts";
import type { Relay, RelayAnswer } from "../fanout/relay.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import type { EncodedEntry, Mentions } from "./delivery.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import type { Member } from "./member.ts";
import { Outbox } from "./outbox.ts";
import type { Roster } from "./roster.ts";
import { relayOf, Slices } from "./slices.ts";
import type { SliceLine } from "./slices.ts";
import type { Views } from "./views.ts";

export interface NudgesDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly roster: Roster;
  readonly views: Views;
  readonly log: Pick<LogTable, "mentioning" | "newestCounted" | "pruned">;
  head(): Seq;
  entries(after: Seq): readonly EncodedEntry[];
  relay(slice: number, relay: Relay): Promise<RelayAnswer>;
  /** What a slice says of its members. */
  reported(slice: SliceLine, answer: RelayAnswer): void;
  /** He is to have a line of his own. */
  alone(member: Member): void;
  /** Lines of their own have something to bring. */
  pumpLines(): void;
  /** Then something is due, and nothing keeps the object awake until then. */
  wake(at: number): void;
  /** Calls begin that somebody is to look after. */
  begun(): void;
}

type Counted = Pick<LogRow, "seq" | "at" | "sender_id">;

/**
 * Those members of a large conversation who are away and want to be called all the same. Whoever wants every message is
 * brought what is new at most every `nudgeEveryMs`, by slices; whoever is mentioned, at once, by a line of his own; what
 * mentions everybody goes to those who want mentions at most as often. Of a channel, whose subscribers are any number,
 * only those are called whom a message names.
 */
export class Nudges {
  readonly #deps: NudgesDeps;
  readonly #slices = new Slices("away");
  readonly #relays: Outbox<SliceLine, Relay, RelayAnswer>;
  /** Who wants to be told of mentions, and of messages later perhaps: `#until` is the earliest time of that. */
  readonly #listening = new Set<Member>();
  #until = Infinity;
  /** The newest entry that changes what is unread, and before it the newest one of somebody else. */
  #counted: readonly Counted[] = [];
  /** Who was mentioned and does not have that yet; the newest such entry. */
  readonly #mentioned = new Map<Member, Seq>();
  /** Of them, who has no line of his own yet. */
  readonly #fresh = new Set<Member>();
  /** An entry that mentions everybody, not yet handed on to those who listen; when the last one was. */
  #everybody: Counted | undefined;
  #everybodyAt = 0;
  /** Somebody was mentioned since it was noted how far mentions are handed on. */
  #unnoted = false;
  #timerAt = Infinity;

  constructor(deps: NudgesDeps) {
    this.#deps = deps;
    const { clock, timers, random } = deps;
    this.#relays = new Outbox({
      clock,
      timers,
      random,
      parallel: () => LIMITS.nudgesParallel,
      restMs: () => 0,
      lines: () => this.#slices.all(),
      end: (slice) => (slice.members.size > 0 ? (this.#counted[0]?.seq ?? 0) : slice.sent),
      news: () => "none",
      opensAt: (slice) => (slice.calls > 0 ? Infinity : this.#opensAt(slice)),
      isSettled: () => true,
      durable: (slice) => Math.min(slice.sent, this.#lowest(this.#behind(slice))),
      compose: (slice, after) => this.#relay(slice, after),
      deliver: async (slice, relay) =>
        // What is new is of their own doing, or was asked for meanwhile.
        relay.members.length > 0 ? deps.relay(slice.index, relay) : { head: relay.after, reports: [] },
      answered: (slice, answer, relay) => this.#answered(slice, answer, relay),
      failed: () => this.soon(),
    });
  }

  /** After a wake: who is away, and what is due to him. What was written after `positions` were may be brought twice. */
  begin(): void {
    const { roster, log } = this.#deps;
    const head = this.#deps.head();
    const newest = log.newestCounted(0, null);
    const other = newest && log.newestCounted(head - LIMITS.recentEntries, newest.sender_id);
    this.#counted = [newest, other].filter((counted) => counted !== undefined);
    const away = [...roster.all()].filter((member) => member.wants).sort((a, b) => a.flushed - b.flushed);
    for (const member of away) this.put(member);
    for (const row of log.mentioning(Math.max(roster.mentioned, head - LIMITS.mentionsLookBack)))
      this.#mention({ at: 0, ...row });
  }

  /** Entries are in the log. */
  appended(rows: readonly LogRow[]): void {
    for (const row of rows) {
      if (row.kind !== "message" && row.kind !== "delete") continue;
      const other = this.#counted.find(({ sender_id }) => sender_id !== row.sender_id);
      this.#counted = other ? [row, other] : [row];
    }
    if (this.#deps.clock.now() >= this.#until) this.#wakeListeners();
    for (const row of rows) if (row.mentions !== null) this.#mention(row);
  }

  /** Somebody is away, wants something else, or was called: from here on he has what he wants. */
  put(member: Member): void {
    this.#listening.delete(member);
    if (!member.wants) return this.drop(member);
    const hears = this.hears(member);
    // Also while he has a line of his own: everybody may be mentioned meanwhile.
    if (!hears && !this.#deps.views.isChannel) {
      this.#listening.add(member);
      this.#until = Math.min(this.#until, member.wants.until ?? Infinity);
    }
    const due = this.#mentioned.get(member) ?? 0;
    if (member.flushed < due) return this.#alone(member);
    this.#mentioned.delete(member);
    if (!hears) return this.#slices.leave(member);
    if (this.#slices.of(member)) return;
    const behind = this.isBehind(member);
    // His list lost what it had, or lacks more than others.
    const isFar = member.sent < member.flushed || this.#deps.head() - member.flushed > LIMITS.deliverBatch;
    if (behind && isFar) return this.#alone(member);
    const slice = this.#slices.join(member, behind ? member.flushed : this.#deps.head());
    if (behind) slice.sent = Math.min(slice.sent, member.flushed);
  }

  /** He is there again, has left, or wants nothing any more. */
  drop(member: Member): void {
    this.#slices.leave(member);
    this.#listening.delete(member);
    this.#mentioned.delete(member);
    this.#fresh.delete(member);
  }

  /** He may have been mentioned in what he lacks. */
  doubt(member: Member): void {
    if (!member.wants || this.hears(member) || member.flushed >= this.#deps.head()) return;
    this.#mentioned.set(member, this.#deps.head());
    this.#unnoted = true;
  }

  /** He was called, and has what he was mentioned in up to here. */
  told(member: Member, upTo: Seq): void {
    if (upTo >= (this.#mentioned.get(member) ?? Infinity)) this.#mentioned.delete(member);
  }

  /** Up to where there is something that he is to be called for. */
  due(member: Member): Seq {
    return Math.max(this.#mentioned.get(member) ?? 0, this.hears(member) ? this.#countedFor(member) : 0);
  }

  isBehind(member: Member): boolean {
    return member.flushed < this.due(member);
  }

  /** Whether nothing is left to do but what has its time later: see `soon`. */
  get settled(): boolean {
    if (this.#fresh.size > 0) return false;
    const at = this.#nextAt();
    return at > this.#deps.clock.now() && this.#slices.all().every(({ calls }) => calls === 0);
  }

  async settle(): Promise<void> {
    this.#gather();
    await this.#relays.drain();
  }

  /**
   * What is due is brought in a turn of its own: the ack of what was written comes first. For what is due later the
   * alarm is to ring, unless that is so soon that the object may as well stay awake.
   */
  soon(): void {
    const at = this.#nextAt();
    if (at === Infinity) return;
    const now = this.#deps.clock.now();
    const wait = Math.max(at - now, LIMITS.nudgeAfterMs);
    if (wait > LIMITS.outboxAlarmMs / 2) return this.#deps.wake(at);
    if (this.#timerAt <= now + wait) return;
    this.#timerAt = now + wait;
    this.#deps.timers.after(wait, () => {
      this.#timerAt = Infinity;
      this.#deps.begun();
      if (this.#gather()) this.#deps.pumpLines();
      this.#relays.pump();
      this.soon();
    });
  }

  /** Notes how far mentions are handed on, when there were any, or when it was long ago. */
  save(): void {
    const { roster } = this.#deps;
    const head = this.#deps.head();
    let upTo = (this.#everybody?.seq ?? head + 1) - 1;
    for (const seq of this.#mentioned.values()) upTo = Math.min(upTo, seq - 1);
    if (upTo <= roster.mentioned) return;
    if (!this.#unnoted && upTo - roster.mentioned < LIMITS.mentionsLookBack / 20) return;
    roster.handOn(upTo);
    this.#unnoted = upTo < head;
  }

  /** He has a line of his own. */
  leave(member: Member): void {
    this.#slices.leave(member);
  }

  /** He wants every message, now. Of a channel nobody does: its subscribers read when they feel like it. */
  hears({ wants }: Member): boolean {
    if (!wants || this.#deps.views.isChannel) return false;
    return wants.what === "messages" || (wants.until ?? Infinity) <= this.#deps.clock.now();
  }

  /** The newest entry that changes what is unread to him: of somebody else, and written when he wanted to know. */
  #countedFor({ user_id, wants }: Member): Seq {
    const counted = this.#counted.find(({ sender_id }) => sender_id !== user_id);
    if (!counted || counted.at < (wants?.until ?? 0) || counted.seq <= (wants?.after ?? 0)) return 0;
    return counted.seq;
  }

  #opensAt(slice: SliceLine): number {
    // A clock that was set back must not hold anybody back.
    if (slice.nudgedAt > this.#deps.clock.now()) slice.nudgedAt = this.#deps.clock.now();
    return slice.nudgedAt + LIMITS.nudgeEveryMs;
  }

  /** When there is something to do next. What waits for the end of a call goes on by itself. */
  #nextAt(): number {
    if (this.#fresh.size > 0) return 0;
    const now = this.#deps.clock.now();
    let at = this.#everybody ? this.#everybodyAt + LIMITS.nudgeEveryMs : Infinity;
    const end = this.#counted[0]?.seq ?? 0;
    for (const slice of this.#slices.all()) {
      if (slice.members.size === 0 || slice.sent >= end) continue;
      const opensAt = Math.max(this.#opensAt(slice), slice.notBefore);
      if (slice.calls === 0 || opensAt > now) at = Math.min(at, opensAt);
    }
    return at;
  }

  #wakeListeners(): void {
    this.#until = Infinity;
    // A copy: whoever is put back where he was would be met again.
    const listening = [...this.#listening];
    for (const member of listening) this.put(member);
  }

  /** Whom an entry mentions of those who are away. Whoever is there is brought it as everything else. */
  #mention({ seq, at, sender_id, mentions }: Counted & Pick<LogRow, "mentions">): void {
    const { roster, views } = this.#deps;
    // How far those have everything who are away from a channel is known nowhere else.
    if (views.isChannel) this.#unnoted = true;
    for (const user of JSON.parse(mentions ?? "[]") as Mentions) {
      if (user === ALL) {
        // Whoever wants every message is brought it as one of them.
        if (views.isChannel || this.#listening.size === 0) continue;
        this.#everybody = { seq, at, sender_id };
        this.#unnoted = true;
        continue;
      }
      const member = roster.get(user);
      if (member) this.#mentions(member, seq, sender_id);
    }
  }

  #mentions(member: Member, seq: Seq, sender: UserId): void {
    if (!member.away || !member.wants || member.user_id === sender) return;
    if (seq <= Math.max(member.flushed, member.wants.after ?? 0)) return;
    this.#mentioned.set(member, seq);
    this.#fresh.add(member);
    this.#unnoted = true;
  }

  /** Whoever was mentioned has a line of his own now. Answers whether that was anybody. */
  #gather(): boolean {
    const everybody = this.#everybody;
    if (everybody && this.#everybodyAt + LIMITS.nudgeEveryMs <= this.#deps.clock.now()) {
      this.#everybody = undefined;
      this.#everybodyAt = this.#deps.clock.now();
      for (const member of this.#listening) this.#mentions(member, everybody.seq, everybody.sender_id);
    }
    const any = this.#fresh.size > 0;
    for (const member of this.#fresh) this.#alone(member);
    return any;
  }

  #alone(member: Member): void {
    this.#fresh.delete(member);
    this.#deps.alone(member);
  }

  #behind(slice: SliceLine): Member[] {
    return [...slice.members].filter((member) => this.isBehind(member));
  }

  #lowest(members: readonly Member[]): Seq {
    return members.reduce((seq, { flushed }) => Math.min(seq, flushed), this.#deps.head());
  }

  #relay(slice: SliceLine, from: Seq): Relay {
    const { views, clock } = this.#deps;
    const head = this.#deps.head();
    // What is further back than others need, or than a slice holds, is brought by a line of his own.
    const { pruned } = this.#deps.log;
    const oldest = Math.max(Math.min(from, head - LIMITS.deliverBatch), head - LIMITS.sliceEntries, pruned);
    const behind = this.#behind(slice);
    const members = behind.filter(({ flushed }) => flushed >= oldest);
    for (const member of behind) if (member.flushed < oldest) this.#alone(member);
    const after = this.#lowest(members);
    const brought = members.length > 0 ? this.#deps.entries(after) : [];
    // More than one call holds is brought by several, one after the other.
    if (members.length > 0 && after + brought.length >= head) slice.nudgedAt = clock.now();
    return { ...relayOf(views, members, after, brought, false), nudge: true };
  }

  #answered(slice: SliceLine, answer: RelayAnswer, relay: Relay): void {
    this.#deps.reported(slice, answer);
    // Whoever did not say that he has it is asked by a line of his own.
    const end = relay.after + relay.entries.length;
    for (const [user] of relay.members) {
      const member = this.#deps.roster.get(user);
      if (member && member.slice === slice.index && member.flushed < end) this.#alone(member);
    }
    this.#deps.pumpLines();
    this.soon();
  }
}
