export { createClient } from "./create-client.ts";
export { indexedDbStore } from "./indexed-db-store.ts";
export { memoryStore } from "./memory-store.ts";
export { ParleyError } from "./parley-error.ts";
export type {
  ClientEvents,
  ClientOptions,
  ConnectionState,
  LocalMessage,
  MessageStatus,
  ParleyClient,
  ParleyErrorLike,
  Sending,
  SendOptions,
} from "./api.ts";
export type { LogState, OutboxRow, Store, StoreBatch, StoredMessage, StoreMeta, StoreSnapshot } from "./store.ts";
export type { ErrorCode } from "../../src/shared/errors.ts";
export type { ClientMessageId, ConversationId, DeviceId, MessageId, Rev, Seq, UserId } from "../../src/shared/ids.ts";
export type { Conversation, Participant } from "../../src/shared/protocol/conversation.ts";
export type { Message } from "../../src/shared/protocol/message.ts";
