import * as z from "zod/mini";
import { ERROR_CODES } from "../errors.ts";
import { conversation, syncAnswer } from "./conversation.ts";
import { entry } from "./entry.ts";
import {
  clientMessageId,
  conversationId,
  count,
  deviceId,
  messageId,
  ref,
  rev,
  seq,
  timestamp,
  upTo,
  userId,
} from "./fields.ts";

/** Frames that come down (docs/protocol.md §5), by `type`. */
export const EVENTS = {
  welcome: z.object({
    type: z.literal("welcome"),
    ref: z.optional(ref),
    user_id: userId,
    device_id: deviceId,
    session_id: z.string(),
    rev,
    server_time: timestamp,
    heartbeat_seconds: z.int(),
  }),
  ack: z.object({
    type: z.literal("ack"),
    ref: z.optional(ref),
    client_message_id: clientMessageId,
    conversation_id: conversationId,
    message_id: messageId,
    seq,
    timestamp,
    status: z.literal("sent"),
    duplicate: z.optional(z.boolean()),
    epoch: z.optional(count),
  }),
  entries: z.object({
    type: z.literal("entries"),
    conversation_id: conversationId,
    epoch: count,
    entries: z.array(entry),
    head_seq: upTo,
    rev: z.optional(rev),
    ref: z.optional(ref),
  }),
  receipt: z.object({
    type: z.literal("receipt"),
    conversation_id: conversationId,
    user_id: z.optional(userId),
    delivered_up_to: z.optional(upTo),
    read_up_to: z.optional(upTo),
    delivered: z.optional(count),
    read: z.optional(count),
    of: z.optional(count),
    seq: z.optional(seq),
  }),
  thread: z.object({
    type: z.literal("thread"),
    conversation_id: conversationId,
    thread_root: messageId,
    read_up_to: upTo,
    unread: count,
  }),
  typing: z.object({
    type: z.literal("typing"),
    conversation_id: conversationId,
    user_id: userId,
    state: z.enum(["start", "stop"]),
  }),
  presence: z.object({
    type: z.literal("presence"),
    user_id: userId,
    status: z.enum(["online", "offline"]),
    last_seen: z.optional(timestamp),
  }),
  conversation: z.object({ type: z.literal("conversation"), conversation }),
  sync: z.extend(syncAnswer, { type: z.literal("sync"), ref: z.optional(ref) }),
  call: z.object({
    type: z.literal("call"),
    conversation_id: conversationId,
    call_id: z.string(),
    signal: z.string(),
    payload: z.unknown(),
    from_user: userId,
    from_device: deviceId,
  }),
  error: z.object({
    type: z.literal("error"),
    ref: z.optional(ref),
    code: z.enum(ERROR_CODES),
    message: z.string(),
    retry_after_ms: z.optional(count),
    epoch: z.optional(count),
    client_message_id: z.optional(z.string()),
  }),
} as const;

export type EventType = keyof typeof EVENTS;
export type EventOf<T extends EventType> = z.infer<(typeof EVENTS)[T]>;
export type ServerEvent = { [T in EventType]: EventOf<T> }[EventType];
