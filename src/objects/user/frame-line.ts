import { LIMITS } from "../../shared/limits.ts";

/** Work for one frame. `barrier`: it answers with state, so it must see the effects of all frames before it. */
export interface Job {
  readonly barrier: boolean;
  run(): Promise<void>;
}

/**
 * Keeps the frames of one connection in order without making them wait for each other: they start in
 * order, and sends are under way together; a barrier starts when all before it have ended, and
 * those after it wait for it.
 */
export class FrameLine {
  readonly #underWay = new Set<Promise<void>>();
  readonly #queue: Job[] = [];
  #blocked = false;

  /** `false`: too many are waiting. The answer's promise settles when the job and all that it let through have. */
  push(job: Job): Promise<void> | false {
    if (!this.#blocked && this.#queue.length === 0) return this.#start(job);
    if (this.#queue.length >= LIMITS.framesQueued) return false;
    this.#queue.push(job);
    return Promise.resolve();
  }

  #start(job: Job): Promise<void> {
    if (job.barrier) return this.#startBarrier(job);
    const work = job.run().finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    return work;
  }

  async #startBarrier(job: Job): Promise<void> {
    this.#blocked = true;
    await Promise.allSettled(this.#underWay);
    try {
      await job.run();
    } finally {
      this.#blocked = false;
      await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    const started: Promise<void>[] = [];
    for (let next = this.#queue.shift(); next; next = this.#blocked ? undefined : this.#queue.shift()) {
      started.push(this.#start(next));
    }
    await Promise.all(started);
  }
}
