import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { vapidKeys } from "../../scripts/development-keys.ts";
import { providerOf } from "../../src/core/push/gateway.ts";
import { readPushSettings } from "../../src/platform/push-settings.ts";
import { providerTokens, pushGateway } from "../../src/platform/push/gateways.ts";
import { makeVapidToken } from "../../src/platform/push/vapid-token.ts";
import { webPushGateway } from "../../src/platform/push/web-push.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { PushAddress } from "../../src/shared/protocol/http-push.ts";
import type { Trouble } from "../support/push/double.ts";
import { PushService } from "../support/push/push-service.ts";
import { describeGateway, PATIENT_MS, jobOf, noteOf } from "./push-gateway.ts";
import type { Fault } from "./push-gateway.ts";

const TROUBLES: Record<Fault, Trouble> = {
  gone: { status: 410 },
  too_large: { status: 413 },
  throttled: { status: 429, headers: { "retry-after": "7" } },
  failing: { status: 503, body: '{"reason":"meet me at the old mill"}' },
  unauthorized: { status: 403, body: '{"reason":"BadJwtToken"}' },
  hang: "hang",
  reset: "reset",
};

const rigOf = (service: PushService) => {
  const settings = { ...vapidKeys(), VAPID_SUBJECT: "mailto:push@example.com", PUSH_HOSTS: service.origin };
  const { vapid, hosts } = readPushSettings(settings);
  if (vapid === undefined) throw new Error("unable to start; the keys cannot be used");
  const network = { fetch: (url: string, init: RequestInit) => fetch(url, init) };
  const address = (): Extract<PushAddress, { kind: "webpush" }> => ({
    kind: "webpush",
    ...service.subscription(vapid.publicKey),
  });
  return {
    settings,
    gateway: (timeoutMs: number) => webPushGateway({ network, now: () => Date.now(), timeoutMs, vapid, hosts }),
    /** One of an hour ago. */
    token: async () => (await makeVapidToken(vapid, service.origin, Date.now() - 3_600_000)).token,
    address,
    received: (to: PushAddress) =>
      to.kind === "webpush" ? service.received(to).map(({ text }) => JSON.parse(text) as unknown) : [],
    fail: (fault: Fault) => service.troubles.next(TROUBLES[fault]),
    mistakes: () => service.mistakes,
    stop: () => service.stop(),
  };
};

const ALL = ["gone", "too_large", "throttled", "failing", "unauthorized", "hang", "reset"] as const;
describeGateway("Web Push", async () => rigOf(await PushService.start()), ALL);

describe("Web Push", () => {
  let service: PushService;
  let rig: ReturnType<typeof rigOf>;
  beforeAll(async () => {
    service = await PushService.start();
    rig = rigOf(service);
  });
  afterAll(() => service.stop());
  const send = async (address: PushAddress, more: Parameters<typeof jobOf>[1] = {}) =>
    rig.gateway(PATIENT_MS).send(jobOf(address, more), await rig.token());

  it("[PUSH-12] says how urgent it is, how long it holds, and [PUSH-7] what takes the place of what", async () => {
    const address = rig.address();
    await send(address);
    await send(address, { note: noteOf({ seq: 8 }), urgency: "normal" });
    await send(address, { note: noteOf({ type: "test" }), ttlSeconds: 60, collapse: undefined });
    const [first, second, test] = service.received(address);
    expect(first).toMatchObject({ urgency: "high", ttlSeconds: 604_800, topic: jobOf(address).collapse });
    expect(second).toMatchObject({ urgency: "normal", topic: first?.topic });
    expect(test).toMatchObject({ urgency: "high", ttlSeconds: 60 });
    expect(test?.topic).toBeUndefined();
    expect(service.pending(address)).toEqual([second, test]);
    expect(service.mistakes).toEqual([]);
  });

  it.each([
    [404, { result: "gone" }],
    [410, { result: "gone" }],
    [200, { result: "taken" }],
    [202, { result: "taken" }],
    [301, { result: "refused" }],
    [400, { result: "refused", reason: "HTTP 400" }],
    [401, { result: "later", token: true }],
    [500, { result: "later", reason: "HTTP 500" }],
  ])("takes the status %i for what it is", async (status, outcome) => {
    service.troubles.next({ status, headers: { location: `${service.origin}/elsewhere` } });
    expect(await send(rig.address())).toMatchObject(outcome);
    expect(service.mistakes).toEqual([]);
  });

  it("gives up a browser that subscribed under another key, as soon as a fresh token shows that", async () => {
    const address: PushAddress = { kind: "webpush", ...service.subscription(vapidKeys().VAPID_PUBLIC_KEY) };
    expect(await send(address)).toEqual({ result: "later", reason: "HTTP 403", token: true });
    const fresh = await providerTokens(rig.settings).make(providerOf(address));
    expect(await rig.gateway(PATIENT_MS).send(jobOf(address), fresh?.token)).toEqual({
      result: "refused",
      reason: "HTTP 403",
    });
    expect(service.mistakes.splice(0)).toEqual(Array(2).fill("not the key of the subscription"));
  });

  it("waits as long as it is told to, by seconds or by the clock, within reason", async () => {
    const waits: [string, number | undefined][] = [
      ["120", 120_000],
      [new Date(Date.now() + 90_000).toUTCString(), 90_000],
      [new Date(Date.now() - 90_000).toUTCString(), 0],
      ["999999999", LIMITS.pushRetryAfterMaxMs],
      ["soon", undefined],
    ];
    for (const [header, ms] of waits) {
      service.troubles.next({ status: 503, headers: { "retry-after": header } });
      const outcome = await send(rig.address());
      const asked = outcome.result === "later" ? outcome.retryAfterMs : Number.NaN;
      if (ms === undefined) expect(asked).toBeUndefined();
      else expect(Math.abs((asked ?? Number.NaN) - ms)).toBeLessThan(2000);
    }
  });

  it("tells the operator the service's own word, if it is one", async () => {
    service.troubles.next(
      { status: 400, body: '{"reason":"BadWebPushTopic"}' },
      { status: 400, body: '{"reason":"a b"}' },
    );
    expect(await send(rig.address())).toEqual({ result: "refused", reason: "HTTP 400 BadWebPushTopic" });
    expect(await send(rig.address())).toEqual({ result: "refused", reason: "HTTP 400" });
  });

  it("reads no more of an answer than it has to, however long it is", async () => {
    service.troubles.next({ status: 400, body: "x".repeat(5_000_000) });
    expect(await send(rig.address())).toEqual({ result: "refused", reason: "HTTP 400" });
  });

  it("goes nowhere but to push services on the list", async () => {
    const other = await PushService.start();
    const address: PushAddress = { kind: "webpush", ...other.subscription() };
    expect(await send(address)).toMatchObject({ result: "refused" });
    expect(other.received(address)).toEqual([]);
    await other.stop();
  });

  it("forgets a browser whose keys cannot be used", async () => {
    const { endpoint, keys } = rig.address();
    const noPoint = Buffer.alloc(65, 1).fill(4, 0, 1).toString("base64url");
    const address: PushAddress = { kind: "webpush", endpoint, keys: { ...keys, p256dh: noPoint } };
    expect(await send(address)).toMatchObject({ result: "gone" });
  });

  it("is known by one token per service, which holds for hours and less than a day", async () => {
    const tokens = providerTokens(rig.settings);
    const made = await tokens.make(providerOf(rig.address()));
    const [, payload = ""] = made?.token.split(".") ?? [];
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
    expect(claims).toEqual({ aud: service.origin, sub: "mailto:push@example.com", exp: (made?.endsAt ?? 0) / 1000 });
    expect((made?.endsAt ?? 0) - Date.now()).toBeGreaterThan(11 * 3_600_000);
    expect((made?.endsAt ?? 0) - Date.now()).toBeLessThan(24 * 3_600_000);
    const far = await tokens.make("webpush:fcm.googleapis.com");
    expect(Buffer.from(far?.token.split(".")[1] ?? "", "base64url").toString()).toContain(
      '"https://fcm.googleapis.com"',
    );
  });

  it("is a matter of settings", async () => {
    const address = rig.address();
    expect(await pushGateway({}).send(jobOf(address), undefined)).toMatchObject({ result: "refused" });
    expect(await providerTokens({}).make(providerOf(address))).toBeUndefined();
    const log = { ...rig.settings, PUSH_GATEWAY: "log" };
    expect(await providerTokens(log).make(providerOf(address))).toBeUndefined();
    const whole = pushGateway(rig.settings);
    expect(await whole.send(jobOf(address), await rig.token())).toEqual({ result: "taken" });
    expect(service.received(address)).toHaveLength(1);
  });
});
