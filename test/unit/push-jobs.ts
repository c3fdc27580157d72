import type { PushGateway } from "../../src/core/push/gateway.ts";
import type { PushJob, PushOutcome } from "../../src/core/push/job.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { toIso } from "../../src/shared/time.ts";

/** A Web Push address at one of some hosts. */
export const at = (host: string, path = "1"): PushJob["address"] => ({
  kind: "webpush",
  endpoint: `https://${host}/${path}`,
  keys: { p256dh: "p", auth: "a" },
});

export const jobOf = (now: number, more: Partial<PushJob> = {}): PushJob => ({
  user: "ann",
  device: "phone",
  conversation: "c1",
  note: {
    type: "message",
    conversation_id: more.conversation ?? "c1",
    seq: 3,
    count: 2,
    sender_id: "bob",
    sender_name: "Bob",
    preview: "what was written",
    badge: 4,
    timestamp: toIso(now),
  },
  address: at("push.test"),
  registeredAt: 1,
  attempt: 0,
  dueAt: now,
  queuedAt: now,
  collapse: "abc",
  urgency: "high",
  ttlSeconds: LIMITS.pushTtlSeconds,
  ...more,
});

/** A gateway of which a test says what it answers. It knows what was sent. */
export const gatewayOf = (answer: (job: PushJob, token: string | undefined) => PushOutcome | Promise<PushOutcome>) => {
  const sent: PushJob[] = [];
  const gateway: PushGateway = {
    send: async (job, token) => {
      sent.push(job);
      return answer(job, token);
    },
  };
  return { gateway, sent };
};
