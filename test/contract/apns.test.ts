import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Relay } from "../../relay/src/relay.ts";
import { readSettings } from "../../relay/src/settings.ts";
import { apnsGateway } from "../../src/platform/push/apns.ts";
import { makeApnsToken } from "../../src/platform/push/apns-token.ts";
import { providerTokens, pushGateway } from "../../src/platform/push/gateways.ts";
import type { PushNetwork } from "../../src/platform/push/push-service.ts";
import { readPushSettings } from "../../src/platform/push-settings.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { PushAddress, PushNote } from "../../src/shared/protocol/http-push.ts";
import { Apns, apnsError } from "../support/push/apns.ts";
import type { Trouble } from "../support/push/double.ts";
import { h2Fetch } from "../support/push/h2-fetch.ts";
import { describeGateway, PATIENT_MS, jobOf, noteOf } from "./push-gateway.ts";
import type { Fault } from "./push-gateway.ts";

const TROUBLES: Record<Fault, Trouble> = {
  gone: apnsError(410, "Unregistered", Date.now() + 3_600_000),
  too_large: apnsError(413, "PayloadTooLarge"),
  throttled: { ...apnsError(429, "TooManyRequests"), headers: { "retry-after": "7" } },
  failing: apnsError(503, "ServiceUnavailable"),
  unauthorized: apnsError(403, "ExpiredProviderToken"),
  hang: "hang",
  reset: "reset",
};

const rigOf = (service: Apns, network: PushNetwork, relay: Record<string, string> = {}) => {
  const settings = { ...service.settings, ...relay };
  const { apns: account } = readPushSettings(settings);
  if (account === undefined) throw new Error("unable to start; the account cannot be used");
  return {
    settings,
    gateway: (timeoutMs: number) => apnsGateway({ network, now: () => Date.now(), timeoutMs, account }),
    /** One that Apple has known for a while. */
    token: async () => (await makeApnsToken(account, Date.now() - 2 * LIMITS.apnsTokenMinMs)).token,
    address: (): Extract<PushAddress, { kind: "apns" }> => ({ kind: "apns", token: service.device() }),
    received: (to: PushAddress) =>
      to.kind === "apns" ? service.received(to.token).map(({ payload }) => payload.parley) : [],
    fail: (fault: Fault) => service.troubles.next(TROUBLES[fault]),
    mistakes: () => service.mistakes,
    stop: () => service.stop(),
  };
};

const ALL = ["gone", "too_large", "throttled", "failing", "unauthorized", "hang", "reset"] as const;

const startDirect = async () => {
  const service = await Apns.start();
  return rigOf(service, { fetch: h2Fetch(service.ca) });
};
describeGateway("APNs, straight to Apple", startDirect, ALL);

const startRelayed = async () => {
  const service = await Apns.start();
  const env = { APNS_RELAY_SECRET: "s".repeat(32), RELAY_PORT: "0", APNS_ENDPOINT: service.endpoint };
  const relay = await Relay.start(readSettings(env), { ca: service.ca, log: () => undefined });
  const network = { fetch: (url: string, init: RequestInit) => fetch(url, init) };
  const rig = rigOf(service, network, {
    APNS_RELAY_URL: `http://127.0.0.1:${relay.port}`,
    APNS_RELAY_SECRET: env.APNS_RELAY_SECRET,
  });
  const stop = async (): Promise<void> => {
    await service.stop();
    await relay.stop();
  };
  return { ...rig, stop };
};
describeGateway("APNs, by way of the relay", startRelayed, ALL);

describe("APNs", () => {
  let service: Apns;
  let rig: ReturnType<typeof rigOf>;
  let token: string | undefined;
  beforeAll(async () => {
    service = await Apns.start();
    rig = rigOf(service, { fetch: h2Fetch(service.ca) });
    token = await rig.token();
  });
  afterAll(() => service.stop());
  type More = Parameters<typeof jobOf>[1];
  const send = (address: PushAddress, more: More = {}) => rig.gateway(PATIENT_MS).send(jobOf(address, more), token);
  const sentOf = async (note: PushNote, more: More = {}) => {
    const address = rig.address();
    expect(await send(address, { note, ...more })).toEqual({ result: "taken" });
    expect(service.mistakes).toEqual([]);
    return service.received(address.token)[0];
  };

  it("[PUSH-12] says how urgent it is, until when it holds, and [PUSH-7] what takes the place of what", async () => {
    const high = await sentOf(noteOf());
    expect(high?.headers).toMatchObject({
      "apns-topic": service.settings.APNS_TOPIC,
      "apns-push-type": "alert",
      "apns-priority": "10",
      "apns-collapse-id": jobOf(rig.address()).collapse,
    });
    expect(Number(high?.headers["apns-expiration"]) - Date.now() / 1000).toBeCloseTo(604_800, -1);
    const normal = await sentOf(noteOf(), { urgency: "normal", ttlSeconds: 60, collapse: undefined });
    expect(normal?.headers["apns-priority"]).toBe("5");
    expect(normal?.headers["apns-collapse-id"]).toBeUndefined();
    expect(Number(normal?.headers["apns-expiration"]) - Date.now() / 1000).toBeCloseTo(60, -1);
  });

  it("names the app of the address, where that names one, and its token in small letters", async () => {
    const address = rig.address();
    const other = { ...address, token: address.token.toUpperCase(), topic: `${service.settings.APNS_TOPIC}.dev` };
    expect(await send(other)).toEqual({ result: "taken" });
    expect(service.received(address.token)[0]?.headers["apns-topic"]).toBe(other.topic);
  });

  it("[PUSH-10] wakes the app in the background for what withdraws", async () => {
    const { badge, timestamp } = noteOf();
    const note = { type: "read", conversation_id: "c", seq: 7, badge, timestamp } as const;
    const read = await sentOf(note, { urgency: "low" });
    expect(read?.headers).toMatchObject({ "apns-push-type": "background", "apns-priority": "5" });
    expect(read?.payload).toEqual({ aps: { "content-available": 1 }, parley: note });
  });

  const { preview: _text, sender_name: _sender, ...bare } = noteOf();
  const named = { sender_name: "Ann", conversation_name: "Rowing" };
  const shown: [string, PushNote, object][] = [
    ["one message, of nobody knows whom", { ...bare, count: 1 }, { "loc-key": "parley_message" }],
    [
      "several",
      { ...bare, ...named },
      { title: "Ann", subtitle: "Rowing", "loc-key": "parley_messages", "loc-args": ["2"] },
    ],
    ["a mention", { ...bare, sender_name: "Ann", type: "mention" }, { title: "Ann", "loc-key": "parley_mention" }],
    ["a group's", { ...bare, conversation_name: "Rowing", count: 1 }, { title: "Rowing", "loc-key": "parley_message" }],
    ["text", { ...bare, sender_name: "Ann", preview: "hi" }, { title: "Ann", body: "hi" }],
  ];
  it.each(shown)("[PUSH-14] shows %s in the app's own words, or the sender's", async (_title, note, alert) => {
    const sent = await sentOf(note);
    const aps = { alert, badge: 5, sound: "default", "mutable-content": 1, "thread-id": note.conversation_id };
    expect(sent?.payload).toEqual({ aps, parley: note });
  });

  it.each([
    [400, "BadDeviceToken", { result: "gone", reason: "HTTP 400 BadDeviceToken" }],
    [400, "DeviceTokenNotForTopic", { result: "gone" }],
    [410, "ExpiredToken", { result: "gone" }],
    [400, "BadTopic", { result: "refused", reason: "HTTP 400 BadTopic" }],
    [400, "TopicDisallowed", { result: "refused" }],
    [403, "Forbidden", { result: "refused" }],
    [403, "BadCertificate", { result: "refused" }],
    [403, "InvalidProviderToken", { result: "later", token: true }],
    [403, "ExpiredProviderToken", { result: "later", token: true }],
    [429, "TooManyProviderTokenUpdates", { result: "later", reason: "HTTP 429 TooManyProviderTokenUpdates" }],
    [500, "InternalServerError", { result: "later" }],
    [503, "Shutdown", { result: "later" }],
    [413, "PayloadTooLarge", { result: "too_large" }],
  ])("takes %i %s for what it is", async (status, reason, outcome) => {
    service.troubles.next(apnsError(status, reason));
    expect(await send(rig.address())).toMatchObject(outcome);
  });

  it("[PUSH-4] forgets no token that was registered again after Apple noticed that it had gone", async () => {
    const address = rig.address();
    service.end(address.token, Date.now() - 60_000);
    expect(await send(address, { registeredAt: Date.now() - 120_000 })).toMatchObject({ result: "gone" });
    expect(await send(address, { registeredAt: Date.now() })).toMatchObject({ result: "later" });
  });

  it("is known by one token for most of an hour", async () => {
    const made = await providerTokens(rig.settings).make("apns");
    const [head = "", payload = ""] = made?.token.split(".") ?? [];
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
    expect(read(head)).toEqual({ alg: "ES256", kid: service.settings.APNS_KEY_ID });
    expect(read(payload)).toEqual({ iss: service.settings.APNS_TEAM_ID, iat: Math.floor(Date.now() / 1000) });
    const minutes = ((made?.endsAt ?? 0) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(50);
    expect(minutes).toBeLessThan(60);
  });

  it("is not asked for another token before Apple takes one", async () => {
    service.troubles.next(apnsError(403, "InvalidProviderToken"));
    const made = await providerTokens(rig.settings).make("apns");
    const outcome = await rig.gateway(PATIENT_MS).send(jobOf(rig.address()), made?.token);
    expect(outcome).toEqual({ result: "later", reason: "HTTP 403 InvalidProviderToken" });
  });

  it("is out of reach of a fetch that speaks no HTTP/2, and says no more than that", async () => {
    const job = jobOf(rig.address());
    expect(await pushGateway(rig.settings).send(job, token)).toEqual({ result: "later", reason: "no answer" });
  });
});

describe("APNs, where the relay does not know the server", () => {
  it("waits, since secrets are changed on one side first", async () => {
    const service = await Apns.start();
    const env = { APNS_RELAY_SECRET: "s".repeat(32), RELAY_PORT: "0", APNS_ENDPOINT: service.endpoint };
    const relay = await Relay.start(readSettings(env), { ca: service.ca, log: () => undefined });
    const network = { fetch: (url: string, init: RequestInit) => fetch(url, init) };
    const other = { APNS_RELAY_URL: `http://127.0.0.1:${relay.port}`, APNS_RELAY_SECRET: "t".repeat(32) };
    const rig = rigOf(service, network, other);
    const address = rig.address();
    expect(await rig.gateway(PATIENT_MS).send(jobOf(address), await rig.token())).toMatchObject({ result: "later" });
    expect(rig.received(address)).toEqual([]);
    await service.stop();
    await relay.stop();
  });
});
