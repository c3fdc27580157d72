import type { ConversationId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Result } from "../../shared/result.ts";
import type { Clock, Random, Sql, Timers } from "../ports.ts";
import { Appender } from "./appender.ts";
import type { AppendAnswer, Draft } from "./appender.ts";
import type { ConversationMeta, Delivery, DeliveryAnswer, InboxState, OwnCounts } from "./delivery.ts";
import { batchOf, EntryCodec, RecentEntries } from "./entry-codec.ts";
import { History } from "./history.ts";
import { LogTable } from "./log-table.ts";
import { conversationMark } from "./message-id.ts";
import { Outbox } from "./outbox.ts";
import { Receipts } from "./receipts.ts";
import { NOT_FOUND } from "./refusals.ts";
import { participantOf, Roster } from "./roster.ts";
import type { Member } from "./roster.ts";

export interface ConversationDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  deliver(user: UserId, delivery: Delivery): Promise<DeliveryAnswer>;
  /** Sets the object's alarm, in the same transaction as what the current turn writes. */
  setAlarm(atMs: number): void;
}

export interface ConversationRecord {
  conversation_id: ConversationId;
  type: "direct" | "group" | "channel";
  name: string | null;
  avatar: string | null;
  region: string;
  epoch: number;
  created_at: number;
}

/** Watermarks that a member's device raised. */
export interface ReceiptCall {
  readonly user: UserId;
  readonly read?: Seq;
  readonly delivered?: Seq;
  readonly inbox: InboxState;
}

/** A conversation as one member sees it, without what only his own object knows. */
export interface MemberView {
  readonly conversation_id: ConversationId;
  readonly epoch: number;
  readonly head: Seq;
  readonly activity: number;
  readonly meta: ConversationMeta;
  readonly own: OwnCounts;
  readonly delivered_up_to: Seq;
  /** JSON of the wire's message. */
  readonly last_message?: string;
}

/** One conversation: who is in it, its log, and the way of each entry to its members. */
export class Conversation {
  readonly history: History;
  readonly #deps: ConversationDeps;
  readonly #record: ConversationRecord;
  readonly #log: LogTable;
  readonly #roster: Roster;
  readonly #codec: EntryCodec;
  readonly #recent = new RecentEntries(LIMITS.recentEntries);
  readonly #appender: Appender;
  readonly #receipts: Receipts;
  readonly #outbox: Outbox;
  #alarmAt = 0;
  #alarmWaitMs: number = LIMITS.outboxAlarmMs;
  #lastAppendAt = 0;
  #settling = false;

  constructor(deps: ConversationDeps, record: ConversationRecord) {
    this.#deps = deps;
    this.#record = record;
    const mark = conversationMark(record.conversation_id);
    this.#log = new LogTable(deps.sql);
    this.#roster = new Roster(deps.sql);
    this.#codec = new EntryCodec(record.conversation_id, mark);
    this.#appender = new Appender({ sql: deps.sql, clock: deps.clock, log: this.#log, roster: this.#roster, mark });
    const head = () => this.#appender.head;
    const { clock, timers, random } = deps;
    const direct = record.type === "direct";
    this.#receipts = new Receipts({
      conversationId: record.conversation_id,
      direct,
      roster: this.#roster,
      log: this.#log,
      clock,
      timers,
      head,
      changed: () => this.#outbox.pump(),
    });
    this.#outbox = new Outbox({
      clock,
      timers,
      random,
      roster: this.#roster,
      head,
      compose: (member, after, settle) => this.#compose(member, after, settle),
      deliver: (user, delivery) => deps.deliver(user, delivery),
      answered: (member, answer) => this.#heard(member, answer),
    });
    this.history = new History({
      log: this.#log,
      roster: this.#roster,
      codec: this.#codec,
      receipts: this.#receipts,
      mark,
      epoch: record.epoch,
      head,
    });
  }

  static load(sql: Sql): ConversationRecord | undefined {
    return sql.all<ConversationRecord>(
      "SELECT conversation_id, type, name, avatar, region, epoch, created_at FROM conversation WHERE one = 1",
    )[0];
  }

  get head(): Seq {
    return this.#appender.head;
  }

  isMember(user: UserId): boolean {
    return this.#roster.get(user) !== undefined;
  }

  /** Appends a batch in one transaction. The answer carries what the sender's inbox lacks up to the new head. */
  append(user: UserId, drafts: readonly Draft[], inbox: InboxState): AppendAnswer {
    const member = this.#roster.get(user);
    if (!member) return { results: drafts.map(() => NOT_FOUND) };
    const { results, rows } = this.#appender.append(user, drafts);
    for (const row of rows) {
      this.#recent.add(this.#codec.entry(row));
      if (row.kind === "message") this.#receipts.authored(user, row.seq);
    }
    if (rows.length > 0) {
      this.#lastAppendAt = this.#deps.clock.now();
      this.#arm();
    }
    return { results, ...this.catchUp(member, inbox) };
  }

  /** Entries that a member's inbox lacks, handed over with the answer to his own call rather than with a call to him. */
  catchUp(member: Member, inbox: InboxState): { readonly delivery?: Delivery } {
    const delivery = this.#compose(member, inbox.head, false);
    const brings = delivery.entries.length > 0;
    if (brings) {
      // Before anything is pumped: what the answer brings needs no call besides.
      member.sent = Math.max(member.sent, inbox.head + delivery.entries.length);
      member.receipt = undefined;
      member.live = [];
    }
    this.#heard(member, inbox);
    this.#outbox.pump();
    return brings ? { delivery } : {};
  }

  /** Raises watermarks. The counts are exact at the head that the caller's inbox has. */
  receipt(call: ReceiptCall): Result<OwnCounts & { readonly delivered_up_to: Seq }> {
    const member = this.#roster.get(call.user);
    if (!member) return NOT_FOUND;
    const now = this.#deps.clock.now();
    const read = Math.min(call.read ?? 0, this.head);
    const before = Math.min(read > member.read ? member.read : Infinity, member.delivered);
    const rises = read > member.read;
    if (rises) {
      this.#roster.read(member, read, now);
      this.#arm();
    }
    this.#heard(
      member,
      { ...call.inbox, delivered: Math.max(call.inbox.delivered, call.delivered ?? 0) },
      rises ? before : undefined,
    );
    // Asked for by name, it is durable before it is answered; what rides along with other calls is written behind.
    if (call.delivered !== undefined) this.#roster.save();
    return {
      ok: true,
      value: { ...this.#own(member, call.inbox.head), delivered_up_to: member.delivered },
    };
  }

  typing(user: UserId, state: "start" | "stop"): void {
    if (!this.#roster.get(user)) return;
    const frame = JSON.stringify({
      type: "typing",
      conversation_id: this.#record.conversation_id,
      user_id: user,
      state,
    });
    for (const member of this.#roster.all()) {
      if (member.user_id !== user && member.live.length < LIMITS.liveNotices) member.live.push(frame);
    }
    this.#outbox.pump();
  }

  describe(user: UserId): Result<MemberView> {
    const member = this.#roster.get(user);
    if (!member) return NOT_FOUND;
    const last = this.history.lastMessage(user);
    return {
      ok: true,
      value: {
        conversation_id: this.#record.conversation_id,
        epoch: this.#record.epoch,
        head: this.head,
        activity: last?.at ?? this.#record.created_at,
        meta: this.#meta(member),
        own: this.#own(member, this.head),
        delivered_up_to: member.delivered,
        ...(last ? { last_message: last.json } : {}),
      },
    };
  }

  /** The first member's call after founding: everything from the beginning. */
  welcome(user: UserId): { readonly delivery?: Delivery } {
    const member = this.#roster.get(user);
    this.#arm();
    return member ? this.catchUp(member, { head: 0, flushed: 0, read: 0, delivered: 0 }) : {};
  }

  /**
   * The alarm: whatever a crash or a failing member left open is taken up again. While people are writing
   * it only sets itself anew: the pending alarm itself is the promise to come back.
   */
  async onAlarm(): Promise<void> {
    this.#alarmAt = 0;
    const quietMs = this.#deps.clock.now() - this.#lastAppendAt;
    // Less than nothing: the clock was set back, and says nothing of how long it has been.
    if (quietMs >= 0 && quietMs < LIMITS.outboxCalmMs) return this.#arm(LIMITS.outboxBusyAlarmMs);
    this.#settling = true;
    await this.#outbox.settle();
    this.#settling = false;
    this.#roster.save();
    if (this.#outbox.settled) {
      this.#alarmWaitMs = LIMITS.outboxAlarmMs;
      return;
    }
    this.#alarmWaitMs = Math.min(this.#alarmWaitMs * 2, LIMITS.outboxAlarmMaxMs);
    this.#arm();
  }

  #arm(waitMs = this.#alarmWaitMs): void {
    if (this.#alarmAt > 0) return;
    this.#alarmAt = this.#deps.clock.now() + waitMs;
    this.#deps.setAlarm(this.#alarmAt);
  }

  /** What a member's inbox says of itself, and whom that is news to. `before`: a watermark that already rose from there. */
  #heard(member: Member, state: InboxState, before?: Seq): void {
    this.#roster.confirm(member, state);
    const delivered = Math.min(state.delivered, this.head);
    let from = before;
    if (delivered > member.delivered) {
      from = Math.min(from ?? Infinity, member.delivered);
      this.#roster.delivered(member, delivered, this.#deps.clock.now());
      // Written behind, by the alarm: without one it would be forgotten when the object is put to sleep.
      if (!this.#settling) this.#arm();
    }
    if (from !== undefined) this.#receipts.rose(member, from);
  }

  #own(member: Member, head: Seq): OwnCounts {
    return { read_up_to: member.read, ...this.#log.countOthers(member.user_id, member.read, head) };
  }

  #compose(member: Member, after: Seq, settle: boolean): Delivery {
    const entries =
      after >= this.head
        ? []
        : batchOf(
            this.#recent.after(after, LIMITS.deliverBatch) ??
              this.#log.after(after, LIMITS.deliverBatch).map((row) => this.#codec.entry(row)),
          );
    const end = after + entries.length;
    const withMeta = entries.length > 0 && (after === 0 || entries.some((entry) => entry.kind !== "message"));
    // A list that lost or never had its row has to learn of what was read before.
    const withOwn = member.readFlushed < member.read && (settle || after === 0);
    return {
      conversation_id: this.#record.conversation_id,
      epoch: this.#record.epoch,
      after,
      entries,
      ...(withMeta ? { meta: this.#meta(member) } : {}),
      ...(withOwn ? { own: this.#own(member, end) } : {}),
      ...(member.receipt ? { receipt: member.receipt } : {}),
      ...(member.live.length > 0 ? { live: member.live } : {}),
      ...(settle ? { settle } : {}),
    };
  }

  #meta(member: Member): ConversationMeta {
    const { type, name, avatar, region, created_at } = this.#record;
    const shown = this.#roster.size <= LIMITS.participantsShown;
    return {
      type,
      ...(name === null ? {} : { name }),
      ...(avatar === null ? {} : { avatar }),
      region,
      created_at,
      member_count: this.#roster.size,
      role: member.role,
      ...(shown ? { participants: [...this.#roster.all()].map(participantOf) } : {}),
    };
  }
}
