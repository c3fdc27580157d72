import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Dispatch } from "../../src/core/push/dispatch.ts";
import type { PushJob, PushOutcome, PushReport } from "../../src/core/push/job.ts";
import type { DeadLettersObject } from "../../src/objects/dead-letters/dead-letters-object.ts";
import type { QueueObject } from "../../src/objects/queue/queue-object.ts";
import { UserObject } from "../../src/objects/user/user-object.ts";
import { logGateway } from "../../src/platform/push/log-gateway.ts";
import { pushQueue } from "../../src/platform/push-queue.ts";
import type { PushingBindings } from "../../src/rpc/bindings.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { consumePush } from "../../src/worker/consumers/push.ts";

const env = bindings as unknown as PushingBindings & {
  readonly PUSH_QUEUE: Queue;
  readonly QUEUE: DurableObjectNamespace<QueueObject>;
  readonly DEAD_LETTERS: DurableObjectNamespace<DeadLettersObject>;
};

/** What users' objects were told, in the place of what they make of it. */
const told = new Map<string, PushReport[]>();
Object.defineProperty(UserObject.prototype, "pushed", {
  async value(this: { readonly ctx: DurableObjectState }, reports: readonly PushReport[]) {
    const user = this.ctx.id.name ?? "";
    told.set(user, [...(told.get(user) ?? []), ...reports]);
  },
});

/** The gateway's double: what it was sent, and what it answers. */
const sent: PushJob[] = [];
const answers = (answer: (job: PushJob) => PushOutcome) =>
  vi.spyOn(logGateway, "send").mockImplementation(async (job) => {
    sent.push(job);
    return answer(job);
  });

afterEach(() => {
  vi.restoreAllMocks();
  told.clear();
  sent.length = 0;
});

const jobFor = (user: string, more: Partial<PushJob> = {}): PushJob => ({
  user,
  device: "phone",
  conversation: "c1",
  note: { type: "message", conversation_id: "c1", seq: 3, badge: 1, timestamp: new Date().toISOString() },
  address: { kind: "fcm", token: "t".repeat(20) },
  registeredAt: 1,
  attempt: 0,
  dueAt: Date.now(),
  queuedAt: Date.now(),
  urgency: "high",
  ttlSeconds: 60,
  ...more,
});
const jobsFor = (count: number, prefix: string, more: Partial<PushJob> = {}): PushJob[] =>
  Array.from({ length: count }, (_, index) => jobFor(`${prefix}-${index}`, more));
const fatesOf = (user: string) => told.get(user)?.map(({ fate }) => fate.is);

describe("notifications on their way through the queue", () => {
  it("[PUSH-13] all are sent, and their users' objects are told", async () => {
    answers(() => ({ result: "taken" }));
    const jobs = jobsFor(250, "all");
    await pushQueue(env).send(jobs);
    await vi.waitFor(() => expect(told.size).toBe(250), { timeout: 20_000, interval: 50 });
    for (const { user } of jobs) expect(fatesOf(user)).toEqual(["taken"]);
    expect(sent).toHaveLength(250);
  });

  it("[PUSH-13] what no push service takes ends in the list of its kind, before its user's object is told", async () => {
    const letters = env.DEAD_LETTERS.getByName("apns");
    const buriedFirst: boolean[] = [];
    answers(({ user }) => (user === "dead-1" ? { result: "refused", reason: "BadTopic" } : { result: "taken" }));
    await pushQueue(env).send(jobsFor(3, "dead", { address: { kind: "apns", token: "ab".repeat(32) } }));
    await vi.waitFor(
      async () => {
        expect(told.size).toBe(3);
        buriedFirst.push((await letters.pick(undefined)).length === 1);
      },
      { timeout: 20_000, interval: 10 },
    );
    expect(fatesOf("dead-1")).toEqual(["dead"]);
    expect(buriedFirst).toEqual([true]);
    expect(await letters.pick(undefined)).toMatchObject([{ user: "dead-1", reason: "BadTopic", attempts: 1 }]);
    const page = await letters.list({});
    expect(page.ok && page.value).toContain('"kind":"apns"');
  });

  it("a push service that fails is left alone by the next batch", async () => {
    answers(() => ({ result: "later", reason: "503" }));
    const more = { address: { kind: "webpush", endpoint: "https://down.test/1", keys: { p256dh: "p", auth: "a" } } };
    await pushQueue(env).send(jobsFor(30, "down", more as Partial<PushJob>));
    await vi.waitFor(() => expect(told.size).toBe(30), { timeout: 20_000, interval: 50 });
    const tried = sent.length;
    expect(tried).toBeLessThanOrEqual(2 * LIMITS.pushParallel);
    await consumePush(batchOf(jobsFor(5, "next", more as Partial<PushJob>)), env);
    expect(sent.length - tried).toBeLessThanOrEqual(1);
    expect(fatesOf("next-0")).toEqual(["later"]);
  });

  it("what is no notification is thrown away, and holds up nothing", async () => {
    answers(() => ({ result: "taken" }));
    const { address: _, ...rest } = jobFor("nobody");
    for (const body of ["nonsense", null, rest, { ...jobFor("nobody"), user: "" }]) await env.PUSH_QUEUE.send(body);
    await pushQueue(env).send([jobFor("somebody")]);
    await vi.waitFor(() => expect(fatesOf("somebody")).toEqual(["taken"]), { timeout: 20_000, interval: 50 });
    const result = await resultOf(["nonsense", jobFor("somebody")]);
    expect(result).toMatchObject({ explicitAcks: ["m0", "m1"], retryMessages: [] });
    expect(sent.map(({ user }) => user)).toEqual(["somebody", "somebody"]);
  });

  it("those with which nothing was done come again, the others do not", async () => {
    vi.spyOn(Dispatch.prototype, "run").mockImplementation(async (jobs) => jobs.slice(1));
    const { explicitAcks, retryMessages } = await resultOf(jobsFor(3, "again"));
    expect(explicitAcks).toEqual(["m0"]);
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["m1", "m2"]);
  });

  it("the object that stands in for the queue takes them and sends them all the same", async () => {
    answers(() => ({ result: "taken" }));
    expect(await env.QUEUE.getByName("push").put(jobsFor(120, "own"))).toBe(120);
    await vi.waitFor(() => expect(told.size).toBe(120), { timeout: 20_000, interval: 20 });
    await pushQueue({ QUEUE: env.QUEUE }).send([jobFor("own-more")]);
    await vi.waitFor(() => expect(fatesOf("own-more")).toEqual(["taken"]), { timeout: 20_000, interval: 20 });
  });
});

function batchOf(bodies: readonly unknown[]): MessageBatch {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: 1, body }));
  return createMessageBatch("parley-push", messages);
}

/** What the consumer says to the queue of each message. */
async function resultOf(bodies: readonly unknown[]) {
  const batch = batchOf(bodies);
  await consumePush(batch, env);
  return getQueueResult(batch, createExecutionContext());
}
