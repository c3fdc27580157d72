import { env as bindings } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PushJob, PushReport } from "../../src/core/push/job.ts";
import type { PushQueue } from "../../src/rpc/push-rpc.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { call, Device, direct, env, tokenFor } from "./people.ts";

/** Notifications end here instead of the queue. */
const queued: PushJob[] = [];
const queue = Object.getPrototypeOf((bindings as { PUSH_QUEUE: PushQueue }).PUSH_QUEUE) as PushQueue;
queue.sendBatch = async (messages) => {
  for (const { body } of messages) queued.push(body);
};
beforeEach(() => queued.splice(0));

const PATIENCE = { timeout: 8000, interval: 20 };
const seen = (what: Partial<PushJob["note"]>): Promise<PushJob> =>
  vi.waitFor(() => {
    const job = queued.find(({ note }) => Object.entries(what).every(([key, value]) => note[key as "type"] === value));
    if (!job) throw new Error(`nothing was queued that says ${JSON.stringify(what)}`);
    return job;
  }, PATIENCE);

const register = (token: string, device: string): Promise<void> =>
  call(token, "PUT", `/devices/${device}/push`, { kind: "fcm", token: `token-of-${device}` });

const taken = ({ device, conversation, note, registeredAt }: PushJob): PushReport => ({
  device,
  conversation,
  type: note.type,
  upTo: note.seq ?? 0,
  registeredAt,
  fate: { is: "taken" },
});

/** Somebody writes to somebody who is away and has a phone that is pushed to. */
const letter = async (name: string) => {
  const [ann, bob] = [await tokenFor(`${name}-ann`), await tokenFor(`${name}-bob`)];
  await call(ann, "PUT", "/users/me", { display_name: "Ann" });
  await register(bob, `${name}-bob-1`);
  const { conversation_id } = await direct(ann, `${name}-bob`);
  const from = await Device.connect(ann);
  await from.say(conversation_id, "hello");
  return { ann, bob, from, conversation_id, user: env.USER.getByName(`${name}-bob`) };
};

describe("push, from the message to the queue", () => {
  it("[PUSH-6] [PUSH-9] [PUSH-11] [PUSH-12] whoever is away is alerted after the grace, with what he may know", async () => {
    const { conversation_id } = await letter("away");
    const job = await seen({ type: "message" });
    expect(job).toMatchObject({
      user: "away-bob",
      device: "away-bob-1",
      conversation: conversation_id,
      urgency: "high",
      ttlSeconds: LIMITS.pushTtlSeconds,
      attempt: 0,
      address: { kind: "fcm", token: "token-of-away-bob-1" },
    });
    expect(job.note).toEqual({
      type: "message",
      conversation_id,
      seq: 2,
      count: 1,
      sender_id: "away-ann",
      sender_name: "Ann",
      badge: 1,
      timestamp: expect.any(String) as string,
    });
    expect(job.queuedAt - job.dueAt).toBeLessThan(2000);
    expect(job.queuedAt - Date.parse(job.note.timestamp)).toBeGreaterThanOrEqual(LIMITS.pushGraceMs);
  });

  it("[PUSH-13] an object that was put to sleep meanwhile wakes for it", async () => {
    const { user } = await letter("asleep");
    await evictDurableObject(user);
    expect((await seen({ type: "message" })).user).toBe("asleep-bob");
  });

  it("[PUSH-10] what was alerted is taken back when it is read on another device", async () => {
    const { bob, user, conversation_id } = await letter("read");
    await user.pushed([taken(await seen({ type: "message" }))]);
    const laptop = await Device.connect(await tokenFor("read-bob", "laptop"));
    laptop.send({ type: "read", conversation_id, up_to: 2 });
    const job = await seen({ type: "read" });
    expect(job).toMatchObject({ device: "read-bob-1", urgency: "low", note: { seq: 2, badge: 0 } });
    await user.pushed([taken(job)]);
    // Whoever reads it there himself needs no word of it.
    queued.splice(0);
    await call(bob, "POST", `/devices/read-bob-1/push/test`);
    expect(queued).toMatchObject([{ device: "read-bob-1", note: { type: "test", badge: 0 }, ttlSeconds: 60 }]);
  });

  it("[PUSH-6] a device in use that acknowledges is not alerted, and nothing is kept of it", async () => {
    const [ann, bob] = [await tokenFor("use-ann"), await tokenFor("use-bob")];
    await register(bob, "use-bob-1");
    const { conversation_id } = await direct(ann, "use-bob");
    const [from, to] = [await Device.connect(ann), await Device.connect(bob)];
    await from.say(conversation_id, "hello");
    await to.acknowledges("hello");
    await new Promise((resolve) => setTimeout(resolve, LIMITS.pushGraceMs + 1500));
    expect(queued).toEqual([]);
  });
});
