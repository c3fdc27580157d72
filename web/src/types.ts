import type { ParleyClient } from "@parley/client";

/** A conversation as the client shows it. */
export type Conversation = ReturnType<ParleyClient["conversations"]>[number];
/** A message as the client shows it, pending ones included. */
export type ChatMessage = ReturnType<ParleyClient["messages"]>[number];
export type ConversationId = Conversation["conversation_id"];
