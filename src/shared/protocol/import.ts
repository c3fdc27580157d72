import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import { content, conversationType, mention, role, shortText, timestamp, userId } from "./fields.ts";

/** An id of the other system: of a conversation, or of a message within its conversation. */
const foreignId = shortText(LIMITS.importIdChars);
const conversation = foreignId;
/** A time as milliseconds since 1970. */
const time = z.pipe(
  timestamp.check(z.refine((text) => Date.parse(text) >= 0, { error: "a time that there was, after 1970" })),
  z.transform((text: string) => Date.parse(text)),
);
const someMembers = z
  .array(z.object({ user_id: userId, role: z.optional(role), joined_at: z.optional(time) }))
  .check(z.minLength(1), z.maxLength(LIMITS.importMembers));

/** One line of an import (docs/import.md). */
export const importLine = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("conversation"),
    id: conversation,
    type: conversationType,
    name: z.optional(shortText(LIMITS.nameChars)),
    avatar: z.optional(shortText(LIMITS.avatarChars)),
    region: z.optional(shortText(LIMITS.importIdChars)),
    created_at: time,
    members: someMembers,
  }),
  z.object({ kind: z.literal("members"), conversation, members: someMembers }),
  z.object({
    kind: z.literal("message"),
    id: foreignId,
    conversation,
    sender: userId,
    timestamp: time,
    type: z._default(z.enum(["text", "image", "video", "voice", "document", "system"]), "text"),
    content,
    reply_to: z.optional(foreignId),
    thread_root: z.optional(foreignId),
    edited_at: z.optional(time),
    deleted_at: z.optional(time),
    forwarded: z.optional(z.boolean()),
    mentions: z.optional(z.array(mention).check(z.maxLength(LIMITS.mentions))),
    reactions: z.optional(
      z
        .array(z.object({ user_id: userId, emoji: shortText(LIMITS.emojiChars), timestamp: z.optional(time) }))
        .check(z.maxLength(LIMITS.importReactions)),
    ),
  }),
  /** `up_to`: the id of a message; null: he read nothing. */
  z.object({
    kind: z.literal("read"),
    conversation,
    user: userId,
    up_to: z.nullable(foreignId),
    timestamp: z.optional(time),
  }),
  z.object({ kind: z.literal("end"), conversation }),
]);
export type ImportLine = z.output<typeof importLine>;
type LineOf<K extends ImportLine["kind"]> = Extract<ImportLine, { kind: K }>;
export type ImportedConversation = LineOf<"conversation">;
export type ImportedMessage = LineOf<"message">;
export type ImportedMembers = LineOf<"members">;
export type ImportedRead = LineOf<"read">;
