import type { ErrorCode } from "../../src/shared/errors.ts";
import type { ClientMessageId, ConversationId, DeviceId, MessageId, Rev, Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { SendOptions } from "./api.ts";

/** Whose store it is, and how much of the account it has seen. */
export interface StoreMeta {
  readonly userId?: UserId;
  readonly deviceId?: DeviceId;
  readonly rev: Rev;
}

/** A message as it stands, with what is needed to fold later entries into it. */
export type StoredMessage = Message & {
  /** Who reacted with what, when the message was folded from the log alone. */
  readonly reactors?: Readonly<Record<string, readonly UserId[]>>;
  /** It came from a page of history: its reactions are counts without names. */
  readonly paged?: true;
};

/** What is known of one conversation's log: every entry of `from`…`upTo`, without a gap. */
export interface LogState {
  readonly conversation_id: ConversationId;
  readonly epoch: number;
  /** `upTo + 1` when nothing is known yet; 1 when the beginning is. */
  readonly from: Seq;
  readonly upTo: Seq;
  /** The last `delivered` that is known to have arrived. */
  readonly acked: Seq;
  /** Read here, and read as the server last told it. */
  readonly readHere: Seq;
  readonly readThere: Seq;
  /** Up to where all other members have received and read. */
  readonly othersDelivered: Seq;
  readonly othersRead: Seq;
}

export interface OutboxRow {
  readonly client_message_id: ClientMessageId;
  readonly conversation_id: ConversationId;
  /** Place in the line of this device: only rises. */
  readonly order: number;
  readonly content: string;
  readonly options: SendOptions;
  /** ISO 8601. */
  readonly created_at: string;
  /** Set when it was refused for good. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** Everything but the messages, which are read by page. */
export interface StoreSnapshot {
  readonly meta: StoreMeta;
  readonly conversations: readonly Conversation[];
  readonly logs: readonly LogState[];
  readonly outbox: readonly OutboxRow[];
}

/** One change, applied whole or not at all. Messages of `dropped` conversations go before `messages` are put. */
export interface StoreBatch {
  readonly meta?: StoreMeta;
  readonly dropped?: readonly ConversationId[];
  readonly conversations?: readonly Conversation[];
  readonly logs?: readonly LogState[];
  readonly messages?: readonly StoredMessage[];
  readonly outbox?: readonly OutboxRow[];
  readonly sent?: readonly ClientMessageId[];
}

/** Where a client keeps what it knows. All calls reject when the storage itself fails. */
export interface Store {
  /** Opens it, migrating an older schema. May be called again after `close`. */
  load(): Promise<StoreSnapshot>;
  apply(batch: StoreBatch): Promise<void>;
  /** Called with each change before it waits to be applied: for what must outlive a page that ends right now. */
  note?(batch: StoreBatch): void;
  /** The newest `limit` messages with a `seq` below `before`, oldest first. */
  page(id: ConversationId, before: Seq, limit: number): Promise<readonly StoredMessage[]>;
  message(id: ConversationId, messageId: MessageId): Promise<StoredMessage | undefined>;
  /** Empties it, outbox included. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
