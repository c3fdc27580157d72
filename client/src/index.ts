export { createClient } from "./create-client.ts";
export { indexedDbStore } from "./indexed-db-store.ts";
export { memoryStore } from "./memory-store.ts";
export { ParleyError } from "./parley-error.ts";
export { attentionOf, badgeOf } from "../../src/shared/attention.ts";
export type {
  DeviceInfo,
  Invite,
  InvitePreview,
  Notifications,
  Preferences,
  Presence,
  Profile,
  ProfileChanges,
  PushAddress,
  PushNote,
  PushOffer,
  Reaction,
  Receipt,
  Scheduled,
} from "./answers.ts";
export type {
  ClientEvents,
  ClientOptions,
  ConnectionState,
  EventEntry,
  LocalMessage,
  MessageStatus,
  ParleyClient,
  ParleyErrorLike,
  Sending,
  SendOptions,
  StopReason,
  TimelineItem,
  Writing,
} from "./api.ts";
export type { AccountCalls } from "./api-account.ts";
export type { ConversationChanges, GroupOptions, InviteOptions, Permissions } from "./api-groups.ts";
export type { Page } from "./api-messages.ts";
export type { PushCalls } from "./api-push.ts";
export type { FoundHere, SearchCalls, SearchHereOptions, SearchOptions, SearchPage } from "./api-search.ts";
export type {
  LogState,
  OutboxRow,
  Store,
  StoreBatch,
  StoredMessage,
  StoreFound,
  StoreMeta,
  StoreSearch,
  StoreSnapshot,
} from "./store.ts";
export type { ErrorCode } from "../../src/shared/errors.ts";
export type { ClientMessageId, ConversationId, DeviceId, MessageId, Rev, Seq, UserId } from "../../src/shared/ids.ts";
export type { Conversation, Participant } from "../../src/shared/protocol/conversation.ts";
export type { ConversationSettings, Role } from "../../src/shared/protocol/fields.ts";
export type { LinkPreview, Message } from "../../src/shared/protocol/message.ts";
