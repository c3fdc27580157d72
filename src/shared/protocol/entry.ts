import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import {
  base64,
  clientMessageId,
  content,
  conversationType,
  count,
  messageId,
  role,
  seq,
  settings,
  shortText,
  timestamp,
  userId,
} from "./fields.ts";
import { messageFields } from "./message.ts";

const common = {
  seq,
  message_id: messageId,
  sender_id: userId,
  client_message_id: z.optional(clientMessageId),
  timestamp,
};

/** What a settings entry may say. The first entry of a log says all that the conversation began with. */
export const settingsChanges = z.looseObject({
  type: z.optional(conversationType),
  name: z.optional(z.string()),
  avatar: z.optional(z.string()),
  settings: z.optional(z.partial(settings)),
  pin: z.optional(messageId),
  unpin: z.optional(messageId),
  /** What lies before this place is gone: messages are kept for a time only. */
  retained_from: z.optional(seq),
});

export const messageEntry = z.object({
  ...common,
  kind: z.literal("message"),
  ...messageFields,
  /** Of a message that was imported as it stood after its last edit. */
  edited_at: z.optional(timestamp),
});
const editEntry = z.object({ ...common, kind: z.literal("edit"), target: messageId, content });
const deleteEntry = z.object({
  ...common,
  kind: z.literal("delete"),
  target: messageId,
  /** Whoever runs the service took it down; the author, who is the sender of this entry, was not asked. */
  taken_down: z.optional(z.literal(true)),
});
const reactionEntry = z.object({
  ...common,
  kind: z.literal("reaction"),
  target: messageId,
  emoji: shortText(LIMITS.emojiChars),
  op: z.enum(["add", "remove"]),
});
const memberEntry = z.object({
  ...common,
  kind: z.literal("member"),
  op: z.enum(["add", "remove", "role"]),
  user_id: userId,
  role: z.optional(role),
});
const settingsEntry = z.object({
  ...common,
  kind: z.literal("settings"),
  changes: settingsChanges,
});
const commitEntry = z.object({
  ...common,
  kind: z.literal("commit"),
  epoch: count,
  payload: base64(LIMITS.payloadChars),
});

/** One position of a conversation's log (docs/protocol.md §5). */
export const entry = z.discriminatedUnion("kind", [
  messageEntry,
  editEntry,
  deleteEntry,
  reactionEntry,
  memberEntry,
  settingsEntry,
  commitEntry,
]);
export type Entry = z.infer<typeof entry>;
export type MessageEntry = z.infer<typeof messageEntry>;
export type EntryKind = Entry["kind"];
