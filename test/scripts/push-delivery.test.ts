import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../scripts/server.ts";
import type { RunningServer } from "../../scripts/server.ts";
import type { PushNote } from "../../src/shared/protocol/http-push.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Person } from "../support/person.ts";
import { PushService } from "../support/push/push-service.ts";
import type { Subscription } from "../support/push/push-service.ts";
import { Target } from "../support/target.ts";
import { until } from "../support/wait.ts";

/** Each test fails a push service of its own: what lies before one is not open again at once. */
const SERVICES = 5;
/** The grace, the retries that a test causes, and a busy machine. */
const SOON_MS = 40_000;
const target = new Target();
const services: PushService[] = [];
let server: RunningServer;
let dataDir: string;
let serverKey: string | undefined;

beforeAll(async () => {
  for (let i = 0; i < SERVICES; i++) services.push(await PushService.start());
  dataDir = await mkdtemp(join(tmpdir(), "parley-push-"));
  const hosts = services.map(({ origin }) => origin).join(",");
  server = await startServer({ dataDir, log: "quiet", env: { PUSH_HOSTS: hosts, PUSH_GATEWAY: "services" } });
  target.base = server.url;
  const anybody = await target.person("anybody");
  serverKey = (await anybody.rest.ok("pushOffer")).webpush?.public_key;
});

afterAll(async () => {
  await server.kill();
  await Promise.all(services.map((service) => service.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

const serviceAt = (index: number): PushService => {
  const service = services[index];
  if (!service) throw new Error(`there is no push service ${index}`);
  return service;
};

/** Two people, of whom the second is away and has an address at a push service. */
const pairAt = async (service: PushService) => {
  const { ann, bob, id } = await target.pair();
  const subscription = await registered(bob, service);
  return { ann, bob, id, subscription };
};

const registered = async (person: Person, service: PushService, device = person.deviceId): Promise<Subscription> => {
  const subscription = service.subscription(serverKey);
  await person.rest.ok("registerPush", { params: { id: device }, body: { kind: "webpush", ...subscription } });
  return subscription;
};

const notesAt = (service: PushService, subscription: Subscription): PushNote[] =>
  service.received(subscription).map(({ text }) => JSON.parse(text) as PushNote);
const arrives = (service: PushService, subscription: Subscription, count = 1): Promise<unknown> =>
  until(`${count} pushed`, () => service.received(subscription).length >= count, SOON_MS);

describe("notifications on a machine of one's own", () => {
  it("[PUSH-6] [PUSH-13] reach their push service when the grace is over", async () => {
    const service = serviceAt(0);
    const { ann, id, subscription } = await pairAt(service);
    const { seq } = await ann.send(id, "are you there?");
    const sentAt = Date.now();
    await arrives(service, subscription);
    const [pushed] = service.received(subscription);
    expect((pushed?.at ?? 0) - sentAt).toBeGreaterThan(LIMITS.pushGraceMs - 500);
    expect(notesAt(service, subscription)).toMatchObject([{ type: "message", conversation_id: id, seq, count: 1 }]);
    expect(service.mistakes).toEqual([]);
  });

  it("[PUSH-13] [PUSH-7] come once when a service that failed is there again, with all that came meanwhile", async () => {
    const service = serviceAt(1);
    const { ann, id, subscription } = await pairAt(service);
    service.troubles.lasting({ status: 503, headers: { "retry-after": "2" } });
    await ann.send(id, "one");
    await new Promise((resolve) => setTimeout(resolve, LIMITS.pushGraceMs + 2000));
    const { seq } = await ann.send(id, "two");
    expect(service.received(subscription)).toEqual([]);
    service.troubles.lasting(undefined);
    await arrives(service, subscription);
    // A second alert of the same would come by then.
    await new Promise((resolve) => setTimeout(resolve, LIMITS.pushGraceMs + 2000));
    const notes = notesAt(service, subscription);
    expect(notes.at(-1)).toMatchObject({ seq, count: 2, badge: 2 });
    expect(notes.filter((note) => note.seq === seq)).toHaveLength(1);
  });

  it("say less where a service finds them too large", async () => {
    const service = serviceAt(2);
    const { ann, id, subscription } = await pairAt(service);
    service.troublesOf(subscription).next({ status: 413 });
    const { seq } = await ann.send(id, "hello");
    await arrives(service, subscription);
    const [note] = notesAt(service, subscription);
    expect(note).toEqual({ type: "message", conversation_id: id, seq, badge: 1, timestamp: note?.timestamp });
  });

  it("[ADM-1] that are refused are on the operator's list, and arrive when he replays them", async () => {
    const service = serviceAt(3);
    const { ann, bob, id, subscription } = await pairAt(service);
    const admin = await target.person("admin", { scope: "admin" });
    const params = { kind: "webpush" };
    const letters = async () => (await admin.rest.ok("adminDeadLetters", { params })).dead_letters;
    service.troublesOf(subscription).next({ status: 400 });
    const { seq } = await ann.send(id, "hello");
    await until("a dead letter", async () => (await letters()).length === 1, SOON_MS);
    const [letter] = await letters();
    expect(letter).toMatchObject({
      kind: "webpush",
      user_id: bob.userId,
      device_id: bob.deviceId,
      conversation_id: id,
    });
    expect(letter).toMatchObject({ type: "message", seq, attempts: 1 });
    const text = JSON.stringify(letter);
    for (const secret of ["hello", subscription.endpoint, subscription.keys.auth]) expect(text).not.toContain(secret);
    const replayed = await admin.rest.ok("adminReplayDeadLetters", { params, body: {} });
    expect(replayed).toEqual({ replayed: 1, remaining: 0 });
    await arrives(service, subscription);
    expect(notesAt(service, subscription)).toMatchObject([{ conversation_id: id, seq }]);
    expect(await letters()).toEqual([]);
  });

  it("[PUSH-13] are not held up by another push service that never answers", async () => {
    const [hanging, working] = [serviceAt(4), serviceAt(0)];
    hanging.troubles.lasting("hang");
    const pairs = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => pairAt(index % 4 === 0 ? working : hanging)),
    );
    await Promise.all(pairs.map(({ ann, id }) => ann.send(id, "hello")));
    const sentAt = Date.now();
    const atWorking = pairs.filter((_pair, index) => index % 4 === 0);
    await Promise.all(atWorking.map(({ subscription }) => arrives(working, subscription)));
    const waits = atWorking.map(({ subscription }) => (working.received(subscription)[0]?.at ?? 0) - sentAt);
    // Sooner than one request to the other one is given up.
    expect(Math.max(...waits)).toBeLessThan(LIMITS.pushGraceMs + LIMITS.pushTimeoutMs - 2000);
  });
});
