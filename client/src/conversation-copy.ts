import type { ConversationId, MessageId, Seq, UserId } from "../../src/shared/ids.ts";
import type { Entry, MessageEntry } from "../../src/shared/protocol/entry.ts";
import type { LocalMessage } from "./api.ts";
import { eventOf, fold, isChange, isEvent, messageOf } from "./fold.ts";
import type { ChangeEntry } from "./fold.ts";
import { placeOf } from "./sorted.ts";
import type { LogState, OutboxRow, PreferencesDue, StoredEvent, StoredMessage, StoredPage } from "./store.ts";
import { withoutReply, withReply } from "./thread-fold.ts";

/** A message that an entry changed. */
export interface Changed {
  readonly entry: ChangeEntry;
  readonly before: StoredMessage;
  readonly after: StoredMessage;
}

/** An entry that says something about an earlier message: changes it, or replies in its thread. */
export type AboutEntry = ChangeEntry | MessageEntry;

export const aboutOf = (entry: AboutEntry): MessageId | undefined =>
  entry.kind === "message" ? entry.thread_root : entry.target;

/** What became of entries that were offered. */
export interface Applied {
  /** In order; those that were known already are not among them. */
  readonly entries: readonly Entry[];
  /** Messages that are new or changed. */
  readonly messages: readonly StoredMessage[];
  readonly events: readonly StoredEvent[];
  readonly changed: readonly Changed[];
  /** About messages that are not in memory. */
  readonly elsewhere: readonly AboutEntry[];
  /** Messages that only the server can tell as they stand now. */
  readonly stale: readonly MessageId[];
}

/** The same while it grows. */
class Applying implements Applied {
  readonly entries: Entry[] = [];
  readonly bySeq = new Map<Seq, StoredMessage>();
  readonly events: StoredEvent[] = [];
  readonly changed: Changed[] = [];
  readonly elsewhere: AboutEntry[] = [];
  readonly stale: MessageId[] = [];

  get messages(): readonly StoredMessage[] {
    return [...this.bySeq.values()];
  }
}

/** Entries that wait for a gap to close. Those further on are read from the log when it comes to them. */
const AHEAD_MAX = 2000;
/** So many more than it should keep may a copy hold, so that it is not trimmed with every entry. */
const TRIM_SLACK = 50;
/** Entries that are remembered for messages on their way here, which may have been read before them. */
const RECENT_MAX = 256;

/**
 * One conversation as this device knows it: every entry of `from`…`upTo`, without a gap, folded into
 * messages; of these the newest are in memory (from `windowFrom` on), the store has the rest.
 */
export class ConversationCopy {
  readonly id: ConversationId;
  epoch: number;
  from: Seq;
  upTo: Seq;
  /** Memory holds every known message from here on. */
  windowFrom: Seq;
  /** The newest entry that is known to exist. */
  head: Seq;
  acked: Seq;
  readHere: Seq;
  readThere: Seq;
  othersDelivered: Seq;
  othersRead: Seq;
  /** Changes whenever the copy begins anew: an answer asked for before is no longer of use. */
  generation = 0;
  /** Own messages that were acknowledged, and whose entries have not come yet. */
  readonly acknowledged = new Map<Seq, LocalMessage>();
  /** The same of own changes. */
  readonly changing = new Map<Seq, OutboxRow>();
  /** What was read here of threads and the server may not know, by the message that the thread hangs on. */
  readonly threadMarks: Map<MessageId, Seq>;
  /** The row's draft is of this device, and the server may not know it. */
  draftDue: boolean;
  preferencesDue: PreferencesDue | undefined;
  pins: readonly MessageId[] | undefined;
  #messages: StoredMessage[] = [];
  #events: StoredEvent[] = [];
  #recent: AboutEntry[] = [];
  readonly #seqs = new Map<MessageId, Seq>();
  readonly #ahead = new Map<Seq, Entry>();

  constructor(state: LogState) {
    this.id = state.conversation_id;
    this.epoch = state.epoch;
    this.from = state.from;
    this.upTo = state.upTo;
    this.windowFrom = state.upTo + 1;
    this.head = state.upTo;
    this.acked = state.acked;
    this.readHere = state.readHere;
    this.readThere = state.readThere;
    this.othersDelivered = state.othersDelivered;
    this.othersRead = state.othersRead;
    this.threadMarks = new Map(Object.entries(state.threadMarks ?? {}));
    this.draftDue = state.draftDue === true;
    this.preferencesDue = state.preferencesDue;
    this.pins = state.pins;
  }

  /** A copy that knows nothing below `from`, and nothing yet from there on. */
  static empty(id: ConversationId, epoch: number, from: Seq): ConversationCopy {
    const upTo = from - 1;
    return new ConversationCopy({
      conversation_id: id,
      epoch,
      from,
      upTo,
      acked: upTo,
      readHere: 0,
      readThere: 0,
      othersDelivered: 0,
      othersRead: 0,
    });
  }

  get messages(): readonly StoredMessage[] {
    return this.#messages;
  }

  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  /** Entries wait for others before them. */
  get gap(): boolean {
    return this.#ahead.size > 0;
  }

  /** The server has entries that are not here. */
  get behind(): boolean {
    return this.upTo < this.head;
  }

  state(): LogState {
    const { epoch, from, upTo, acked, readHere, readThere, othersDelivered, othersRead } = this;
    const state = {
      conversation_id: this.id,
      epoch,
      from,
      upTo,
      acked,
      readHere,
      readThere,
      othersDelivered,
      othersRead,
    };
    return {
      ...state,
      ...(this.threadMarks.size === 0 ? {} : { threadMarks: Object.fromEntries(this.threadMarks) }),
      ...(this.draftDue ? { draftDue: true } : {}),
      ...(this.preferencesDue === undefined ? {} : { preferencesDue: this.preferencesDue }),
      ...(this.pins === undefined ? {} : { pins: this.pins }),
    };
  }

  /** Takes entries in any order, and applies those that continue the log. */
  offer(entries: readonly Entry[], me: UserId | undefined): Applied {
    for (const entry of entries) {
      this.head = Math.max(this.head, entry.seq);
      if (entry.seq > this.upTo && entry.seq <= this.upTo + AHEAD_MAX) this.#ahead.set(entry.seq, entry);
    }
    const applied = new Applying();
    for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext()) {
      applied.entries.push(next);
      if (next.kind === "message") this.#begun(next, applied, me);
      else if (isChange(next)) this.#changed(next, applied, me);
      else if (isEvent(next)) applied.events.push(eventOf(this.id, next));
    }
    this.#events.push(...applied.events);
    return applied;
  }

  /**
   * Messages that were asked for when the log was known up to `asked`, with what has come since. Those of
   * `stale` have to be asked for again.
   */
  broughtUp(
    messages: readonly StoredMessage[],
    asked: Seq,
    me: UserId | undefined,
  ): { readonly messages: readonly StoredMessage[]; readonly stale: readonly MessageId[] } {
    const since = this.#recent.filter((entry) => entry.seq > asked);
    const stale: MessageId[] = [];
    const current = messages.map((message) => {
      let standing = message;
      for (const entry of since) {
        if (aboutOf(entry) !== message.message_id) continue;
        const after = entry.kind === "message" ? withReply(standing, entry, me) : fold(standing, entry, me);
        if (after === "stale") stale.push(message.message_id);
        else standing = after;
      }
      return standing;
    });
    for (const entry of since) if (entry.kind === "delete") stale.push(...this.#bereft(entry.target, current));
    return { messages: current, stale };
  }

  /** Of `messages` those that a deleted reply may have hung on: they may count it still, as the server told them or with what came since. */
  #bereft(reply: MessageId, messages: readonly StoredMessage[]): readonly MessageId[] {
    const deleted = messages.find((message) => message.message_id === reply) ?? this.byId(reply);
    const roots = messages.filter(
      ({ message_id, thread }) => thread !== undefined && (deleted?.thread_root ?? message_id) === message_id,
    );
    return deleted !== undefined && deleted.thread_root === undefined ? [] : roots.map((root) => root.message_id);
  }

  /** Begins anew: everything from `from` on is yet to come, everything before is to be paged. */
  restart(epoch: number, from: Seq): void {
    this.generation++;
    if (epoch !== this.epoch) {
      this.othersDelivered = 0;
      this.othersRead = 0;
      this.readHere = 0;
      this.readThere = 0;
      this.head = 0;
      this.#ahead.clear();
      this.acknowledged.clear();
      this.changing.clear();
      this.threadMarks.clear();
    }
    this.epoch = epoch;
    this.from = from;
    this.upTo = from - 1;
    this.windowFrom = from;
    this.head = Math.max(this.head, this.upTo);
    this.acked = Math.min(this.acked, this.upTo);
    this.#messages = [];
    this.#events = [];
    this.#recent = [];
    this.#seqs.clear();
    for (const seq of this.#ahead.keys()) if (seq <= this.upTo) this.#ahead.delete(seq);
  }

  /** The lowest entry that waits behind a gap. */
  firstAhead(): Seq | undefined {
    return this.#ahead.size === 0 ? undefined : Math.min(...this.#ahead.keys());
  }

  /** Puts messages as they stand into memory: of the store, or of a page of history. */
  put(messages: readonly StoredMessage[]): void {
    for (const message of messages) this.#insert(message);
  }

  /** Puts a stretch of before what is in memory there, which then goes back to `from`. */
  putOlder(page: StoredPage, from: Seq): void {
    this.put(page.messages);
    const known = new Set(this.#events.map((event) => event.seq));
    const events = page.events.filter((event) => !known.has(event.seq));
    if (events.length > 0) this.#events = [...events, ...this.#events].sort((a, b) => a.seq - b.seq);
    this.windowFrom = from;
  }

  byId(id: MessageId): StoredMessage | undefined {
    const seq = this.#seqs.get(id);
    return seq === undefined ? undefined : this.bySeq(seq);
  }

  bySeq(seq: Seq): StoredMessage | undefined {
    const found = this.#messages[placeOf(this.#messages, seq)];
    return found?.seq === seq ? found : undefined;
  }

  /** Keeps about the newest `keep` in memory; the store has the others. */
  trim(keep: number): void {
    const surplus = this.#messages.length + this.#events.length - keep;
    if (surplus <= TRIM_SLACK) return;
    const seqs = [...this.#messages, ...this.#events].map((item) => item.seq).sort((a, b) => a - b);
    const from = seqs[surplus] ?? this.upTo + 1;
    for (const message of this.#messages.splice(0, placeOf(this.#messages, from)))
      this.#seqs.delete(message.message_id);
    this.#events.splice(0, placeOf(this.#events, from));
    this.windowFrom = from;
  }

  /** Raises what all others have. Says whether anything rose. */
  raiseOthers(delivered: Seq, read: Seq): boolean {
    const before = this.othersDelivered + this.othersRead;
    this.othersRead = Math.max(this.othersRead, read);
    this.othersDelivered = Math.max(this.othersDelivered, delivered, read);
    return this.othersDelivered + this.othersRead !== before;
  }

  #takeNext(): Entry | undefined {
    const next = this.#ahead.get(this.upTo + 1);
    if (next === undefined) return undefined;
    this.#ahead.delete(next.seq);
    this.upTo = next.seq;
    this.acknowledged.delete(next.seq);
    this.changing.delete(next.seq);
    return next;
  }

  #begun(entry: MessageEntry, applied: Applying, me: UserId | undefined): void {
    const message = messageOf(this.id, entry);
    this.#replace(message, applied);
    if (message.thread_root === undefined) return;
    this.#remember(entry);
    const root = this.byId(message.thread_root);
    if (root === undefined) applied.elsewhere.push(entry);
    else this.#replace(withReply(root, message, me), applied);
  }

  #changed(entry: ChangeEntry, applied: Applying, me: UserId | undefined): void {
    this.#remember(entry);
    const before = this.byId(entry.target);
    if (before === undefined) {
      applied.elsewhere.push(entry);
      return;
    }
    const after = fold(before, entry, me);
    if (after === "stale") {
      applied.stale.push(before.message_id);
      return;
    }
    this.#replace(after, applied);
    applied.changed.push({ entry, before, after });
    if (before.thread_root === undefined || before.deleted_at !== undefined || after.deleted_at === undefined) return;
    // Which of the replies are unread and which is now the last, the server tells.
    applied.stale.push(before.thread_root);
    const root = this.byId(before.thread_root);
    if (root !== undefined) this.#replace(withoutReply(root, before, me), applied);
  }

  #remember(entry: AboutEntry): void {
    this.#recent.push(entry);
    if (this.#recent.length > 2 * RECENT_MAX) this.#recent = this.#recent.slice(-RECENT_MAX);
  }

  #replace(message: StoredMessage, applied: Applying): void {
    this.#insert(message);
    applied.bySeq.set(message.seq, message);
  }

  #insert(message: StoredMessage): void {
    const place = placeOf(this.#messages, message.seq);
    const replaces = this.#messages[place]?.seq === message.seq;
    this.#messages.splice(place, replaces ? 1 : 0, message);
    this.#seqs.set(message.message_id, message.seq);
  }
}
