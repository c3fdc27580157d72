import type { ConversationId, Seq, UserId } from "../../shared/ids.ts";
import type { Participant } from "../../shared/protocol/conversation.ts";
import type { EntryKind } from "../../shared/protocol/entry.ts";
import type { ConversationType, Role } from "../../shared/protocol/fields.ts";

/** An entry as it travels: serialised once, with beside it what an inbox needs to know of it. */
export interface EncodedEntry {
  readonly seq: Seq;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly sender: UserId;
  readonly kind: EntryKind;
  readonly mentions?: readonly UserId[];
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
  readonly receipt?: ReceiptNote;
  /** Frames for the sockets that have the conversation open; losing one harms nothing. */
  readonly live?: readonly string[];
  /** The conversation settles its accounts: write what is unwritten before answering. */
  readonly settle?: boolean;
}

/** What a member's inbox says to that. A `head` below `after` means a hole: send from there. */
export interface DeliveryAnswer {
  readonly head: Seq;
  /** Entries up to here are durable in the inbox. */
  readonly flushed: Seq;
  /** The member's own read watermark as it is durable in the inbox. */
  readonly read: Seq;
  /** What some device of the member has acknowledged. */
  readonly delivered: Seq;
}

/** What an inbox tells with each call up, so that the conversation need not ask. */
export type InboxState = DeliveryAnswer;
