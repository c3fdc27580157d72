import * as z from "zod/mini";
import type { PushJob } from "../../core/push/job.ts";
import { LIMITS } from "../../shared/limits.ts";
import { conversationId, count, deviceId, userId } from "../../shared/protocol/fields.ts";
import { pushNote, pushRoutes } from "../../shared/protocol/http-push.ts";

const pushJob = z.object({
  user: userId,
  device: deviceId,
  conversation: z.optional(conversationId),
  note: pushNote,
  address: pushRoutes.registerPush.body,
  registeredAt: count,
  attempt: count,
  dueAt: count,
  queuedAt: count,
  collapse: z.optional(z.string().check(z.maxLength(LIMITS.refChars))),
  urgency: z.enum(["low", "normal", "high"]),
  ttlSeconds: count,
});

/** What a queue holds may be of an older or newer version of this server. */
export const readJob = (body: unknown): PushJob | undefined => {
  const read = pushJob.safeParse(body);
  return read.success ? read.data : undefined;
};
