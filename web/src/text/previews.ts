import { strings } from "../strings.ts";
import { hasExpired } from "./expiry.ts";
import { withNames } from "./tokens.ts";
import type { ChatMessage, Conversation } from "../types.ts";

/** The other one of a direct conversation. */
export const peerOf = (conversation: Conversation, userId: string | undefined): string | undefined =>
  conversation.type === "direct"
    ? (conversation.participants?.find((participant) => participant.user_id !== userId)?.user_id ?? conversation.name)
    : undefined;

/** How people are called, by their ids. */
export type NameOf = (userId: string) => string;

/** What a conversation is called: the group's name, or the other person. */
export const titleOf = (conversation: Conversation, userId: string | undefined, nameOf: NameOf): string => {
  const peer = peerOf(conversation, userId);
  return peer === undefined ? (conversation.name ?? strings.untitled) : nameOf(peer);
};

/** A message in one line, without its sender. */
export const summaryOf = (message: ChatMessage, nameOf: NameOf): string => {
  if (hasExpired(message)) return strings.message.expired;
  if (message.deleted_at !== undefined) return strings.deletedMessage;
  if (message.type === "encrypted") return strings.encryptedMessage;
  const text = withNames(message.content, message.mentions, nameOf)
    .replaceAll("```", "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 160);
  return text === "" ? strings.messageKinds[message.type] : text;
};

/** The second line of a row in the list: `message` is the conversation's newest. */
export const previewOf = (
  conversation: Conversation,
  message: ChatMessage | undefined,
  userId: string | undefined,
  nameOf: NameOf,
): string => {
  if (message === undefined) return strings.noMessagesYet;
  const summary = summaryOf(message, nameOf);
  if (message.sender_id === userId) return strings.youSaid(summary);
  return conversation.type === "direct" ? summary : strings.somebodySaid(nameOf(message.sender_id), summary);
};
