import type { ParleyClient, TimelineItem } from "@parley/client";

/** A conversation as the client shows it. */
export type Conversation = ReturnType<ParleyClient["conversations"]>[number];
/** A message as the client shows it, pending ones included. */
export type ChatMessage = ReturnType<ParleyClient["messages"]>[number];
export type ConversationId = Conversation["conversation_id"];
export type MessageId = NonNullable<ChatMessage["message_id"]>;
export type Settings = NonNullable<Conversation["settings"]>;
export type Member = NonNullable<Conversation["participants"]>[number];
export type Role = Member["role"];
/** An entry that changes who is in a conversation, or how it is. */
export type ConversationEvent = Extract<TimelineItem, { kind: "event" }>["entry"];
