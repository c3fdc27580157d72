import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import { base64, conversationId, count, deviceId, shortText, timestamp, upTo, userId } from "./fields.ts";
import { list, page } from "./http-fields.ts";

const ofDevice = z.object({ id: deviceId });
const pushKind = z.enum(["webpush", "apns", "fcm"]);
/** Where a push service reaches a device. */
const pushAddress = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("webpush"),
    /** `https:`, at one of the push services that the server knows. */
    endpoint: shortText(LIMITS.pushEndpointChars),
    /** Base64url: an uncompressed P-256 point of 65 bytes, and 16 bytes. */
    keys: z.object({ p256dh: base64(128), auth: base64(64) }),
  }),
  /** Hexadecimal. `topic`: the app's bundle id, if it is not the server's own. */
  z.object({
    kind: z.literal("apns"),
    token: z.string().check(z.regex(/^(?:[0-9A-Fa-f]{2}){32,100}$/)),
    topic: z.optional(z.string().check(z.regex(/^[A-Za-z0-9.-]{1,128}$/))),
  }),
  z.object({ kind: z.literal("fcm"), token: z.string().check(z.regex(/^[A-Za-z0-9_:-]{16,4096}$/)) }),
]);
export type PushAddress = z.infer<typeof pushAddress>;
export type PushKind = PushAddress["kind"];

/**
 * What a device is pushed (docs/protocol.md §8): the whole of a Web Push message as JSON, of FCM's `data` and of the
 * `parley` key of an APNs payload. At most 3,000 bytes.
 */
export const pushNote = z.object({
  type: z.enum(["message", "mention", "read", "test"]),
  /** Everywhere but in a `test`. */
  conversation_id: z.optional(conversationId),
  /** The newest message that it tells of; of `read`, up to where it was read. */
  seq: z.optional(upTo),
  /** Messages that it tells of, the earlier ones of the same collapse among them. */
  count: z.optional(count),
  sender_id: z.optional(userId),
  /** How the sender calls himself, and the conversation's name if it has one. */
  sender_name: z.optional(shortText(LIMITS.displayNameChars)),
  conversation_name: z.optional(shortText(LIMITS.nameChars)),
  /** The beginning of the message, where operator and user allow it. */
  preview: z.optional(z.string()),
  /** What the app's icon says. */
  badge: count,
  timestamp,
});
export type PushNote = z.infer<typeof pushNote>;

const deadLetter = z.object({
  id: z.string(),
  kind: pushKind,
  user_id: userId,
  device_id: deviceId,
  conversation_id: z.optional(conversationId),
  type: z.enum(["message", "mention", "read", "test"]),
  seq: upTo,
  attempts: count,
  reason: z.string(),
  failed_at: timestamp,
});
const ofKind = z.object({ kind: pushKind });

export const pushRoutes = {
  pushOffer: {
    method: "GET",
    path: "/push",
    summary: "What this server can push by",
    answers: {
      200: z.object({
        /** Base64url: what `PushManager.subscribe` takes as `applicationServerKey`. */
        webpush: z.optional(z.object({ public_key: z.string() })),
        apns: z.optional(z.boolean()),
        fcm: z.optional(z.boolean()),
        /** Whether users may choose to see the beginning of messages. */
        previews: z.boolean(),
      }),
    },
  },
  registerPush: {
    method: "PUT",
    path: "/devices/{id}/push",
    summary: "Register a push address",
    params: ofDevice,
    body: pushAddress,
    answers: { 204: null },
  },
  withdrawPush: {
    method: "DELETE",
    path: "/devices/{id}/push",
    summary: "Withdraw a push address",
    params: ofDevice,
    answers: { 204: null },
  },
  testPush: {
    method: "POST",
    path: "/devices/{id}/push/test",
    summary: "Push a test notification to a device",
    params: ofDevice,
    answers: { 202: null },
  },
  adminDeadLetters: {
    method: "GET",
    path: "/admin/push/{kind}/dead-letters",
    summary: "Notifications that were given up",
    params: ofKind,
    query: z.object(page),
    answers: { 200: list("dead_letters", deadLetter) },
    admin: true,
  },
  adminReplayDeadLetters: {
    method: "POST",
    path: "/admin/push/{kind}/dead-letters/replay",
    summary: "Try notifications again that were given up: those named, or as many as one call does",
    params: ofKind,
    body: z.object({ ids: z.optional(z.array(shortText(256)).check(z.maxLength(LIMITS.pageMax))) }),
    answers: { 200: z.object({ replayed: count, remaining: count }) },
    admin: true,
  },
  adminDropDeadLetters: {
    method: "DELETE",
    path: "/admin/push/{kind}/dead-letters",
    summary: "Forget notifications that were given up",
    params: ofKind,
    answers: { 204: null },
    admin: true,
  },
} as const;
