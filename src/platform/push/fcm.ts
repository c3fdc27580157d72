import type { PushGateway } from "../../core/push/gateway.ts";
import type { PushJob, PushOutcome } from "../../core/push/job.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { FcmAccount } from "../push-settings.ts";
import { fcmBytesOf, fcmMessageOf } from "./fcm-message.ts";
import { askService, isWithin, readObject, wordIn } from "./push-service.ts";
import type { ServiceAnswer, ServiceDeps } from "./push-service.ts";

interface FcmDeps extends ServiceDeps {
  readonly account: Pick<FcmAccount, "projectId" | "endpoint">;
}

/** What FCM says of an error: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode */
interface FcmError {
  /** Its own code, or the general one of Google's APIs. */
  readonly code: string | undefined;
  /** Whether it names the token as what is wrong. */
  readonly blamesToken: boolean;
  /** Whether it is FCM that says so: a proxy's, or a wrong address's 404 says nothing of a device. */
  readonly isOurs: boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const errorOf = (text: string): FcmError => {
  const error = readObject(text)["error"];
  if (!isObject(error)) return { code: undefined, blamesToken: false, isOurs: false };
  const details = Array.isArray(error["details"]) ? error["details"].filter(isObject) : [];
  const code = details.map((detail) => wordIn(detail["errorCode"])).find((word) => word !== undefined);
  const fields = details.flatMap((detail) => {
    const violations = detail["fieldViolations"];
    return Array.isArray(violations) ? violations.filter(isObject).map((violation) => violation["field"]) : [];
  });
  const { message } = error;
  const saysToken = typeof message === "string" && /registration token/i.test(message);
  const blamesToken = saysToken || fields.includes("message.token");
  return { code: code ?? wordIn(error["status"]), blamesToken, isOurs: true };
};

const later = (reason: string, waitMs: number | undefined): PushOutcome => ({
  result: "later",
  reason,
  ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
});

const outcomeOf = (answer: ServiceAnswer | undefined): PushOutcome => {
  if (answer === undefined) return { result: "later", reason: "no answer" };
  const { status, retryAfterMs, text } = answer;
  if (status === 200) return { result: "taken" };
  const { code, blamesToken, isOurs } = errorOf(text);
  const reason = code === undefined ? `HTTP ${status}` : `HTTP ${status} ${code}`;
  if (code === "UNREGISTERED" || (status === 404 && isOurs)) return { result: "gone", reason };
  if (status === 400 && blamesToken) return { result: "gone", reason };
  // Without a word of its own it is to be left alone for a minute.
  if (status === 429) return later(reason, retryAfterMs ?? LIMITS.fcmQuotaMs);
  if (status >= 500) return later(reason, retryAfterMs);
  if (status === 401) return { result: "later", reason, token: true };
  if (status === 413) return { result: "too_large" };
  return { result: "refused", reason };
};

const post = async (deps: FcmDeps, job: PushJob, device: string, token: string): Promise<PushOutcome> => {
  const message = fcmMessageOf(job, device, deps.now());
  if (!isWithin(job.note, LIMITS.pushNoteBytes) || fcmBytesOf(message) > LIMITS.pushMessageBytes)
    return { result: "too_large" };
  const url = `${deps.account.endpoint}/v1/projects/${deps.account.projectId}/messages:send`;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return outcomeOf(await askService(deps, url, { headers, body: JSON.stringify({ message }) }));
};

/** Firebase Cloud Messaging, HTTP v1. */
export const fcmGateway = (deps: FcmDeps): PushGateway => ({
  send: async (job, token) => {
    if (job.address.kind !== "fcm") return { result: "refused", reason: "not an address of FCM" };
    return token === undefined
      ? { result: "later", reason: "no token", token: true }
      : post(deps, job, job.address.token, token);
  },
});
