import type { ConversationId, Rev, Seq, UserId } from "../../shared/ids.ts";
import type { Participant } from "../../shared/protocol/conversation.ts";
import type { EntryKind } from "../../shared/protocol/entry.ts";
import type { ConversationSettings, ConversationType, Role } from "../../shared/protocol/fields.ts";

/** Whom a message mentions: members, or everybody. */
export type Mentions = readonly string[];

/** The message that an edit or a deletion changes, for lists that show or count it. */
export interface EntryTarget {
  readonly seq: Seq;
  readonly sender: UserId;
  readonly mentions?: Mentions;
  /** When it was the newest message of all: JSON of the wire's message as it stands after that. */
  readonly now?: string;
}

/** An entry as it travels: serialised once, with beside it what an inbox needs to know of it. */
export interface EncodedEntry {
  readonly seq: Seq;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly sender: UserId;
  readonly kind: EntryKind;
  readonly mentions?: Mentions;
  readonly target?: EntryTarget;
  /** What lies before this place is gone: a list that shows or counts it has to be told how it stands now. */
  readonly retained?: Seq;
  /** The entry of the wire contract, as JSON. */
  readonly json: string;
}

/** What a conversation is, for a member's list. */
export interface ConversationMeta {
  readonly type: ConversationType;
  readonly name?: string;
  readonly avatar?: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly created_at: number;
  readonly member_count: number;
  readonly role: Role;
  readonly settings?: ConversationSettings;
  /** When he left, ms since 1970: nothing comes any more. */
  readonly left_at?: number;
  readonly participants?: readonly Participant[];
}

/** A member's own counts, exact at the head of the delivery that carries them. */
export interface OwnCounts {
  readonly read_up_to: Seq;
  readonly unread: number;
  readonly mentions: number;
}

export interface ReceiptCounts {
  readonly delivered: number;
  readonly read: number;
  readonly of: number;
}

/** What an author learns of his messages: a frame for his sockets, and the counts of his newest message. */
export interface ReceiptNote {
  readonly frame: string;
  readonly seq: Seq;
  readonly counts: ReceiptCounts;
}

/** A conversation as one member sees it, without what only his own object knows. */
export interface MemberView {
  readonly conversation_id: ConversationId;
  readonly epoch: number;
  readonly head: Seq;
  /** Milliseconds since 1970. */
  readonly activity: number;
  readonly meta: ConversationMeta;
  readonly own: OwnCounts;
  readonly delivered_up_to: Seq;
  readonly last?: LastMessage;
  /** Its entries are brought to those only who said that they are there. */
  readonly large: boolean;
}

/** The newest message, for a list: JSON of the wire's message without receipts, and these beside it when it is his own. */
export interface LastMessage {
  readonly seq: Seq;
  readonly json: string;
  readonly receipts?: ReceiptCounts;
}

/** One call from a conversation to a member: all that gathered for him since the last. */
export interface Delivery {
  readonly conversation_id: ConversationId;
  readonly epoch: number;
  /** The entries follow this one. */
  readonly after: Seq;
  readonly entries: readonly EncodedEntry[];
  /** With entries that change it, and whenever the delivery starts from the beginning. */
  readonly meta?: ConversationMeta;
  readonly own?: OwnCounts;
  /** Where a list begins that knows nothing before `after`: with whoever joined in the middle of a log. */
  readonly base?: MemberView;
  /** The answer is to tell whether the member is there. */
  readonly large?: boolean;
  /** He is taken for away, and is called because he wants to be. */
  readonly nudge?: boolean;
  readonly receipt?: ReceiptNote;
  /** Frames for the sockets that have the conversation open; losing one harms nothing. */
  readonly live?: readonly string[];
  /** The answer is not to wait for a device: others wait for the call to end. */
  readonly brief?: boolean;
  /** The conversation settles its accounts: write what is unwritten before answering. */
  readonly settle?: boolean;
}

/** What an inbox says of another epoch it says of a log that is no more: of this one it has nothing. */
export const ofEpoch = <S extends InboxState>(state: S, epoch: number): S =>
  state.epoch === undefined || state.epoch === epoch
    ? state
    : { ...state, head: 0, flushed: 0, read: 0, delivered: 0, epoch };

/** What an inbox says of itself, with each answer and with each call up, so that the conversation need not ask. */
export interface InboxState {
  readonly head: Seq;
  /** Entries up to here are durable in the inbox. */
  readonly flushed: Seq;
  /** The member's own read watermark as it is durable in the inbox. */
  readonly read: Seq;
  /** What some device of the member has acknowledged. */
  readonly delivered: Seq;
  /** Whether others are kept from seeing how far the user reads. */
  readonly hidesReads: boolean;
  /** Of the log that all this is about. What is said of another one is old. */
  readonly epoch?: number;
}

/** What a member's inbox says to a delivery. A `head` below `after` means a hole: send from there. */
export interface DeliveryAnswer extends InboxState {
  readonly presence?: Presence;
}

/** Whether a member is there for a large conversation, and the `rev` of his list when he said so. */
export interface Presence {
  readonly here: boolean;
  readonly asOf: Rev;
  /** While he is not: what he is to be brought all the same, because a device of his wants to be notified of it. */
  readonly wants?: Wants;
}

/** `until`: in ms since 1970, after which it is every message (he muted it for a time). */
export interface Wants {
  readonly what: "messages" | "mentions";
  readonly until?: number;
}
