import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import {
  clientMessageId,
  content,
  conversationId,
  count,
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

export const mentions = z.array(userId).check(z.maxLength(LIMITS.mentions));

export const reaction = z.object({ emoji: shortText(LIMITS.emojiChars), count, me: z.boolean() });

/** How many of the other members have it: on the caller's own messages only. */
export const receiptCounts = z.object({ delivered: count, read: count, of: count });

/** A message as it stands now: edits, deletion and reactions applied (docs/protocol.md §4). */
export const message = z.object({
  message_id: messageId,
  conversation_id: conversationId,
  seq,
  sender_id: userId,
  client_message_id: z.optional(clientMessageId),
  type: messageType,
  content,
  media: z.optional(mediaRef),
  reply_to: z.optional(messageId),
  thread_root: z.optional(messageId),
  mentions: z.optional(mentions),
  expires_at: z.optional(timestamp),
  timestamp,
  edited_at: z.optional(timestamp),
  deleted_at: z.optional(timestamp),
  reactions: z.optional(z.array(reaction)),
  receipts: z.optional(receiptCounts),
});
export type Message = z.infer<typeof message>;
