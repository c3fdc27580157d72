import type { ErrorCode } from "../../src/shared/errors.ts";
import type { ClientMessageId, ConversationId, DeviceId, MessageId, Rev, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { LinkPreview, Message } from "../../src/shared/protocol/message.ts";
import type { AccountCalls } from "./api-account.ts";
import type { GroupCalls } from "./api-groups.ts";
import type { MessageCalls } from "./api-messages.ts";
import type { PushCalls } from "./api-push.ts";
import type { SearchCalls } from "./api-search.ts";
import type { Store } from "./store.ts";

export interface ClientOptions {
  /** Origin of the server, such as `https://chat.example.org`. In a browser, the page's own by default. */
  readonly url?: string;
  /** Gives a token (a JWT) that is valid now; asked before each connection and when one expires. */
  readonly getToken: () => Promise<string> | string;
  /** Stable per installation. Without one, the token's, or one that the store remembers. */
  readonly deviceId?: DeviceId;
  /** How the user's list of devices shows this one. Default: told from the environment, such as `Firefox on Linux`. */
  readonly deviceName?: string;
  /** `web`, `node`, …; default: told from the environment. */
  readonly platform?: string;
  /** Where conversations, messages and the outbox live: `indexedDbStore(name)` or `memoryStore()`. */
  readonly store?: Store;
  /** For environments without a global one. */
  readonly WebSocket?: typeof WebSocket;
  readonly fetch?: typeof fetch;
}

/**
 * Where the connection stands. `offline`: a network is missing or the last attempt failed, and
 * `retryAt` (ms since 1970) tells when the next one comes. `stopped`: by `close()`, or because the
 * server said not to come back (`reason` tells which).
 */
export type ConnectionState =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "syncing" }
  | { readonly name: "online" }
  | { readonly name: "offline"; readonly retryAt: number; readonly attempt: number }
  | {
      readonly name: "stopped";
      readonly reason: StopReason;
    };

/**
 * `removed`, `replaced`: the device was signed out, or is connected from elsewhere. `outdated`: a newer version of the
 * app has this store, or leads another tab: load the page anew. `destroyed`: another tab signed out.
 */
export type StopReason =
  | "closed"
  | "removed"
  | "replaced"
  | "refused"
  | "version"
  | "suspended"
  | "unauthenticated"
  | "outdated"
  | "destroyed";

/** Of one's own messages. `pending`: in the outbox. `failed`: refused, kept there until retried or discarded. */
export type MessageStatus = "pending" | "failed" | "sent" | "delivered" | "read";

/** A message as an app shows it: the server's, or one of the outbox (then without `seq` and `message_id`). */
export type LocalMessage = Omit<Message, "seq" | "message_id"> & {
  readonly seq?: number;
  readonly message_id?: MessageId;
  readonly client_message_id?: ClientMessageId;
  /** Only on one's own messages. */
  readonly status?: MessageStatus;
  /** With `failed`: why. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
};

export interface SendOptions {
  readonly type?: "text" | "image" | "video" | "voice" | "document" | "encrypted";
  readonly reply_to?: MessageId;
  /** The message that the thread hangs on, never another reply. */
  readonly thread_root?: MessageId;
  /** User ids, or `"@all"`, which owner and admins may use. */
  readonly mentions?: readonly (UserId | "@all")[];
  readonly forwarded?: boolean;
  readonly preview?: LinkPreview;
  /** Seconds until it disappears. */
  readonly expires_in?: number;
}

/** A send that was put in the outbox. */
export interface Sending {
  /** What to show at once. */
  readonly message: LocalMessage;
  /** The message as the server acknowledged it; rejects with a `ParleyError` when it is refused for good. */
  readonly sent: Promise<LocalMessage>;
}

/** A change to a message: shown at once, kept in the outbox until the server has it. */
export interface Writing {
  /** When the server has it. Rejects with a `ParleyError` when it is refused for good: then it is undone. */
  readonly done: Promise<void>;
}

/** What happened to a conversation besides messages: somebody joined, left, got a role; a name, a setting, a pin. */
export type EventEntry = Extract<Entry, { kind: "member" | "settings" }>;

/** A line of a conversation as an app shows it. */
export type TimelineItem =
  | { readonly kind: "message"; readonly message: LocalMessage }
  | { readonly kind: "event"; readonly entry: EventEntry };

export interface ClientEvents {
  state: ConnectionState;
  /** The list changed: read `conversations()` again. */
  conversations: undefined;
  /** Messages, events, their order or ticks changed in one conversation: read `messages(id)`, `timeline(id)`, `thread(…)` again. */
  messages: { readonly conversationId: ConversationId };
  /** An entry of somebody else arrived live: for notifications and announcements to screen readers. */
  incoming: { readonly conversationId: ConversationId; readonly message: LocalMessage };
  typing: { readonly conversationId: ConversationId; readonly userIds: readonly UserId[] };
  /** Read `presence(userId)` again. */
  presence: { readonly userId: UserId };
  /** What is known of people changed: read `person(userId)` again. */
  people: undefined;
  /** A refusal that no call is waiting for. */
  error: ParleyErrorLike;
}
export interface ParleyErrorLike {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** What `createClient` gives. All reads answer at once from memory, which is loaded by `start()`. */
export interface ParleyClient extends CoreCalls, MessageCalls, GroupCalls, AccountCalls, PushCalls, SearchCalls {}

/** Connecting, reading, sending. */
export interface CoreCalls {
  /** Loads the store, so that reads answer without a network. Resolves when they do; `connect()` calls it too. */
  start(): Promise<void>;
  /** Connects, and stays connected until `close()`. Resolves when online and in sync for the first time. */
  connect(): Promise<void>;
  /** Closes the connection; what is in the outbox stays there. The client may connect again. */
  close(): Promise<void>;
  /** Signs out: closes, and empties the store. */
  destroy(): Promise<void>;

  readonly state: ConnectionState;
  /** Empty before the first connection of an empty store. */
  readonly userId: UserId | undefined;
  readonly deviceId: DeviceId | undefined;
  readonly rev: Rev;
  on<E extends keyof ClientEvents>(event: E, handler: (payload: ClientEvents[E]) => void): () => void;

  /** Newest activity first. */
  conversations(): readonly Conversation[];
  conversation(id: ConversationId): Conversation | undefined;
  /**
   * What is known of a conversation without a gap at its end, oldest first, the outbox last. Replies in threads are
   * among them (`thread_root`); messages whose time is up are not.
   */
  messages(id: ConversationId): readonly LocalMessage[];
  /** The same with the events in between: for the lines "Ann added Ben". */
  timeline(id: ConversationId): readonly TimelineItem[];
  /** Loads an older page above what `messages(id)` gives. `more: false`: the beginning is reached. */
  loadOlder(id: ConversationId): Promise<{ readonly more: boolean }>;
  /** Says that a conversation is on the screen (receipts and typing flow only then); loads its newest page when the store has none. */
  open(id: ConversationId): Promise<void>;
  /** Takes it off the screen again. */
  leave(id: ConversationId): void;
  /** Whether the app is in use or in the background. */
  setActive(active: boolean): void;

  send(id: ConversationId, content: string, options?: SendOptions): Sending;
  /** Puts a failed message back in line. */
  retry(id: ConversationId, clientMessageId: ClientMessageId): void;
  /** Takes a pending or failed message out of the outbox. `false` when it may have left already. */
  discard(id: ConversationId, clientMessageId: ClientMessageId): boolean;
  /** Everything up to `upTo` (default: the newest known) is read. */
  markRead(id: ConversationId, upTo?: number): void;
  /** Call on each key stroke: sent at most once in 3 s, and `stop` follows by itself. */
  typing(id: ConversationId): void;
  /** Who is typing now; expires by itself after 6 s. */
  typingUsers(id: ConversationId): readonly UserId[];
}
