import type { Conversation } from "../types.ts";
import type { Chat } from "./client-context.ts";

/** A direct conversation in which nothing was said shows only at the one who began it. */
const isListed = (conversation: Conversation, { drafts }: Chat, current: string | undefined): boolean =>
  conversation.type !== "direct" ||
  conversation.last_message !== undefined ||
  conversation.conversation_id === current ||
  drafts.started(conversation.conversation_id) ||
  drafts.newest(conversation).text !== "";

/** What the list shows, newest activity first; `current` is the one on the screen. */
export const listedConversations = (chat: Chat, current: string | undefined): readonly Conversation[] =>
  chat.client.conversations().filter((conversation) => isListed(conversation, chat, current));
