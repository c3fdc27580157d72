import { describe, expect, it } from "vitest";
import { JobQueue } from "../../src/core/push/job-queue.ts";
import type { PushJob } from "../../src/core/push/job.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { at, jobOf } from "./push-jobs.ts";
import { settled, VirtualTime } from "./virtual-time.ts";

/** A queue whose batches end when a test says so. */
const setUp = () => {
  const time = new VirtualTime();
  const batches: { readonly jobs: readonly PushJob[]; end(): Promise<void> }[] = [];
  const queue = new JobQueue({
    timers: time,
    run: (jobs) =>
      new Promise<void>((resolve) => {
        const end = (): Promise<void> => {
          resolve();
          return settled();
        };
        batches.push({ jobs, end });
      }),
  });
  const jobs = (count: number, host = "push.test", from = 0): PushJob[] =>
    Array.from({ length: count }, (_, index) => jobOf(time.now(), { user: `u${from + index}`, address: at(host) }));
  const sizes = () => batches.map((batch) => batch.jobs.length);
  return { time, queue, batches, jobs, sizes };
};

describe("the queue of a machine of one's own", () => {
  it("lets jobs gather for a moment", async () => {
    const { queue, time, jobs, sizes } = setUp();
    expect(queue.put(jobs(2))).toBe(2);
    await time.pass(LIMITS.pushGatherMs - 1);
    expect(queue.put(jobs(3, "push.test", 2))).toBe(3);
    expect(sizes()).toEqual([]);
    await time.pass(1);
    expect(sizes()).toEqual([5]);
  });

  it("a full batch does not wait", () => {
    const { queue, jobs, sizes } = setUp();
    queue.put(jobs(LIMITS.pushBatch));
    expect(sizes()).toEqual([LIMITS.pushBatch]);
  });

  it("each push service has batches of its own, so that one that hangs holds up nobody else", async () => {
    const { queue, time, jobs, batches, sizes } = setUp();
    queue.put(jobs(20 * LIMITS.pushBatch, "hangs.test"));
    expect(sizes()).toHaveLength(LIMITS.pushBatches);
    for (let i = 0; i < 10; i++) {
      queue.put(jobs(3, "works.test", i * 3));
      await time.pass(LIMITS.pushGatherMs);
      const last = batches.at(-1);
      expect(last?.jobs.map(({ user }) => user)).toEqual([`u${i * 3}`, `u${i * 3 + 1}`, `u${i * 3 + 2}`]);
      await last?.end();
    }
    expect(sizes()).toHaveLength(LIMITS.pushBatches + 10);
  });

  it("goes on with what waits when a batch ends, in its order", async () => {
    const { queue, time, jobs, batches } = setUp();
    queue.put(jobs((LIMITS.pushBatches + 1) * LIMITS.pushBatch + 7));
    expect(batches).toHaveLength(LIMITS.pushBatches);
    await batches[0]?.end();
    expect(batches).toHaveLength(LIMITS.pushBatches + 1);
    await batches[1]?.end();
    await time.pass(LIMITS.pushGatherMs);
    expect(batches).toHaveLength(LIMITS.pushBatches + 2);
    const order = batches.flatMap((batch) => batch.jobs.map(({ user }) => Number(user.slice(1))));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it("holds as many as it may, those under way among them, and says how many it took", async () => {
    const { queue, jobs, batches } = setUp();
    expect(queue.put(jobs(LIMITS.pushQueued - 5))).toBe(LIMITS.pushQueued - 5);
    expect(queue.put(jobs(10, "push.test", LIMITS.pushQueued))).toBe(5);
    expect(queue.put(jobs(1, "other.test", 1))).toBe(0);
    expect(queue.held).toBe(LIMITS.pushQueued);
    await batches[0]?.end();
    expect(queue.put(jobs(1, "other.test", 1))).toBe(1);
  });

  it("of two about the same the later one takes the place of the earlier one that waits still", async () => {
    const { queue, time, jobs, batches } = setUp();
    const [first, second] = jobs(2);
    const again: PushJob[] = first ? [{ ...first, attempt: 1 }] : [];
    queue.put(jobs(2));
    expect(queue.put(again)).toBe(1);
    expect(queue.held).toBe(2);
    await time.pass(LIMITS.pushGatherMs);
    expect(batches[0]?.jobs).toEqual([...again, second]);
    queue.put(again);
    await time.pass(LIMITS.pushGatherMs);
    expect(batches[1]?.jobs).toEqual(again);
  });

  it("holds nothing when everything is done", async () => {
    const { queue, time, jobs, batches } = setUp();
    for (let round = 0; round < 3; round++) {
      queue.put(jobs(250));
      await time.pass(LIMITS.pushGatherMs);
      for (let done = 0; done < batches.length; done++) await batches[done]?.end();
      await time.pass(LIMITS.pushGatherMs);
      for (const batch of batches) await batch.end();
      batches.length = 0;
      expect(queue.held).toBe(0);
    }
    expect(time.pending).toBe(0);
  });
});
