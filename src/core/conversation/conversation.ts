import type { MessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Standing } from "../../shared/permissions.ts";
import { refuse } from "../../shared/result.ts";
import type { Err, Result } from "../../shared/result.ts";
import type { Retained } from "../duties/policies.ts";
import type { Relay, RelayAnswer } from "../fanout/relay.ts";
import type { Clock, Random, Sql, Timers } from "../ports.ts";
import { Admission } from "../ratelimit/admission.ts";
import { next } from "../soon.ts";
import type { Soon } from "../soon.ts";
import { Agenda } from "./agenda.ts";
import { Alarms } from "./alarms.ts";
import { Appender } from "./appender.ts";
import { Archiving } from "./archiving.ts";
import type { ArchivingDeps } from "./archiving.ts";
import type { AppendAnswer, AppendCall, Entrance, ReceiptCall, ThreadState, Visit, Visited } from "./calls.ts";
import { ofEpoch } from "./delivery.ts";
import type { Delivery, DeliveryAnswer, InboxState, MemberView, OwnCounts } from "./delivery.ts";
import { Doors } from "./doors.ts";
import { Duties } from "./duties.ts";
import { Entries } from "./entries.ts";
import { EntryCodec } from "./entry-codec.ts";
import type { Lookup } from "./entry-codec.ts";
import { Erasing } from "./erasing.ts";
import { FanOut } from "./fan-out.ts";
import { GroupActs } from "./group-acts.ts";
import { History } from "./history.ts";
import { Lists } from "./lists.ts";
import { LogReader } from "./log-reader.ts";
import type { LogRow } from "./log-table.ts";
import { endOf } from "./member.ts";
import type { Member } from "./member.ts";
import { MessageActs } from "./message-acts.ts";
import { conversationMark } from "./message-id.ts";
import { Search } from "../search/search.ts";
import type { MessageTable } from "./message-table.ts";
import { Named } from "./named.ts";
import { NewestMessage } from "./newest-message.ts";
import { Receipts } from "./receipts.ts";
import { NO_MESSAGE, NOT_FOUND } from "./refusals.ts";
import { LEAVING } from "./restored.ts";
import { Roster } from "./roster.ts";
import { Rotation } from "./rotation.ts";
import { openTables } from "./tables.ts";
import { Upkeep } from "./upkeep.ts";
import { Veil } from "./veil.ts";
import type { Verdict } from "./verdict.ts";
import { loadRecord, Views } from "./views.ts";
import type { ConversationRecord } from "./views.ts";
import type { Write } from "./write.ts";

export interface ConversationDeps extends Pick<ArchivingDeps, "archive" | "horizon" | "archived" | "archiveFailed"> {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  deliver(user: UserId, delivery: Delivery): Promise<DeliveryAnswer>;
  /** One call to a slice of a large conversation. */
  relay(slice: number, relay: Relay): Promise<RelayAnswer>;
  /** What the deployment's policies of retention say. A throw: they could not be asked. */
  policy?(): Promise<Retained>;
  /** Sets the object's alarm, in the same transaction as what the current turn writes. */
  setAlarm(atMs: number): void;
  /** A member's object was not reached several times in a row. */
  parked(user: UserId, failures: number): void;
}

/** One conversation: who is in it, its log, and the way of each entry to its members. */
export class Conversation {
  readonly history: History;
  readonly lists: Lists;
  readonly doors: Doors;
  readonly agenda: Agenda;
  readonly search: Search;
  readonly archiving: Archiving;
  readonly rotation: Rotation;
  readonly duties: Duties;
  readonly erasing: Erasing;
  readonly #deps: ConversationDeps;
  readonly #record: ConversationRecord;
  readonly #reader: LogReader;
  readonly #named: Named;
  readonly #newest: NewestMessage;
  readonly #upkeep: Upkeep;
  readonly #messages: MessageTable;
  readonly #roster: Roster;
  readonly #views: Views;
  readonly #entries: Entries;
  readonly #appender: Appender;
  readonly #receipts: Receipts | undefined;
  readonly #veil: Veil;
  readonly #fanOut: FanOut;
  readonly #acts: MessageActs;
  readonly #groupActs: GroupActs;
  readonly #alarms: Alarms;
  readonly #admission: Admission;
  /** What writes are refused with in this turn that name what the archive would have. */
  #down: Err | undefined;

  constructor(deps: ConversationDeps, record: ConversationRecord) {
    const { sql, clock, timers, random } = deps;
    this.#deps = deps;
    this.#record = record;
    const mark = conversationMark(record.conversation_id);
    const head = () => this.#appender.head;
    const tables = openTables(sql);
    const { log, messages } = tables;
    const roster = new Roster(sql, record.type, record.large === 1);
    const reader = new LogReader({ ...deps, store: deps.archive, conversation: record.conversation_id, log });
    this.#newest = new NewestMessage(reader, log);
    const lookup: Lookup = { at: (seq) => log.at(seq), newestBelow: (...asked) => this.#newest.below(...asked) };
    const codec = new EntryCodec(record.conversation_id, mark, lookup);
    const floor = (member: Member) => this.#views.floor(member);
    const find = (member: Member, id: MessageId) => this.#acts.find(member, id);
    const standing = (member: Member) => this.#standing(member);
    const appended = (rows: readonly LogRow[]) => this.#appended(rows);
    this.#reader = reader;
    this.#messages = messages;
    this.#roster = roster;
    this.#entries = new Entries({ log, codec, head, floor });
    const alarms = new Alarms((at) => deps.setAlarm(at));
    this.#alarms = alarms;
    this.#named = new Named(log, mark);
    this.#admission = new Admission(random);
    this.#views = new Views({ ...tables, record, roster, last: (...asked) => this.history.last(...asked) });
    const noted = (member: Member) => this.#fanOut.noted(member);
    const changed = () => this.#fanOut.pump();
    const counting = { record, roster, messages, clock, timers, head, noted, changed };
    this.#receipts = record.type === "channel" ? undefined : new Receipts(counting);
    this.archiving = new Archiving({ ...deps, record, log, head, alarms });
    this.rotation = new Rotation({ ...deps, roster, log, head, alarms });
    const reading = { ...tables, reader, roster, codec, receipts: this.#receipts, floor, find, head };
    this.history = new History({ ...reading, epoch: record.epoch });
    this.lists = new Lists({ ...reading, history: this.history });
    const lifetime = () => this.#views.settings.expires_in;
    const emptied = (seqs: readonly Seq[]) => this.#entries.emptied(seqs);
    const expires = (at: number) => this.#alarms.by(at);
    this.#acts = new MessageActs({ ...tables, roster, mark, floor, standing, lifetime, emptied, expires });
    const joined = (member: Member) => this.#fanOut.arrived(member, false);
    const parting = (member: Member, at: number) => this.#views.parting(member, at);
    const left = (member: Member) => this.#fanOut.departed(member);
    this.#groupActs = new GroupActs({ sql, record, roster, head, standing, parting, joined, left });
    this.#appender = new Appender({ sql, clock, log, mark, judge: (...asked) => this.#judge(...asked) });
    this.#veil = new Veil({ roster, log, head });
    const writing = { sql, clock, roster, appender: this.#appender, appended };
    this.doors = new Doors({ ...writing, record, standing, acts: this.#groupActs });
    const acting = { ...writing, reader, codec, acts: this.#acts, alarms };
    this.agenda = new Agenda({ ...acting, messages, named: this.#named });
    this.search = new Search({ ...reading, sql, clock, mark, parts: this, alarms });
    this.duties = new Duties({ ...acting, ...tables, ...deps, record, mark, parts: this, pump: changed });
    this.erasing = new Erasing({ ...acting, ...tables, groupActs: this.#groupActs, head, pump: changed });
    this.#upkeep = new Upkeep({ clock, alarms, parts: this, fanOut: () => this.#fanOut });
    this.#fanOut = new FanOut({
      clock,
      timers,
      random,
      roster,
      views: this.#views,
      log,
      head,
      entries: (after, member) => this.#entries.after(after, member),
      deliver: (user, delivery) => deps.deliver(user, delivery),
      relay: (slice, relay) => deps.relay(slice, relay),
      heard: (member, state) => this.#heard(member, state, undefined, true),
      parked: (member) => deps.parked(member.user_id, member.failures),
      wake: (at) => this.#alarms.by(at),
      begun: () => this.#upkeep.begun(),
    });
  }

  static readonly load = loadRecord;

  get head(): Seq {
    return this.#appender.head;
  }

  isMember(user: UserId): boolean {
    return this.#roster.get(user) !== undefined;
  }

  /**
   * Writes a batch in one transaction, in the turn in which it came. The answer carries what the writer's inbox lacks up to the new
   * head. What names something archived waits for that, and is refused when it cannot be had; the others are written.
   */
  append(call: AppendCall): Soon<AppendAnswer> {
    if (!this.#named.areFar(call.writes)) return this.#append(call);
    const from = this.#deps.clock.now();
    // What it waited for was not the conversation.
    const write = () => this.#append({ ...call, at: call.at + this.#deps.clock.now() - from });
    return this.#reader.holding(
      () => this.#named.look(call.writes),
      write,
      (refusal) => {
        this.#down = refusal;
        const answer = write();
        this.#down = undefined;
        return answer;
      },
    );
  }

  #append({ user, writes, inbox, at }: AppendCall): AppendAnswer {
    const member = this.#roster.get(user);
    if (this.duties.isLeaving) return { results: writes.map(() => LEAVING) };
    // Whoever asks again how his leaving went has left.
    if (!member) return { results: writes.map((write) => this.#appender.repeated(user, write) ?? NOT_FOUND) };
    const now = this.#deps.clock.now();
    const wait = this.#fanOut.isSwamped ? this.#admission.away() : this.#admission.admit(now - at, now);
    if (wait > 0) {
      const refusal = refuse("overloaded", "unable to write; the conversation is busy", { retry_after_ms: wait });
      return { results: writes.map(() => refusal) };
    }
    const { results, rows } = this.#appender.append(member, writes);
    if (results.some((result) => result.ok && !result.value.duplicate)) this.#appended(rows);
    return { results, ...this.#handOver(member, inbox) };
  }

  /** Raises watermarks. The counts are exact at the head that the caller's inbox has. */
  receipt(call: ReceiptCall): Result<OwnCounts & { readonly delivered_up_to: Seq }> {
    const member = this.#roster.reader(call.user);
    if (!member) return NOT_FOUND;
    const end = endOf(member, this.head);
    this.#roster.hideReads(member, call.inbox.hidesReads);
    const read = Math.min(call.read ?? 0, end);
    const before = Math.min(read > member.read ? member.read : Infinity, member.delivered);
    const rises = read > member.read;
    if (rises) {
      this.#roster.read(member, read, this.#deps.clock.now());
      this.#upkeep.arm();
    }
    const delivered = Math.max(call.inbox.delivered, call.delivered ?? 0);
    this.#heard(member, { ...call.inbox, delivered }, rises ? before : undefined);
    // Asked for by name, it is durable before it is answered; what rides along with other calls is written behind.
    if (call.delivered !== undefined) this.#roster.save();
    const own = this.#views.own(member, Math.min(call.inbox.head, end));
    return { ok: true, value: { ...own, delivered_up_to: member.delivered } };
  }

  /** Raises the watermark of a thread. */
  readThread(user: UserId, root: MessageId, upTo: Seq): Soon<Result<ThreadState>> {
    const find = () => {
      const member = this.#roster.reader(user);
      return member && { member, row: this.#acts.find(member, root) };
    };
    return this.#reader.acting(find, (found) =>
      !found ? NOT_FOUND : found.row ? this.#readThread(found.member, found.row, upTo) : NO_MESSAGE,
    );
  }

  #readThread(member: Member, row: LogRow, upTo: Seq): Result<ThreadState> {
    const user = member.user_id;
    const end = endOf(member, this.head);
    const known = this.#messages.threadRead(row.seq, user);
    const read_up_to = Math.max(known, Math.min(upTo, end));
    if (read_up_to > known) this.#messages.readThread(row.seq, user, read_up_to);
    const unread = this.#messages.thread(row.seq, user, read_up_to, end)?.unread ?? 0;
    return { ok: true, value: { read_up_to, unread } };
  }

  /** Whether a member of a direct conversation blocks the other. Durable when it is answered. */
  block(user: UserId, blocks: boolean): Result<true> {
    const member = this.#roster.get(user);
    if (!member || this.#record.type !== "direct") return NOT_FOUND;
    if (member.blocks !== blocks) this.#roster.setBlocks(member, blocks);
    return { ok: true, value: true };
  }

  /** Ephemeral, and only where few are there to see it. `except`: those who are not to. */
  typing(user: UserId, state: "start" | "stop", except: readonly UserId[] = []): void {
    const writer = this.#roster.get(user);
    if (!writer || this.#roster.large || this.#roster.severed) return;
    const conversation_id = this.#record.conversation_id;
    const frame = JSON.stringify({ type: "typing", conversation_id, user_id: user, state });
    for (const member of this.#roster.all()) {
      if (member === writer || except.includes(member.user_id)) continue;
      if (member.live.length < LIMITS.liveNotices) member.live.push(frame);
    }
    this.#fanOut.pump();
  }

  /** The last message of whoever left may be archived. */
  describe(user: UserId): Soon<Result<MemberView>> {
    return this.#reader.read(() => {
      const member = this.#roster.reader(user);
      const end = member ? endOf(member, this.head) : 0;
      return member && end > 0 ? { ok: true, value: this.#views.view(member, end) } : NOT_FOUND;
    });
  }

  /** How things stand, for a list that is not kept up to date, with what it missed. */
  visit({ user, inbox, live, asOf, wants }: Visit): Soon<Result<Visited>> {
    const member = this.#roster.reader(user);
    if (!member) return NOT_FOUND;
    const entries = this.#entries.missed(member, ofEpoch(inbox, this.#record.epoch).head);
    this.#heard(member, inbox);
    if (live && !member.left && this.#roster.large) {
      member.awayAsOf = Math.max(member.awayAsOf, asOf);
      this.#roster.comeBack(member);
      member.sent = this.head;
      // What he is told now he has: should his list lose it, he asks again.
      this.#roster.confirm(member, { ...ofEpoch(inbox, this.#record.epoch), flushed: this.head });
      this.#fanOut.arrived(member, true);
      this.#upkeep.arm();
    } else if (!live && !member.left) this.#fanOut.wishes(member, { asOf, wants });
    return next(this.describe(user), (view) => (view.ok ? { ok: true, value: { view: view.value, entries } } : view));
  }

  /** The founder's call: everything from the beginning. */
  welcome(user: UserId, created: boolean, inbox: InboxState): Result<Entrance> {
    const member = this.#roster.get(user);
    if (!member) return NOT_FOUND;
    this.#upkeep.arm();
    this.#veil.founds(member);
    const view = this.#views.view(member, endOf(member, this.head));
    return { ok: true, value: { created, view, ...this.#handOver(member, inbox) } };
  }

  /** Comes in by a link. */
  join(user: UserId, secret: string, inbox: InboxState): Result<Entrance> {
    const joined = this.doors.join(user, secret);
    return joined.ok ? this.welcome(user, joined.value, inbox) : joined;
  }

  /** For operators: how far deliveries have come, and whom they do not reach. */
  get deliveryState() {
    return { head: this.head, members: this.#roster.size, ...this.#fanOut.state };
  }

  onAlarm(): Promise<void> {
    return this.#upkeep.ring();
  }

  #judge(member: Member, write: Write, at: number): Verdict {
    if (this.#down && this.#named.isLacking(write)) return this.#down;
    switch (write.op) {
      case undefined:
      case "send":
        return this.#acts.send(member, write, at);
      case "edit":
      case "delete":
      case "react":
      case "pin":
        return this.#acts.change(member, write);
      case "change":
      case "add":
      case "role":
      case "remove":
        return this.#groupActs.change(member, write, at);
    }
  }

  #standing(member: Member): Standing {
    return { type: this.#record.type, role: member.role, settings: this.#views.settings };
  }

  #appended(rows: readonly LogRow[]): void {
    for (const row of rows) {
      this.#newest.appended(row);
      this.#entries.add(row);
      this.#veil.appended(row);
      if (row.kind === "message") this.#receipts?.authored(row);
    }
    const outgrown = this.#record.type === "group" && this.#roster.size > LIMITS.plainGroupMembers;
    if (outgrown && !this.#roster.large) this.#fanOut.grow();
    this.#fanOut.appended(rows);
    this.#upkeep.wrote();
  }

  /** Entries that a member's inbox lacks, handed over with the answer to his own call rather than with a call to him. */
  #handOver(member: Member, inbox: InboxState): { readonly delivery?: Delivery } {
    // Before anything is pumped: what the answer brings needs no call besides.
    const delivery = this.#fanOut.handOver(member, ofEpoch(inbox, this.#record.epoch));
    this.#heard(member, inbox);
    this.#fanOut.pump();
    return delivery ? { delivery } : {};
  }

  /** What a member's inbox says of itself, and whom that is news to. `before`: a watermark that already rose from there. */
  #heard(member: Member, said: InboxState, before?: Seq, brought = false): void {
    const state = ofEpoch(said, this.#record.epoch);
    if (this.#record.type === "channel" && member.away) return;
    // Who left a channel without an entry has everything and may not know it: only what he is brought tells him.
    if (this.#record.type === "channel" && member.left && !brought) return;
    this.#roster.hideReads(member, state.hidesReads);
    this.#roster.confirm(member, state);
    const delivered = Math.min(state.delivered, this.head);
    let from = before;
    if (delivered > member.delivered) {
      from = Math.min(from ?? Infinity, member.delivered);
      this.#roster.delivered(member, delivered, this.#deps.clock.now());
      // Written behind, by the alarm: without one it would be forgotten when the object is put to sleep.
      this.#upkeep.begun();
    }
    if (from !== undefined && !member.left) this.#receipts?.rose(member, from);
  }
}
