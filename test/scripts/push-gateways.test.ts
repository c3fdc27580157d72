import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../scripts/build.ts";
import { vapidKeys } from "../../scripts/development-keys.ts";
import type { PushJob, PushOutcome } from "../../src/core/push/job.ts";
import type { PushAddress } from "../../src/shared/protocol/http-push.ts";
import { jobOf, noteOf } from "../contract/push-gateway.ts";
import { startProbe } from "../support/probe.ts";
import type { Probe } from "../support/probe.ts";
import { PushService } from "../support/push/push-service.ts";
import { until } from "../support/wait.ts";

const VAPID = { ...vapidKeys(), VAPID_SUBJECT: "mailto:push@example.com" };
const start = async (env: Record<string, string>): Promise<Probe> => {
  const files = await bundle({ probe: "test/support/push/gateway-worker.ts" }, "/nowhere");
  const script = files.find(({ path }) => path.endsWith(".js"));
  return startProbe(script?.contents ?? "", env);
};
const send = async ({ base }: Probe, job: PushJob): Promise<PushOutcome> =>
  (await (await fetch(base, { method: "POST", body: JSON.stringify(job) })).json()) as PushOutcome;

describe("the gateways on plain workerd", () => {
  let service: PushService;
  let probe: Probe;
  beforeAll(async () => {
    service = await PushService.start();
    probe = await start({ ...VAPID, PUSH_HOSTS: service.origin });
  });
  afterAll(async () => {
    await Promise.all([probe.stop(), service.stop()]);
  });

  it("[PUSH-3] encrypts what only the browser reads, and signs it", async () => {
    const subscription = service.subscription(VAPID.VAPID_PUBLIC_KEY);
    expect(await send(probe, jobOf({ kind: "webpush", ...subscription }))).toEqual({ result: "taken" });
    const [pushed] = service.received(subscription);
    expect(JSON.parse(pushed?.text ?? "")).toEqual(noteOf());
    expect(service.mistakes).toEqual([]);
  });

  it("follows no redirect, and lives through what a service may do", async () => {
    const subscription = service.subscription();
    const address: PushAddress = { kind: "webpush", ...subscription };
    service.troubles.next({ status: 307, headers: { location: subscription.endpoint } }, "reset", {
      status: 429,
      headers: { "retry-after": "7" },
    });
    expect(await send(probe, jobOf(address))).toEqual({ result: "refused", reason: "HTTP 307" });
    expect(await send(probe, jobOf(address))).toEqual({ result: "later", reason: "no answer" });
    expect(await send(probe, jobOf(address))).toEqual({ result: "later", reason: "HTTP 429", retryAfterMs: 7000 });
    expect(service.received(subscription)).toEqual([]);
  });
});

/** Goes where it is told to, by the network of push services: what is tried is where that leads, whatever the gateways do. */
const WANDERER = `
export default {
  async fetch(request, env) {
    const url = new URL(request.url).searchParams.get("url");
    return env.PUSH_NET.fetch(url).then((response) => new Response(response.status), () => new Response("unreachable"));
  },
};
`;

describe("the network by which push services are reached", () => {
  let service: PushService;
  beforeAll(async () => {
    service = await PushService.start();
  });
  afterAll(() => service.stop());
  const go = async ({ base }: Probe, url: string): Promise<string> =>
    (await fetch(`${base}/?${new URLSearchParams({ url }).toString()}`)).text();

  it("leads to this machine only where a setting names a push service on it, and never to one beside it", async () => {
    // Keys on this machine open the private network to the server: not to this.
    const closed = await startProbe(WANDERER, { ...VAPID, AUTH_JWKS_URL: `${service.origin}/keys` });
    const open = await startProbe(WANDERER, { ...VAPID, PUSH_HOSTS: service.origin });
    try {
      expect(await go(closed, `${service.origin}/x`)).toBe("unreachable");
      await until("the refusal", () => closed.complaints().includes("is not allowed"));
      expect(await go(open, `${service.origin}/x`)).toBe("405");
      expect(open.complaints()).not.toContain("is not allowed");
      expect(await go(open, "http://10.0.0.1/x")).toBe("unreachable");
      await until("the refusal", () => open.complaints().includes("is not allowed"));
    } finally {
      await Promise.all([closed.stop(), open.stop()]);
    }
  });
});
