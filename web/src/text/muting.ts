import { attentionOf, badgeOf } from "@parley/client";
import type { Conversation } from "../types.ts";

/** For how long a conversation may be silenced, in hours; or for ever. */
export const MUTE_HOURS = [1, 8, 7 * 24] as const;

/** The time that stands for "until it is taken back". */
export const FOR_EVER = "9999-12-31T23:59:59.999Z";

export const mutedUntil = ({ muted_until: until }: Conversation, nowMs: number): string | undefined =>
  until !== undefined && Date.parse(until) > nowMs ? until : undefined;

/** Whether not all that is unread in it asks for attention: it is shown, and at most its mentions count. */
export const isQuiet = (conversation: Conversation, nowMs: number): boolean =>
  attentionOf(conversation, nowMs) !== "messages";

/** When the next of them is heard again, in ms since 1970. */
export const quietEnds = (conversations: readonly Conversation[], nowMs: number): number | undefined => {
  const ends = conversations.flatMap((conversation) => mutedUntil(conversation, nowMs) ?? []);
  const next = Math.min(...ends.filter((until) => until !== FOR_EVER).map((until) => Date.parse(until)));
  return Number.isFinite(next) ? next : undefined;
};

/** What title and badge of the app say, as the badge that comes with a notification does. */
export const unreadCount = (conversations: readonly Conversation[], nowMs: number): number =>
  conversations.reduce((sum, conversation) => sum + badgeOf(conversation, nowMs), 0);
