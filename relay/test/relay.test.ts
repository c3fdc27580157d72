import { randomBytes } from "node:crypto";
import { importPKCS8, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Apns, apnsError } from "../../test/support/push/apns.ts";
import { until } from "../../test/support/wait.ts";
import { LIMITS } from "../src/limits.ts";
import type { RelayLimits } from "../src/limits.ts";
import type { RelayEvent } from "../src/log.ts";
import { Relay } from "../src/relay.ts";
import { readSettings } from "../src/settings.ts";
import { Wire } from "./wire.ts";

const SECRET = randomBytes(24).toString("hex");

let apns: Apns;
let relay: Relay;
let events: RelayEvent[];
let token: string;

const start = async (limits: Partial<RelayLimits> = {}, endpoint = apns.endpoint): Promise<void> => {
  const settings = readSettings({ APNS_RELAY_SECRET: SECRET, RELAY_PORT: "0", APNS_ENDPOINT: endpoint });
  const log = (event: RelayEvent): void => void events.push(event);
  relay = await Relay.start(settings, { ca: apns.ca, log, limits: { ...LIMITS, ...limits } });
};

const signed = async (): Promise<string> => {
  const { APNS_KEY, APNS_KEY_ID, APNS_TEAM_ID } = apns.settings;
  const jwt = new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: APNS_KEY_ID })
    .setIssuer(APNS_TEAM_ID)
    .setIssuedAt();
  return jwt.sign(await importPKCS8(APNS_KEY, "ES256"));
};

beforeEach(async () => {
  events = [];
  apns = await Apns.start();
  token = await signed();
});
afterEach(async () => {
  await apns.stop();
  await relay.stop();
  expect(apns.mistakes).toEqual([]);
  // Nothing that anybody could use is ever written down.
  expect(JSON.stringify(events)).not.toMatch(new RegExp(`${SECRET}|${token}|[0-9a-f]{64}|meet me`));
});

interface Sent {
  readonly status: number;
  readonly reason: string | undefined;
  readonly headers: Headers;
}

const url = (): string => `http://127.0.0.1:${relay.port}`;
const headersOf = (): Record<string, string> => ({
  authorization: `Bearer ${SECRET}`,
  "relay-endpoint": apns.endpoint,
  "relay-authorization": `bearer ${token}`,
  "apns-topic": apns.settings.APNS_TOPIC,
  "apns-push-type": "alert",
  "apns-priority": "10",
});
const BODY = JSON.stringify({ aps: { alert: { body: "meet me" } }, parley: {} });

const send = async (device: string, more: Record<string, string> = {}, body = BODY): Promise<Sent> => {
  const headers = { ...headersOf(), ...more };
  const answer = await fetch(`${url()}/3/device/${device}`, { method: "POST", headers, body });
  const text = await answer.text();
  const said = text === "" ? {} : (JSON.parse(text) as { reason?: string });
  return { status: answer.status, reason: said.reason, headers: answer.headers };
};

describe("what the relay passes on", () => {
  beforeEach(() => start());

  it("is what Apple reads, and nothing else", async () => {
    const device = apns.device();
    const { status, headers } = await send(device, {
      cookie: "a=b",
      "apns-collapse-id": "c",
      "x-forwarded-for": "1.1.1.1",
    });
    expect(status).toBe(200);
    expect(headers.get("apns-id")).toMatch(/^[0-9A-F-]{36}$/);
    const [push] = apns.received(device);
    const names = Object.keys(push?.headers ?? {}).filter((name) => !name.startsWith(":"));
    expect(names.toSorted()).toEqual([
      "apns-collapse-id",
      "apns-priority",
      "apns-push-type",
      "apns-topic",
      "authorization",
    ]);
    expect(push?.headers.authorization).toBe(`bearer ${token}`);
    expect(push?.payload).toEqual(JSON.parse(BODY));
  });

  it("is answered as Apple answers", async () => {
    expect(await send("ab".repeat(32))).toMatchObject({ status: 400, reason: "BadDeviceToken" });
    apns.troubles.next({ ...apnsError(429, "TooManyRequests"), headers: { "retry-after": "7" } });
    const throttled = await send(apns.device());
    expect(throttled).toMatchObject({ status: 429, reason: "TooManyRequests" });
    expect(throttled.headers.get("retry-after")).toBe("7");
  });

  it("reads no more of an answer than it has to", async () => {
    apns.troubles.next({ status: 200, body: " ".repeat(100_000) });
    const headers = headersOf();
    const answer = await fetch(`${url()}/3/device/${apns.device()}`, { method: "POST", headers, body: BODY });
    expect(await answer.text()).toHaveLength(LIMITS.answerBytes);
  });

  it("goes by one connection, however much there is", async () => {
    const devices = Array.from({ length: 300 }, () => apns.device());
    const sent = await Promise.all(devices.map((device) => send(device)));
    expect(sent.map(({ status }) => status)).toEqual(devices.map(() => 200));
    expect(devices.map((device) => apns.received(device).length)).toEqual(devices.map(() => 1));
    expect(apns.streams.most).toBeLessThanOrEqual(100);
    expect(apns.connections).toBeLessThanOrEqual(LIMITS.sessions);
  });
});

describe("what the relay refuses", () => {
  beforeEach(() => start());
  afterEach(() => expect(apns.streams.most).toBe(0));

  it.each([
    ["no secret", { authorization: "" }, 401, "RelaySecret"],
    ["another secret", { authorization: `Bearer ${SECRET.slice(0, -1)}x` }, 401, "RelaySecret"],
    ["a secret and more", { authorization: `Bearer ${SECRET}x` }, 401, "RelaySecret"],
    ["no endpoint", { "relay-endpoint": "" }, 403, "RelayEndpoint"],
    ["an endpoint of somebody's", { "relay-endpoint": "https://api.push.apple.com.example.com" }, 403, "RelayEndpoint"],
    ["no token of Apple's", { "relay-authorization": "" }, 403, "MissingProviderToken"],
    ["a token with something behind it", { "relay-authorization": "bearer a b" }, 403, "MissingProviderToken"],
  ])("is %s", async (_title, headers, status, reason) => {
    expect(await send(apns.device(), headers)).toMatchObject({ status, reason });
  });

  it.each(["", "xyz", `${"ab".repeat(32)}/../x`, "AB".repeat(32), `${"ab".repeat(32)}?x`])(
    "is the path of %s",
    async (device) => expect(await send(device)).toMatchObject({ status: 404, reason: "BadPath" }),
  );

  it("is another method, and a body that is too large, told beforehand or not", async () => {
    const get = await fetch(`${url()}/3/device/${apns.device()}`, { headers: headersOf() });
    expect(get.status).toBe(405);
    const large = "x".repeat(LIMITS.bodyBytes + 1);
    expect(await send(apns.device(), {}, large)).toMatchObject({ status: 413, reason: "PayloadTooLarge" });
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 9; i++) controller.enqueue(new TextEncoder().encode("x".repeat(1024)));
        controller.close();
      },
    });
    const init = { method: "POST", headers: headersOf(), body, duplex: "half" };
    const streamed = await fetch(`${url()}/3/device/${apns.device()}`, init);
    expect(streamed.status).toBe(413);
  });

  it("says without a secret only that it serves", async () => {
    const health = await fetch(`${url()}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
  });
});

describe("when connections end", () => {
  it("goes on by another one, and loses nothing that Apple had not begun", async () => {
    await start();
    const devices = Array.from({ length: 300 }, () => apns.device());
    const release = apns.hold();
    const sending = devices.map((device) => send(device));
    await until("a full connection", () => apns.streams.now >= 100);
    apns.goAway();
    release();
    const later = devices.map((device) => send(device));
    await until("the half of it", () => devices.filter((device) => apns.received(device).length > 0).length > 150);
    apns.goAway();
    const sent = await Promise.all([...sending, ...later]);
    expect(sent.filter(({ status }) => status !== 200)).toEqual([]);
    expect(devices.filter((device) => apns.received(device).length !== 2)).toEqual([]);
    expect(events.some((event) => event.event === "session_ended" && event.wasOpen)).toBe(true);
  });

  it("says that it does not know when one breaks off, and takes the next by a new one", async () => {
    await start();
    apns.troubles.next("hang");
    const lost = send(apns.device());
    await until("the request", () => apns.streams.now === 1);
    apns.breakOff();
    expect(await lost).toMatchObject({ status: 502, reason: "RelayLost" });
    expect((await send(apns.device())).status).toBe(200);
    expect(apns.connections).toBe(2);
  });

  it("drops one that does not say that it is alive", async () => {
    const wire = await Wire.start(Number(new URL(apns.endpoint).port));
    const there = { "relay-endpoint": `https://127.0.0.1:${wire.port}` };
    await start({ pingEveryMs: 200, pingMs: 1000 }, there["relay-endpoint"]);
    expect((await send(apns.device(), there)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(events.filter(({ event }) => event === "session_ended")).toEqual([]);
    wire.cut();
    await until("the end", () => events.some((event) => event.event === "session_ended"));
    expect(events.at(-1)).toMatchObject({ reason: "PING_TIMEOUT", wasOpen: true });
    wire.mend();
    expect((await send(apns.device(), there)).status).toBe(200);
    await wire.stop();
  });

  it("tells at once when Apple cannot be reached, and tries anew for whoever comes", async () => {
    await start({}, "https://127.0.0.1:1");
    const headers = { "relay-endpoint": "https://127.0.0.1:1" };
    for (let i = 0; i < 2; i++)
      expect(await send(apns.device(), headers)).toMatchObject({ status: 502, reason: "RelayUnreachable" });
    expect(events.filter(({ event }) => event === "session_opening")).toHaveLength(2);
  });

  it("trusts nobody whose certificate is not known", async () => {
    const stranger = await Apns.start();
    await start({}, stranger.endpoint);
    expect(await send(apns.device(), { "relay-endpoint": stranger.endpoint })).toMatchObject({ status: 502 });
    expect(stranger.streams.most).toBe(0);
    await stranger.stop();
  });
});

describe("bounds", () => {
  it("has no more under way than Apple allows, and the others wait", async () => {
    await apns.stop();
    apns = await Apns.start(3);
    token = await signed();
    await start({ sessions: 2 });
    const devices = Array.from({ length: 40 }, () => apns.device());
    const sent = await Promise.all(devices.map((device) => send(device)));
    expect(sent.map(({ status }) => status)).toEqual(devices.map(() => 200));
    expect(apns.streams.most).toBeLessThanOrEqual(6);
    expect(apns.connections).toBeLessThanOrEqual(2);
  });

  it("lets so many wait and no more, and each of them so long and no longer", async () => {
    await apns.stop();
    apns = await Apns.start(1);
    token = await signed();
    await start({ sessions: 1, waiting: 2, requestMs: 1500 });
    apns.troubles.lasting("hang");
    const sending = [send(apns.device())];
    await until("the first", () => apns.streams.now === 1);
    sending.push(send(apns.device()), send(apns.device()));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const crowded = await send(apns.device());
    expect(crowded).toMatchObject({ status: 503, reason: "RelayBusy" });
    expect(crowded.headers.get("retry-after")).toBe("1");
    // Whoever is let go in the moment when its time is up may be lost on the way.
    for (const { reason } of await Promise.all(sending)) expect(reason).toMatch(/^Relay(?:Timeout|Lost)$/);
    apns.troubles.lasting(undefined);
    expect((await send(apns.device())).status).toBe(200);
  });
});

describe("when it is stopped", () => {
  it("finishes what is under way and lets in nobody else", async () => {
    await start();
    const device = apns.device();
    const release = apns.hold();
    const sending = send(device);
    await until("the request", () => apns.streams.now === 1);
    const health = `${url()}/healthz`;
    const stopping = relay.stop();
    await expect(fetch(health)).rejects.toThrow();
    release();
    expect((await sending).status).toBe(200);
    await stopping;
    expect(apns.received(device)).toHaveLength(1);
    expect(events.at(-1)).toEqual({ event: "relay_stopped" });
  });

  it("does not wait for ever", async () => {
    await start({ drainMs: 200 });
    apns.troubles.next("hang");
    const sending = send(apns.device()).catch(() => undefined);
    await until("the request", () => apns.streams.now === 1);
    await relay.stop();
    await sending;
  });
});
