import type { PushJob } from "../core/push/job.ts";
import type { QueueingBindings } from "../rpc/bindings.ts";
import type { PushQueue, QueueRpc } from "../rpc/push-rpc.ts";
import { LIMITS } from "../shared/limits.ts";
import { callObject } from "./retry.ts";
import { Stubs } from "./stubs.ts";

/** The way to push services. What it loses, the user's object hands over again: see docs/decisions/0017. */
export interface PushQueuePort {
  /** Throws when not all of them were taken. */
  send(jobs: readonly PushJob[]): Promise<void>;
}

/** On a machine of one's own there is one queue. */
const QUEUE_NAME = "push";
const encoder = new TextEncoder();

/** As many in one call as the queue takes, by number and by size. */
const callsOf = (jobs: readonly PushJob[]): PushJob[][] => {
  const calls: PushJob[][] = [];
  let bytes = Infinity;
  for (const job of jobs) {
    const size = encoder.encode(JSON.stringify(job)).byteLength;
    bytes += size;
    const call = calls.at(-1);
    if (call && call.length < LIMITS.pushBatch && bytes <= LIMITS.pushBatchBytes) call.push(job);
    else {
      calls.push([job]);
      bytes = size;
    }
  }
  return calls;
};

const cloudQueue = (queue: PushQueue): PushQueuePort => ({
  async send(jobs) {
    for (const call of callsOf(jobs)) await queue.sendBatch(call.map((body) => ({ body })));
  },
});

const objectQueue = (queues: Stubs<QueueRpc>): PushQueuePort => ({
  async send(jobs) {
    for (const call of callsOf(jobs)) {
      const taken = await callObject(queues, QUEUE_NAME, (queue) => queue.put(call));
      if (taken < call.length) throw new Error("unable to queue; there is no room");
    }
  },
});

/** Cloudflare's queue where there is one, else the object that stands in for it on a machine of one's own. */
export const pushQueue = ({ PUSH_QUEUE, QUEUE }: QueueingBindings): PushQueuePort => {
  if (PUSH_QUEUE) return cloudQueue(PUSH_QUEUE);
  if (QUEUE) return objectQueue(new Stubs(QUEUE, 1));
  return { send: () => Promise.reject(new Error("unable to queue; there is no queue")) };
};
