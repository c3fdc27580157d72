import type { ClientMessageId, ConversationId, MessageId } from "../../src/shared/ids.ts";
import type { Receipt, Reaction, Scheduled } from "./answers.ts";
import type { LinkPreview, Message } from "../../src/shared/protocol/message.ts";
import type { LocalMessage, SendOptions, Writing } from "./api.ts";

/** One page of a list. Without `next_cursor` it is the last. */
export type Page<N extends string, T> = Readonly<Record<N, readonly T[]>> & { readonly next_cursor?: string };

/**
 * The life of a message after it was sent. Refusals are `ParleyError`s. Where a `messageId` is asked for, the
 * `client_message_id` of a message that still waits in the outbox will do.
 */
export interface MessageCalls {
  /** Changes what an own message says. One that still waits in the outbox leaves as changed. */
  edit(id: ConversationId, messageId: MessageId | ClientMessageId, content: string): Writing;
  /** Deletes for everybody. One that still waits in the outbox never leaves. */
  deleteMessage(id: ConversationId, messageId: MessageId | ClientMessageId): Writing;
  /** Adds an own reaction, or takes it away. What is taken back before it left cancels out. */
  react(id: ConversationId, messageId: MessageId | ClientMessageId, emoji: string, on: boolean): Writing;
  pin(id: ConversationId, messageId: MessageId): Promise<void>;
  unpin(id: ConversationId, messageId: MessageId): Promise<void>;
  /** The newest pin first. Remembered until the pins of the conversation change: ask again on each `messages` event. */
  pins(id: ConversationId): Promise<readonly Message[]>;
  /** One message, for quotes: what is known here, else the server's. `undefined` when it is not there. */
  message(id: ConversationId, messageId: MessageId): Promise<LocalMessage | undefined>;

  /** What is known of a thread, oldest first, the outbox last; without the message that it hangs on. */
  thread(id: ConversationId, rootId: MessageId): readonly LocalMessage[];
  /** Loads replies that are older than those known; the newest page at first. `more: false`: all are known. */
  loadThread(id: ConversationId, rootId: MessageId): Promise<{ readonly more: boolean }>;
  /** Everything in the thread is read. */
  markThreadRead(id: ConversationId, rootId: MessageId): void;
  /** The messages that threads hang on, the latest reply first; the newest page of them. */
  threads(id: ConversationId): Promise<readonly Message[]>;

  /** Who has received and read an own message, and when. */
  receipts(id: ConversationId, messageId: MessageId, cursor?: string): Promise<Page<"receipts", Receipt>>;
  /** Who reacted with what, and when; oldest first. */
  reactions(id: ConversationId, messageId: MessageId, cursor?: string): Promise<Page<"reactions", Reaction>>;

  /** Leaves it to the server to send a message at a later time. */
  schedule(id: ConversationId, content: string, sendAt: Date, options?: SendOptions): Promise<Scheduled>;
  /** One's own that wait for their time, the next one first; refused ones too, with the `reason`. */
  scheduled(id: ConversationId): Promise<readonly Scheduled[]>;
  cancelScheduled(id: ConversationId, clientMessageId: ClientMessageId): Promise<void>;

  /**
   * What is begun to be written, for one's other devices, which see it as `conversation.draft`. Call it on each key
   * stroke; it goes out about a second after the last one. Empty clears it: call that too when the message is sent.
   */
  setDraft(id: ConversationId, content: string, replyTo?: MessageId): void;
  /** What a page says of itself. `undefined` where the server does not offer this. */
  linkPreview(url: string): Promise<LinkPreview | undefined>;
}
