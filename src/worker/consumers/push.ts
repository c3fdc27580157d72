import type { PushJob } from "../../core/push/job.ts";
import { pushDispatch } from "../../platform/push-dispatch.ts";
import { log } from "../../platform/telemetry.ts";
import type { PushingBindings } from "../../rpc/bindings.ts";
import { LIMITS } from "../../shared/limits.ts";
import { readJob } from "./read-job.ts";

/**
 * The consumer of Cloudflare's queue. A notification whose fate could not be told is not repeated by the queue: its user's
 * object hands it over again, and two that repeat would send it twice.
 */
export const consumePush = async (batch: MessageBatch, env: PushingBindings): Promise<void> => {
  const messages = new Map<PushJob, Message>();
  for (const message of batch.messages) {
    const job = readJob(message.body);
    if (job) messages.set(job, message);
    else {
      log({ event: "push_malformed", queue: batch.queue });
      message.ack();
    }
  }
  const undone = new Set(await pushDispatch(env).run([...messages.keys()]));
  for (const [job, message] of messages) {
    if (undone.has(job)) message.retry({ delaySeconds: LIMITS.pushRetryMs / 1000 });
    else message.ack();
  }
};
