import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import {
  base64,
  clientMessageId,
  content,
  conversationId,
  count,
  deviceId,
  messageId,
  ref,
  rev,
  sendableType,
  shortText,
  upTo,
  userId,
} from "./fields.ts";
import { linkPreview, mediaRef, mentions } from "./message.ts";

const expiresIn = z.int().check(z.minimum(1), z.maximum(LIMITS.expiresInSecondsMax));
const presenceUsers = z.array(userId).check(z.maxLength(LIMITS.presenceUserIds));

/** The fields of a send that are the same on the socket and over HTTP. */
export const sendFields = {
  conversation_id: conversationId,
  client_message_id: clientMessageId,
  content,
  media: z.optional(mediaRef),
  reply_to: z.optional(messageId),
  thread_root: z.optional(messageId),
  mentions: z.optional(mentions),
  forwarded: z.optional(z.boolean()),
  preview: z.optional(linkPreview),
  expires_in: z.optional(expiresIn),
};

/** What is begun to be written. An empty content clears it. */
export const draftFields = { content, reply_to: z.optional(messageId) };

const frame = <T extends string, F extends z.core.$ZodLooseShape>(type: T, fields: F) =>
  z.object({ type: z.literal(type), ref: z.optional(ref), ...fields });

const target = { conversation_id: conversationId, message_id: messageId, client_message_id: clientMessageId };
const watermark = { conversation_id: conversationId, up_to: upTo };

/** Frames that go up (docs/protocol.md §5), by `type`. */
export const COMMANDS = {
  send: frame("send", { ...sendFields, message_type: z._default(sendableType, "text") }),
  edit: frame("edit", { ...target, content }),
  delete: frame("delete", target),
  react: frame("react", { ...target, emoji: shortText(LIMITS.emojiChars), op: z.enum(["add", "remove"]) }),
  delivered: frame("delivered", watermark),
  read: frame("read", { ...watermark, thread_root: z.optional(messageId) }),
  draft: frame("draft", { conversation_id: conversationId, ...draftFields }),
  typing: frame("typing", { conversation_id: conversationId, state: z.enum(["start", "stop"]) }),
  open: frame("open", { conversation_id: conversationId }),
  close: frame("close", { conversation_id: conversationId }),
  state: frame("state", { active: z.boolean() }),
  presence_subscribe: frame("presence_subscribe", { user_ids: presenceUsers }),
  presence_unsubscribe: frame("presence_unsubscribe", { user_ids: presenceUsers }),
  log: frame("log", { conversation_id: conversationId, after: upTo, limit: z.optional(z.int().check(z.minimum(1))) }),
  sync: frame("sync", { since: rev }),
  commit: frame("commit", {
    conversation_id: conversationId,
    client_message_id: clientMessageId,
    epoch: count,
    payload: base64(LIMITS.payloadChars),
    welcome: z.optional(base64(LIMITS.payloadChars)),
    group_info: z.optional(base64(LIMITS.payloadChars)),
  }),
  call: frame("call", {
    conversation_id: conversationId,
    call_id: shortText(64),
    signal: z.enum(["invite", "ring", "answer", "ice", "hangup", "reject"]),
    payload: z.unknown(),
    to_device: z.optional(deviceId),
  }),
  reauth: frame("reauth", { token: shortText(8192) }),
} as const;

export type CommandType = keyof typeof COMMANDS;
export type CommandOf<T extends CommandType> = z.infer<(typeof COMMANDS)[T]>;
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType];
/** What a client writes: defaults may be left out. */
export type CommandInput = { [T in CommandType]: z.input<(typeof COMMANDS)[T]> }[CommandType];
