import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import { entry } from "./entry.ts";
import {
  conversationId,
  content,
  conversationType,
  count,
  messageId,
  notify,
  rev,
  role,
  settings,
  shortText,
  timestamp,
  upTo,
  userId,
} from "./fields.ts";
import { message } from "./message.ts";

export const participant = z.object({ user_id: userId, role, joined_at: timestamp });

/** What the caller has begun to write, on whichever device. */
export const draft = z.object({ content, reply_to: z.optional(messageId), updated_at: timestamp });
export type Draft = z.infer<typeof draft>;

/** A conversation as one member sees it (docs/protocol.md §4). */
export const conversation = z.object({
  conversation_id: conversationId,
  type: conversationType,
  name: z.optional(shortText(LIMITS.nameChars)),
  avatar: z.optional(shortText(LIMITS.avatarChars)),
  created_at: timestamp,
  region: z.string(),
  member_count: count,
  role,
  epoch: count,
  head_seq: upTo,
  last_message: z.optional(message),
  unread_count: count,
  mention_count: count,
  read_up_to: upTo,
  delivered_up_to: upTo,
  muted_until: z.optional(timestamp),
  archived: z.optional(z.boolean()),
  pinned: z.optional(z.boolean()),
  notify,
  rev,
  settings: z.optional(settings),
  left_at: z.optional(timestamp),
  draft: z.optional(draft),
  participants: z.optional(z.array(participant)),
});
export type Conversation = z.infer<typeof conversation>;
export type Participant = z.infer<typeof participant>;

/** What a device missed (docs/protocol.md §6). */
export const syncAnswer = z.object({
  rev,
  conversations: z.array(conversation),
  entries: z.record(z.string(), z.array(entry)),
  truncated: z.array(conversationId),
  more: z.boolean(),
});
export type SyncAnswer = z.infer<typeof syncAnswer>;
