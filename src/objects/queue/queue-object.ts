import { DurableObject } from "cloudflare:workers";
import { JobQueue } from "../../core/push/job-queue.ts";
import type { PushJob } from "../../core/push/job.ts";
import { pushDispatch } from "../../platform/push-dispatch.ts";
import { systemTimers } from "../../platform/world.ts";
import type { PushingBindings } from "../../rpc/bindings.ts";
import type { QueueRpc } from "../../rpc/push-rpc.ts";

/** The queue of notifications where there is none of the platform. It stores nothing. */
export class QueueObject extends DurableObject<PushingBindings> implements QueueRpc {
  readonly #queue: JobQueue;

  constructor(ctx: DurableObjectState, env: PushingBindings) {
    super(ctx, env);
    const dispatch = pushDispatch(env);
    this.#queue = new JobQueue({
      timers: systemTimers,
      run(jobs) {
        const running = dispatch.run(jobs);
        // Whoever put them in has his answer: this is what keeps the object until they are sent.
        ctx.waitUntil(running);
        return running;
      },
    });
  }

  async put(jobs: readonly PushJob[]): Promise<number> {
    return this.#queue.put(jobs);
  }
}
