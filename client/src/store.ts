import type { ErrorCode } from "../../src/shared/errors.ts";
import type { ClientMessageId, ConversationId, DeviceId, MessageId, Rev, Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { Preferences, Profile } from "./answers.ts";
import type { EventEntry, SendOptions } from "./api.ts";

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
  /** What this user has read of the thread that hangs on it, as far as that is known here. */
  readonly threadRead?: Seq;
  /** The last reply that is in its `thread` as the server told it: those up to there are counted already. */
  readonly threadTold?: string;
  /** Its time is up: the content is gone. Without `deleted_at` the entry that says so is yet to come. */
  readonly expired?: true;
};

/** A member or settings entry, kept for the lines between the messages. */
export type StoredEvent = EventEntry & { readonly conversation_id: ConversationId };

/** A stretch of a conversation, each part oldest first. */
export interface StoredPage {
  readonly messages: readonly StoredMessage[];
  readonly events: readonly StoredEvent[];
}

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
  /** By the message that a thread hangs on: read here, and not yet known to the server. */
  readonly threadMarks?: Readonly<Record<MessageId, Seq>>;
  /** The row's draft was written here, and is not yet known to the server. */
  readonly draftDue?: true;
  /** What the user set here and the server does not have yet. */
  readonly preferencesDue?: PreferencesDue;
  /** The pinned messages as the server told them last, the newest pin first. */
  readonly pins?: readonly MessageId[];
}

/** Preferences on their way, and what the row said before them, in case they are refused. */
export interface PreferencesDue {
  readonly set: Preferences;
  readonly before: Preferences;
}

/** Somebody, as they were at that time (ms since 1970). */
export interface StoredPerson {
  readonly user_id: UserId;
  readonly profile: Profile;
  readonly at: number;
}

/** A change to a message. `target`: its `message_id`, or its `client_message_id` while it waits in the outbox itself. */
export type OutboxAction =
  | { readonly kind: "edit"; readonly target: string }
  | { readonly kind: "delete"; readonly target: string }
  | { readonly kind: "react"; readonly target: string; readonly emoji: string; readonly op: "add" | "remove" };

/** A message that waits, or (with `action`) a change to one. */
export interface OutboxRow {
  readonly client_message_id: ClientMessageId;
  readonly conversation_id: ConversationId;
  /** Place in the line of this device: only rises. */
  readonly order: number;
  readonly action?: OutboxAction;
  readonly content: string;
  readonly options: SendOptions;
  /** ISO 8601. */
  readonly created_at: string;
  /** Set when it was refused for good. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** Everything but messages and events, which are read by page. */
export interface StoreSnapshot {
  readonly meta: StoreMeta;
  readonly conversations: readonly Conversation[];
  readonly logs: readonly LogState[];
  readonly outbox: readonly OutboxRow[];
  readonly people: readonly StoredPerson[];
  /** The storage could not be opened, and memory stands in for it: why. */
  readonly trouble?: unknown;
}

/** One change, applied whole or not at all. What there is of `dropped` conversations goes before anything is put. */
export interface StoreBatch {
  readonly meta?: StoreMeta;
  readonly dropped?: readonly ConversationId[];
  readonly conversations?: readonly Conversation[];
  readonly logs?: readonly LogState[];
  readonly messages?: readonly StoredMessage[];
  readonly events?: readonly StoredEvent[];
  readonly outbox?: readonly OutboxRow[];
  readonly sent?: readonly ClientMessageId[];
  readonly people?: readonly StoredPerson[];
}

/** What is looked for in what a device has. `me`: whom `from:me` means. */
export interface StoreSearch {
  readonly me: UserId;
  readonly limit: number;
  readonly before?: MessageId;
  readonly encrypted?: boolean;
}

/** The newest first. `rest`: there may be more, before this. */
export interface StoreFound {
  readonly results: readonly StoredMessage[];
  readonly rest?: MessageId;
}

/**
 * Where a client keeps what it knows. All calls reject when the storage itself fails, and with a `StoreUnusable` when
 * somebody else has it now.
 */
export interface Store {
  /** Opens it, migrating an older schema, and takes it over: whoever had it open can write no more. May be called again after `close`. */
  load(): Promise<StoreSnapshot>;
  apply(batch: StoreBatch): Promise<void>;
  /** Called with each change before it waits to be applied: for what must outlive a page that ends right now. */
  note?(batch: StoreBatch): void;
  /** Messages that were noted, by whichever page, and may not be stored. */
  noted?(): readonly OutboxRow[];
  /** Of messages and events together the newest `limit` with a `seq` below `before`. */
  page(id: ConversationId, before: Seq, limit: number): Promise<StoredPage>;
  message(id: ConversationId, messageId: MessageId): Promise<StoredMessage | undefined>;
  /** Where there is an index of what it has: see `searchableStore`. */
  search?(query: string, ask: StoreSearch): Promise<StoreFound>;
  /** Empties it, outbox included. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
