import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import {
  base64,
  conversationId,
  count,
  deviceId,
  displayName,
  shortText,
  timestamp,
  userId,
  username,
  visibility,
} from "./fields.ts";
import { list, page } from "./http-fields.ts";

const privacy = z.object({
  last_seen: z.optional(visibility),
  read_receipts: z.optional(visibility),
  typing: z.optional(visibility),
});
const timeOfDay = z.string().check(z.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/));
const notifications = z.object({
  /** Whether notifications show the beginning of messages, where the operator allows it. */
  previews: z.optional(z.boolean()),
  /** When nothing is notified: from and until, as `HH:MM` in a time zone such as `Europe/Berlin`; over midnight too. */
  quiet_hours: z.optional(
    z.nullable(z.object({ from: timeOfDay, until: timeOfDay, time_zone: shortText(LIMITS.timeZoneChars) })),
  ),
});
const profile = z.object({
  user_id: userId,
  username: z.optional(username),
  display_name: z.optional(shortText(LIMITS.displayNameChars)),
  avatar: z.optional(shortText(LIMITS.avatarChars)),
  last_seen: z.optional(timestamp),
  /** One's own only. */
  privacy: z.optional(privacy),
  notifications: z.optional(notifications),
  /** One's own only, where there are several: where conversations may be, and where the caller is at home. */
  regions: z.optional(z.array(z.string())),
  home_region: z.optional(z.string()),
});
const ofUser = z.object({ user_id: userId });
const ofUserId = z.object({ id: userId });
const ofDevice = z.object({ id: deviceId });
const device = z.object({
  device_id: deviceId,
  name: z.optional(shortText(LIMITS.deviceNameChars)),
  platform: z.optional(shortText(LIMITS.platformChars)),
  last_seen: z.optional(timestamp),
  /** `active`: in use. `idle`: connected, in the background. `unreachable`: connected, but it does not answer. */
  status: z.optional(z.enum(["active", "idle", "unreachable", "offline"])),
  current: z.optional(z.boolean()),
});
const keyPackage = base64(LIMITS.keyPackageChars);

export const accountRoutes = {
  devToken: {
    method: "POST",
    path: "/dev/token",
    summary: "A token for any user; development only",
    open: true,
    body: z.object({
      user_id: userId,
      device_id: z.optional(deviceId),
      scope: z.optional(shortText(64)),
      expires_in: z.optional(z.int().check(z.minimum(1), z.maximum(LIMITS.devTokenSecondsMax))),
    }),
    answers: { 200: z.object({ token: z.string() }) },
  },
  getMe: { method: "GET", path: "/users/me", summary: "The caller's profile", answers: { 200: profile } },
  putMe: {
    method: "PUT",
    path: "/users/me",
    summary: "Change the caller's profile; null takes a field away",
    body: z.object({
      username: z.optional(z.nullable(username)),
      display_name: z.optional(z.nullable(displayName)),
      avatar: z.optional(z.nullable(shortText(LIMITS.avatarChars))),
      privacy: z.optional(privacy),
      notifications: z.optional(notifications),
    }),
    answers: { 200: profile },
  },
  getUser: { method: "GET", path: "/users/{id}", summary: "A profile", params: ofUserId, answers: { 200: profile } },
  findUsers: {
    method: "GET",
    path: "/users",
    summary: "Find a user by username",
    query: z.object({ username: shortText(LIMITS.usernameChars) }),
    answers: { 200: list("users", profile) },
  },
  block: { method: "PUT", path: "/blocks/{user_id}", summary: "Block a user", params: ofUser, answers: { 204: null } },
  unblock: {
    method: "DELETE",
    path: "/blocks/{user_id}",
    summary: "Unblock a user",
    params: ofUser,
    answers: { 204: null },
  },
  listBlocks: {
    method: "GET",
    path: "/blocks",
    summary: "Whom the caller blocks",
    query: z.object(page),
    answers: { 200: list("blocks", ofUser) },
  },
  listDevices: {
    method: "GET",
    path: "/devices",
    summary: "The caller's devices",
    query: z.object(page),
    answers: { 200: list("devices", device) },
  },
  removeDevice: {
    method: "DELETE",
    path: "/devices/{id}",
    summary: "Remove a device",
    params: ofDevice,
    answers: { 204: null },
  },
  putKeyPackages: {
    method: "PUT",
    path: "/devices/{id}/key-packages",
    summary: "Publish public keys of a device",
    params: ofDevice,
    body: z.object({
      key_packages: z.array(keyPackage).check(z.maxLength(LIMITS.keyPackages)),
      last_resort: z.optional(keyPackage),
    }),
    answers: { 204: null },
  },
  claimKeyPackages: {
    method: "POST",
    path: "/users/{id}/key-packages/claim",
    summary: "One public key package of each of a user's devices",
    params: ofUserId,
    answers: { 200: z.object({ key_packages: z.array(z.object({ device_id: deviceId, key_package: keyPackage })) }) },
  },
  uploadMedia: {
    method: "POST",
    path: "/media/upload",
    summary: "A signed address to upload to",
    body: z.object({
      content_type: shortText(128),
      size: count,
      sha256: z.optional(shortText(64)),
      conversation_id: conversationId,
    }),
    answers: {
      201: z.object({
        media_id: z.string(),
        upload_url: z.string(),
        method: z.string(),
        headers: z.record(z.string(), z.string()),
        expires_at: timestamp,
      }),
    },
  },
  getMedia: {
    method: "GET",
    path: "/media/{media_id}",
    summary: "A short-lived address to download from",
    params: z.object({ media_id: shortText(64) }),
    answers: { 200: z.object({ url: z.string(), expires_at: timestamp }), 302: null },
  },
  iceServers: {
    method: "POST",
    path: "/calls/ice-servers",
    summary: "Short-lived TURN credentials",
    answers: { 200: z.object({ ice_servers: z.array(z.unknown()) }) },
  },
} as const;
