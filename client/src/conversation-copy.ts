import type { ClientMessageId, ConversationId, MessageId, Seq, UserId } from "../../src/shared/ids.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { LocalMessage } from "./api.ts";
import { fold, isChange, messageOf } from "./fold.ts";
import type { ChangeEntry } from "./fold.ts";
import type { LogState, StoredMessage } from "./store.ts";

/** A message that an entry changed. */
export interface Changed {
  readonly entry: ChangeEntry;
  readonly before: StoredMessage;
  readonly after: StoredMessage;
}

/** What became of entries that were offered. */
export interface Applied {
  /** In order; those that were known already are not among them. */
  readonly entries: readonly Entry[];
  /** Messages that are new or changed. */
  readonly messages: readonly StoredMessage[];
  readonly changed: readonly Changed[];
  /** Changes to messages that are not in memory. */
  readonly elsewhere: readonly ChangeEntry[];
  /** Messages that only the server can tell as they stand now. */
  readonly stale: readonly Seq[];
}

/** Entries that wait for a gap to close. Those further on are read from the log when it comes to them. */
const AHEAD_MAX = 2000;

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
  #messages: StoredMessage[] = [];
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
    return { conversation_id: this.id, epoch, from, upTo, acked, readHere, readThere, othersDelivered, othersRead };
  }

  /** Takes entries in any order, and applies those that continue the log. */
  offer(entries: readonly Entry[], me: UserId | undefined): Applied {
    for (const entry of entries) {
      this.head = Math.max(this.head, entry.seq);
      if (entry.seq > this.upTo && entry.seq <= this.upTo + AHEAD_MAX) this.#ahead.set(entry.seq, entry);
    }
    const applied: Entry[] = [];
    const elsewhere: ChangeEntry[] = [];
    const stale: Seq[] = [];
    const changed: Changed[] = [];
    const messages = new Map<Seq, StoredMessage>();
    for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext()) {
      applied.push(next);
      if (next.kind === "message") {
        const message = messageOf(this.id, next);
        this.#insert(message);
        messages.set(message.seq, message);
      } else if (isChange(next)) {
        const before = this.byId(next.target);
        if (before === undefined) {
          elsewhere.push(next);
          continue;
        }
        const after = fold(before, next, me);
        if (after === "stale") {
          stale.push(before.seq);
          continue;
        }
        this.#insert(after);
        changed.push({ entry: next, before, after });
        messages.set(after.seq, after);
      }
    }
    return { entries: applied, messages: [...messages.values()], changed, elsewhere, stale };
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
    }
    this.epoch = epoch;
    this.from = from;
    this.upTo = from - 1;
    this.windowFrom = from;
    this.head = Math.max(this.head, this.upTo);
    this.acked = Math.min(this.acked, this.upTo);
    this.#messages = [];
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

  byId(id: MessageId): StoredMessage | undefined {
    const seq = this.#seqs.get(id);
    return seq === undefined ? undefined : this.#messages[this.#place(seq)];
  }

  bySeq(seq: Seq): StoredMessage | undefined {
    const found = this.#messages[this.#place(seq)];
    return found?.seq === seq ? found : undefined;
  }

  byClientId(id: ClientMessageId, me: UserId | undefined): StoredMessage | undefined {
    return this.#messages.findLast((message) => message.client_message_id === id && message.sender_id === me);
  }

  /** Keeps the newest in memory; the store has the others. */
  trim(keep: number): void {
    const surplus = this.#messages.length - keep;
    if (surplus <= 0) return;
    for (const message of this.#messages.splice(0, surplus)) this.#seqs.delete(message.message_id);
    this.windowFrom = this.#messages[0]?.seq ?? this.upTo + 1;
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
    return next;
  }

  #insert(message: StoredMessage): void {
    const place = this.#place(message.seq);
    const replaces = this.#messages[place]?.seq === message.seq;
    this.#messages.splice(place, replaces ? 1 : 0, message);
    this.#seqs.set(message.message_id, message.seq);
  }

  /** Index of the first message that is not before `seq`. New ones come at the end, so look there first. */
  #place(seq: Seq): number {
    const last = this.#messages.at(-1);
    if (last === undefined || last.seq < seq) return this.#messages.length;
    let low = 0;
    let high = this.#messages.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#messages[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
