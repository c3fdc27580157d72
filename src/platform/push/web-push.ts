import { encrypt } from "web-push/src/encryption-helper.js";
import type { PushGateway } from "../../core/push/gateway.ts";
import type { PushJob, PushOutcome } from "../../core/push/job.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { PushAddress } from "../../shared/protocol/http-push.ts";
import type { PushHosts } from "../push-hosts.ts";
import type { VapidKeys } from "../push-settings.ts";
import { askService, isWithin, readObject, wordIn } from "./push-service.ts";
import type { ServiceAnswer, ServiceDeps } from "./push-service.ts";
import { isWornVapid } from "./vapid-token.ts";

interface WebPushDeps extends ServiceDeps {
  readonly vapid: VapidKeys;
  readonly hosts: PushHosts;
}

/** RFC 8030 §5.4: what may stand in a `Topic`. */
const TOPIC = /^[A-Za-z0-9_-]{1,32}$/;

/** RFC 8291: the note for the browser's eyes alone. Undefined: its keys are no keys. */
const seal = (keys: { p256dh: string; auth: string }, text: string): Uint8Array | undefined => {
  try {
    return encrypt(keys.p256dh, keys.auth, text, "aes128gcm").cipherText;
  } catch {
    // A point that is not on the curve: nobody could ever read what is sent there.
    return undefined;
  }
};

const headersOf = (job: PushJob, token: string, { publicKey }: VapidKeys): Record<string, string> => ({
  authorization: `vapid t=${token}, k=${publicKey}`,
  "content-type": "application/octet-stream",
  "content-encoding": "aes128gcm",
  ttl: String(job.ttlSeconds),
  urgency: job.urgency,
  ...(job.collapse !== undefined && TOPIC.test(job.collapse) ? { topic: job.collapse } : {}),
});

const outcomeOf = (answer: ServiceAnswer | undefined, token: string, nowMs: number): PushOutcome => {
  if (answer === undefined) return { result: "later", reason: "no answer" };
  const { status, retryAfterMs, text } = answer;
  const word = wordIn(readObject(text)["reason"]);
  const reason = word === undefined ? `HTTP ${status}` : `HTTP ${status} ${word}`;
  if (status >= 200 && status < 300) return { result: "taken" };
  if (status === 404 || status === 410) return { result: "gone", reason };
  if (status === 413) return { result: "too_large" };
  if (status === 429 || status >= 500)
    return { result: "later", reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  // With a token of now it is the browser that subscribed under another key: no other token would mend that.
  if ((status === 401 || status === 403) && isWornVapid(token, nowMs)) return { result: "later", reason, token: true };
  return { result: "refused", reason };
};

const post = async (
  deps: WebPushDeps,
  address: Extract<PushAddress, { kind: "webpush" }>,
  job: PushJob,
  token: string,
): Promise<PushOutcome> => {
  // The list may have become shorter since the address was registered.
  if (!deps.hosts.has(address.endpoint)) return { result: "refused", reason: "not at a push service of PUSH_HOSTS" };
  if (!isWithin(job.note, LIMITS.pushNoteBytes)) return { result: "too_large" };
  const body = seal(address.keys, JSON.stringify(job.note));
  if (body === undefined) return { result: "gone", reason: "keys that cannot be used" };
  const answer = await askService(deps, address.endpoint, { headers: headersOf(job, token, deps.vapid), body });
  return outcomeOf(answer, token, deps.now());
};

/** Web Push: RFC 8030, encrypted as RFC 8291 says, signed as RFC 8292 does. */
export const webPushGateway = (deps: WebPushDeps): PushGateway => ({
  send: async (job, token) => {
    if (job.address.kind !== "webpush") return { result: "refused", reason: "not an address of Web Push" };
    return token === undefined
      ? { result: "later", reason: "no token", token: true }
      : post(deps, job.address, job, token);
  },
});
