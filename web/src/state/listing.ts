import type { Conversation } from "../types.ts";
import type { Chat } from "./client-context.ts";
import { createSignal, type Signal } from "./signal.ts";

/** Whether the list shows what was put away, rather than the rest. */
export const inArchive: Signal<boolean> = createSignal(false);

/** A direct conversation in which nothing was said shows only at the one who began it. */
const isListed = (conversation: Conversation, { drafts }: Chat, current: string | undefined): boolean =>
  conversation.type !== "direct" ||
  conversation.last_message !== undefined ||
  conversation.conversation_id === current ||
  drafts.started(conversation.conversation_id) ||
  drafts.newest(conversation).text !== "";

export const isArchived = ({ archived }: Conversation): boolean => archived === true;

/** What the list shows: those pinned first, and within each newest activity first. `current` is on the screen. */
export const listedConversations = (chat: Chat, current: string | undefined): readonly Conversation[] => {
  const listed = chat.client
    .conversations()
    .filter((conversation) => isArchived(conversation) === inArchive.value && isListed(conversation, chat, current));
  const pinned = listed.filter((conversation) => conversation.pinned === true);
  return pinned.length === 0 ? listed : [...pinned, ...listed.filter((conversation) => conversation.pinned !== true)];
};
