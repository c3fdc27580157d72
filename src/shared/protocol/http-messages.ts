import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import { sendFields } from "./commands.ts";
import { entry } from "./entry.ts";
import {
  clientMessageId,
  content,
  conversationId,
  cursor,
  messageId,
  sendableType,
  seq,
  shortText,
  timestamp,
  upTo,
  userId,
} from "./fields.ts";
import { inConversation, list, ofMessage, page, queryLimit, queryNumber } from "./http-fields.ts";
import { linkPreview, message } from "./message.ts";

/** The answer to every write that makes an entry. */
export const sent = z.object({
  message_id: messageId,
  seq,
  conversation_id: conversationId,
  client_message_id: clientMessageId,
  timestamp,
  status: z.literal("sent"),
  duplicate: z.optional(z.boolean()),
});
export type Sent = z.infer<typeof sent>;

const written = { 200: sent, 201: sent } as const;
const named = z.object({ client_message_id: clientMessageId });
const watermark = z.object({ up_to: upTo });
const readMark = z.object({ up_to: upTo, thread_root: z.optional(messageId) });
const scheduled = z.object({
  ...sendFields,
  type: sendableType,
  send_at: timestamp,
  status: z.enum(["scheduled", "refused"]),
  /** Of a refused one: the code of the refusal at its time. */
  reason: z.optional(z.string()),
});
const ofScheduled = z.object({ id: conversationId, client_message_id: clientMessageId });
const ofReaction = z.object({ id: conversationId, message_id: messageId, emoji: shortText(LIMITS.emojiChars) });

export const messageRoutes = {
  sendMessage: {
    method: "POST",
    path: "/messages/send",
    summary: "Send a message; a repeat of the same client_message_id answers 200 with duplicate",
    body: z.object({ ...sendFields, type: z._default(sendableType, "text") }),
    answers: written,
  },
  listMessages: {
    method: "GET",
    path: "/conversations/{id}/messages",
    summary: "Messages as they stand now, newest first; with `after`, oldest first",
    params: inConversation,
    query: z.object({
      ...page,
      before: z.optional(queryNumber),
      after: z.optional(queryNumber),
      thread_root: z.optional(messageId),
    }),
    answers: { 200: list("messages", message) },
  },
  getMessage: {
    method: "GET",
    path: "/conversations/{id}/messages/{message_id}",
    summary: "One message as it stands now",
    params: ofMessage,
    answers: { 200: message },
  },
  listThreads: {
    method: "GET",
    path: "/conversations/{id}/threads",
    summary: "Messages that threads hang on, the latest reply first",
    params: inConversation,
    query: z.object(page),
    answers: { 200: list("messages", message) },
  },
  readLog: {
    method: "GET",
    path: "/conversations/{id}/log",
    summary: "Entries in seq order, for filling gaps",
    params: inConversation,
    query: z.object({ after: z._default(queryNumber, 0), limit: z.optional(queryLimit) }),
    answers: { 200: z.object({ entries: z.array(entry), head_seq: upTo, epoch: upTo }) },
  },
  editMessage: {
    method: "PATCH",
    path: "/conversations/{id}/messages/{message_id}",
    summary: "Edit one's own message",
    params: ofMessage,
    body: z.object({ client_message_id: clientMessageId, content }),
    answers: written,
  },
  deleteMessage: {
    method: "DELETE",
    path: "/conversations/{id}/messages/{message_id}",
    summary: "Delete a message: one's own, or anyone's for owner and admins",
    params: ofMessage,
    query: named,
    answers: written,
  },
  addReaction: {
    method: "PUT",
    path: "/conversations/{id}/messages/{message_id}/reactions/{emoji}",
    summary: "React to a message",
    params: ofReaction,
    query: named,
    answers: written,
  },
  listReactions: {
    method: "GET",
    path: "/conversations/{id}/messages/{message_id}/reactions",
    summary: "Who reacted, with what and when",
    params: ofMessage,
    query: z.object(page),
    answers: { 200: list("reactions", z.object({ user_id: userId, emoji: z.string(), reacted_at: timestamp })) },
  },
  pinMessage: {
    method: "PUT",
    path: "/conversations/{id}/pins/{message_id}",
    summary: "Pin a message",
    params: ofMessage,
    query: named,
    answers: written,
  },
  unpinMessage: {
    method: "DELETE",
    path: "/conversations/{id}/pins/{message_id}",
    summary: "Take a pin away",
    params: ofMessage,
    query: named,
    answers: written,
  },
  listPins: {
    method: "GET",
    path: "/conversations/{id}/pins",
    summary: "Pinned messages, the newest pin first",
    params: inConversation,
    query: z.object(page),
    answers: { 200: list("messages", message) },
  },
  scheduleMessage: {
    method: "POST",
    path: "/conversations/{id}/scheduled",
    summary: "Send a message at a later time; the same client_message_id again replaces it",
    params: inConversation,
    body: z.object({
      ...z.omit(z.object(sendFields), { conversation_id: true }).shape,
      type: z._default(sendableType, "text"),
      send_at: timestamp,
    }),
    answers: { 200: scheduled, 201: scheduled },
  },
  listScheduled: {
    method: "GET",
    path: "/conversations/{id}/scheduled",
    summary: "The caller's messages that wait for their time, the next one first",
    params: inConversation,
    query: z.object(page),
    answers: { 200: list("scheduled", scheduled) },
  },
  cancelScheduled: {
    method: "DELETE",
    path: "/conversations/{id}/scheduled/{client_message_id}",
    summary: "Take a waiting message back",
    params: ofScheduled,
    answers: { 204: null },
  },
  linkPreview: {
    method: "GET",
    path: "/link-preview",
    summary: "What a page says of itself; only where the operator turned it on",
    query: z.object({ url: shortText(2048) }),
    answers: { 200: linkPreview },
  },
  removeReaction: {
    method: "DELETE",
    path: "/conversations/{id}/messages/{message_id}/reactions/{emoji}",
    summary: "Take a reaction back",
    params: ofReaction,
    query: named,
    answers: written,
  },
  markRead: {
    method: "POST",
    path: "/conversations/{id}/read",
    summary: "Everything up to this seq is read; with `thread_root`, of that thread",
    params: inConversation,
    body: readMark,
    answers: { 204: null },
  },
  markDelivered: {
    method: "POST",
    path: "/conversations/{id}/delivered",
    summary: "Everything up to this seq has reached the device",
    params: inConversation,
    body: watermark,
    answers: { 204: null },
  },
  listReceipts: {
    method: "GET",
    path: "/conversations/{id}/messages/{message_id}/receipts",
    summary: "Who has received and read a message, and when",
    params: ofMessage,
    query: z.object(page),
    answers: {
      200: list(
        "receipts",
        z.object({ user_id: userId, delivered_at: z.optional(timestamp), read_at: z.optional(timestamp) }),
      ),
    },
  },
  search: {
    method: "GET",
    path: "/search",
    summary: "Full text over what the caller may read",
    query: z.object({
      ...page,
      q: shortText(LIMITS.searchChars),
      conversation_id: z.optional(conversationId),
      from: z.optional(userId),
      before: z.optional(timestamp),
      after: z.optional(timestamp),
    }),
    answers: {
      200: z.object({
        results: z.array(message),
        next_cursor: z.optional(cursor),
        incomplete: z.optional(z.array(conversationId)),
      }),
    },
  },
} as const;
