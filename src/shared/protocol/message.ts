import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import {
  clientMessageId,
  content,
  conversationId,
  count,
  mention,
  messageId,
  messageType,
  seq,
  shortText,
  timestamp,
  userId,
} from "./fields.ts";

/** A reference to something uploaded. */
export const mediaRef = z.object({
  media_id: shortText(64),
  content_type: z.optional(shortText(128)),
  size: z.optional(count),
  name: z.optional(shortText(256)),
  width: z.optional(count),
  height: z.optional(count),
  duration_ms: z.optional(count),
});

export const mentions = z.array(mention).check(z.maxLength(LIMITS.mentions));

export const reaction = z.object({ emoji: shortText(LIMITS.emojiChars), count, me: z.boolean() });

/** What a page that a message links to says of itself, as its sender's client was shown it. */
export const linkPreview = z.object({
  url: shortText(2048),
  title: z.optional(shortText(LIMITS.previewTitleChars)),
  description: z.optional(shortText(LIMITS.previewTextChars)),
  site_name: z.optional(shortText(LIMITS.nameChars)),
});
export type LinkPreview = z.infer<typeof linkPreview>;

/** On the message that a thread hangs on: its standing replies, and those of others that the caller has not read. */
export const threadSummary = z.object({ replies: count, unread: count, last_reply_at: z.optional(timestamp) });

/** How many of the other members have it: on the caller's own messages only. */
export const receiptCounts = z.object({ delivered: count, read: count, of: count });

/** What a message says: in its entry, and in the message as it stands. */
export const messageFields = {
  type: messageType,
  content,
  media: z.optional(mediaRef),
  reply_to: z.optional(messageId),
  thread_root: z.optional(messageId),
  mentions: z.optional(mentions),
  forwarded: z.optional(z.boolean()),
  preview: z.optional(linkPreview),
  expires_at: z.optional(timestamp),
};

/** A message as it stands now: edits, deletion and reactions applied (docs/protocol.md §4). */
export const message = z.object({
  message_id: messageId,
  conversation_id: conversationId,
  seq,
  sender_id: userId,
  client_message_id: z.optional(clientMessageId),
  ...messageFields,
  timestamp,
  edited_at: z.optional(timestamp),
  deleted_at: z.optional(timestamp),
  reactions: z.optional(z.array(reaction)),
  receipts: z.optional(receiptCounts),
  thread: z.optional(threadSummary),
});
export type Message = z.infer<typeof message>;
