import type { PushJob } from "../../core/push/job.ts";
import { LIMITS } from "../../shared/limits.ts";
import { apnsHeadersOf, apsOf } from "./apns-payload.ts";
import { isWithin } from "./push-service.ts";

/** What Apple is asked, whoever carries it there. */
export interface ApnsRequest {
  readonly path: string;
  /** All that begin with `apns-`. Who is asking is not among them. */
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 * Undefined: it is larger than Apple takes.
 */
export const apnsRequestOf = (
  job: PushJob,
  device: { readonly token: string; readonly topic?: string | undefined },
  ownTopic: string,
  nowMs: number,
): ApnsRequest | undefined => {
  const payload = { aps: apsOf(job), parley: job.note };
  if (!isWithin(job.note, LIMITS.pushNoteBytes) || !isWithin(payload, LIMITS.pushMessageBytes)) return undefined;
  return {
    path: `/3/device/${device.token.toLowerCase()}`,
    headers: { "apns-topic": device.topic ?? ownTopic, ...apnsHeadersOf(job, nowMs) },
    body: JSON.stringify(payload),
  };
};
