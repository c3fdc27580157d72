import type { Conversation } from "../types.ts";

export const mutedUntil = ({ muted_until: until }: Conversation, nowMs: number): string | undefined =>
  until !== undefined && Date.parse(until) > nowMs ? until : undefined;

/** Whether what is unread in it is nobody's business at the moment: it is shown, and counted nowhere. */
export const isQuiet = (conversation: Conversation, nowMs: number): boolean =>
  conversation.archived === true || conversation.notify === "none" || mutedUntil(conversation, nowMs) !== undefined;

/** What title and badge of the app say. */
export const unreadCount = (conversations: readonly Conversation[], nowMs: number): number =>
  conversations.reduce(
    (sum, conversation) => (isQuiet(conversation, nowMs) ? sum : sum + conversation.unread_count),
    0,
  );
