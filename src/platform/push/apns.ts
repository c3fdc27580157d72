import { decodeJwt } from "jose";
import type { PushGateway } from "../../core/push/gateway.ts";
import type { PushJob, PushOutcome } from "../../core/push/job.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { PushAddress } from "../../shared/protocol/http-push.ts";
import type { ApnsAccount } from "../push-settings.ts";
import { apnsRequestOf } from "./apns-request.ts";
import type { ApnsRequest } from "./apns-request.ts";
import { askService, readObject, wordIn } from "./push-service.ts";
import type { ServiceAnswer, ServiceDeps } from "./push-service.ts";

interface ApnsDeps extends ServiceDeps {
  readonly account: Pick<ApnsAccount, "topic" | "endpoint" | "relay">;
}

/** https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns */
const GONE = new Set(["BadDeviceToken", "DeviceTokenNotForTopic", "ExpiredToken", "Unregistered"]);
const TOKEN = new Set(["ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken"]);

const laterOf = (reason: string, { retryAfterMs }: ServiceAnswer): PushOutcome => ({
  result: "later",
  reason,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** Apple wants no more than one in 20 minutes: what is wrong with a younger one, another would not mend. */
const isWorn = (token: string, nowMs: number): boolean => {
  const { iat = 0 } = decodeJwt(token);
  return nowMs - iat * 1000 >= LIMITS.apnsTokenMinMs;
};

const outcomeOf = (
  answer: ServiceAnswer | undefined,
  { registeredAt }: PushJob,
  token: string,
  nowMs: number,
): PushOutcome => {
  if (answer === undefined) return { result: "later", reason: "no answer" };
  const { status } = answer;
  if (status === 200) return { result: "taken" };
  const { reason: said, timestamp } = readObject(answer.text);
  const word = wordIn(said) ?? "";
  const reason = `HTTP ${status} ${word}`.trim();
  // Apple's word is about a moment: who registered the same token after it has it back.
  if (status === 410 && typeof timestamp === "number" && timestamp < registeredAt) return laterOf(reason, answer);
  if (status === 410 || GONE.has(word)) return { result: "gone", reason };
  if (status === 413) return { result: "too_large" };
  if (TOKEN.has(word)) return { result: "later", reason, ...(isWorn(token, nowMs) ? { token: true } : {}) };
  if (status === 429 || status >= 500) return laterOf(reason, answer);
  // The relay's: Apple never says it. Secrets are changed on one side first.
  if (status === 401) return { result: "later", reason: "the relay does not know this server" };
  return { result: "refused", reason };
};

/** Straight to Apple, where the platform's fetch speaks HTTP/2. */
const direct = (deps: ApnsDeps, { path, headers, body }: ApnsRequest, token: string) =>
  askService(deps, deps.account.endpoint + path, {
    headers: { ...headers, authorization: `bearer ${token}`, "content-type": "application/json" },
    body,
  });

/** By way of the relay (relay/README.md), which is told what it may pass on. */
const relayed = (
  deps: ApnsDeps,
  relay: NonNullable<ApnsAccount["relay"]>,
  { path, headers, body }: ApnsRequest,
  token: string,
) =>
  askService(deps, relay.url + path, {
    headers: {
      ...headers,
      authorization: `Bearer ${relay.secret}`,
      "content-type": "application/json",
      "relay-endpoint": deps.account.endpoint,
      "relay-authorization": `bearer ${token}`,
    },
    body,
  });

const post = async (
  deps: ApnsDeps,
  address: Extract<PushAddress, { kind: "apns" }>,
  job: PushJob,
  token: string,
): Promise<PushOutcome> => {
  const { relay, topic } = deps.account;
  const request = apnsRequestOf(job, address, topic, deps.now());
  if (request === undefined) return { result: "too_large" };
  const answer = await (relay === undefined ? direct(deps, request, token) : relayed(deps, relay, request, token));
  return outcomeOf(answer, job, token, deps.now());
};

/** Apple's push service, by token. */
export const apnsGateway = (deps: ApnsDeps): PushGateway => ({
  send: async (job, token) => {
    if (job.address.kind !== "apns") return { result: "refused", reason: "not an address of APNs" };
    return token === undefined
      ? { result: "later", reason: "no token", token: true }
      : post(deps, job.address, job, token);
  },
});
