import { afterAll, expect, test } from "vitest";
import { Relay } from "../../relay/src/relay.ts";
import { readSettings } from "../../relay/src/settings.ts";
import { vapidKeys } from "../../scripts/development-keys.ts";
import type { PushNote } from "../../src/shared/protocol/http-push.ts";
import type { Person } from "../support/person.ts";
import { Apns } from "../support/push/apns.ts";
import { Fcm } from "../support/push/fcm.ts";
import { PushService } from "../support/push/push-service.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

const [service, fcm, apns] = await Promise.all([PushService.start(), Fcm.start(), Apns.start()]);
const SECRET = "relay-secret-of-a-test-".padEnd(32, "x");
const relay = await Relay.start(
  readSettings({ APNS_RELAY_SECRET: SECRET, RELAY_PORT: "0", APNS_ENDPOINT: apns.endpoint }),
  { ca: apns.ca, log: () => undefined },
);
const VAPID = { ...vapidKeys(), VAPID_SUBJECT: "mailto:push@example.com" };

afterAll(async () => {
  await relay.stop();
  await Promise.all([service.stop(), fcm.stop(), apns.stop()]);
});

describeOwn("a server that pushes to every kind of service", () => {
  const target = useServer({
    env: {
      ...VAPID,
      ...fcm.settings,
      ...apns.settings,
      PUSH_HOSTS: service.origin,
      APNS_RELAY_URL: `http://127.0.0.1:${relay.port}`,
      APNS_RELAY_SECRET: SECRET,
    },
  });
  const register = (person: Person, body: object) =>
    person.rest.ok("registerPush", { params: { id: person.deviceId }, body });
  const subscribe = async (person: Person) => {
    const subscription = service.subscription(VAPID.VAPID_PUBLIC_KEY);
    await register(person, { kind: "webpush", ...subscription });
    return subscription;
  };

  test("[PUSH-2] a test reaches the browser that asked for it, encrypted for it alone", async () => {
    const ann = await target.person("ann");
    const subscription = await subscribe(ann);
    await ann.rest.ok("testPush", { params: { id: ann.deviceId } });
    const [pushed] = await until(
      "the test",
      () => service.received(subscription).length > 0 && service.received(subscription),
    );
    expect(JSON.parse(pushed?.text ?? "")).toMatchObject({ type: "test", badge: 0 });
    expect(pushed).toMatchObject({ urgency: "high", ttlSeconds: 60 });
    expect(service.mistakes).toEqual([]);
  });

  test("[PUSH-2] a test reaches apps, by Google's service and by Apple's through the relay", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const [android, iphone] = [fcm.device(), apns.device()];
    await register(ann, { kind: "fcm", token: android });
    await register(bob, { kind: "apns", token: iphone });
    for (const person of [ann, bob]) await person.rest.ok("testPush", { params: { id: person.deviceId } });
    await until("both", () => fcm.received(android).length > 0 && apns.received(iphone).length > 0);
    expect(fcm.received(android)[0]?.data).toMatchObject({ type: "test", badge: "0" });
    expect(apns.received(iphone)[0]?.payload).toMatchObject({ parley: { type: "test" } });
    expect([...fcm.mistakes, ...apns.mistakes]).toEqual([]);
  });

  test("[PUSH-6] [PUSH-9] whoever is away is alerted of a message, and of nothing in it", async () => {
    const { ann, bob, id } = await target.pair();
    const subscription = await subscribe(bob);
    const before = Date.now();
    const { seq } = await ann.send(id, "meet me at the old mill");
    const [pushed] = await until(
      "the alert",
      () => service.received(subscription).length > 0 && service.received(subscription),
      20_000,
    );
    const note = JSON.parse(pushed?.text ?? "") as PushNote;
    expect(note).toMatchObject({
      type: "message",
      conversation_id: id,
      seq,
      count: 1,
      sender_id: ann.userId,
      badge: 1,
    });
    expect(pushed?.text).not.toContain("mill");
    expect((pushed?.at ?? 0) - before).toBeGreaterThanOrEqual(3000);
    expect(pushed).toMatchObject({
      urgency: "high",
      ttlSeconds: 604_800,
      topic: expect.stringMatching(/^[\w-]{1,32}$/),
    });
    expect(service.mistakes).toEqual([]);
  });

  test("[PUSH-4] an address that is gone is asked no more", async () => {
    const ann = await target.person("ann");
    const subscription = await subscribe(ann);
    service.end(subscription);
    await ann.rest.ok("testPush", { params: { id: ann.deviceId } });
    const refused = await until("the end of it", async () => {
      const answer = await ann.rest.raw("POST", `/api/v1/devices/${ann.deviceId}/push/test`);
      return answer.status === 202 || answer.status === 429 ? undefined : answer;
    });
    expect(refused.status).toBe(404);
    expect(service.received(subscription)).toEqual([]);
  });

  test("one token of this server's serves a push service for hours", async () => {
    const people = await target.people("a", "b", "c");
    const subscriptions = await Promise.all(people.map(subscribe));
    for (const person of people) await person.rest.ok("testPush", { params: { id: person.deviceId } });
    await until("all", () => subscriptions.every((subscription) => service.received(subscription).length > 0));
    expect(service.tokens.size).toBe(1);
    expect(fcm.tokens).toBeLessThanOrEqual(1);
    expect(apns.tokens.size).toBeLessThanOrEqual(1);
  });
});
