import { LIMITS } from "../../shared/limits.ts";
import type { Timers } from "../ports.ts";
import { providerOf } from "./gateway.ts";
import type { PushJob } from "./job.ts";
import { subjectOf } from "./newest.ts";

export interface JobQueueDeps {
  readonly timers: Timers;
  /** Sends them, all to one push service. Never rejects. */
  run(jobs: readonly PushJob[]): Promise<unknown>;
}

/** What waits for one push service. */
interface Line {
  readonly waiting: Map<string, PushJob>;
  running: number;
  gathers: boolean;
}

/**
 * The queue of a machine of one's own: in memory, since what it loses is handed over again. Each push service has a line
 * of its own, so that one that hangs holds up nobody else.
 */
export class JobQueue {
  readonly #deps: JobQueueDeps;
  readonly #lines = new Map<string, Line>();
  #held = 0;

  constructor(deps: JobQueueDeps) {
    this.#deps = deps;
  }

  /** Jobs in memory: those that wait, and those that are under way. */
  get held(): number {
    return this.#held;
  }

  /** How many of them it took, from the first on; the others it has no room for. */
  put(jobs: readonly PushJob[]): number {
    let taken = 0;
    for (const job of jobs) {
      if (!this.#take(job)) break;
      taken++;
    }
    for (const [provider, line] of this.#lines) this.#go(provider, line);
    return taken;
  }

  #take(job: PushJob): boolean {
    const provider = providerOf(job.address);
    const line = this.#lines.get(provider) ?? { waiting: new Map<string, PushJob>(), running: 0, gathers: false };
    const subject = subjectOf(job);
    if (!line.waiting.has(subject)) {
      if (this.#held >= LIMITS.pushQueued) return false;
      this.#held++;
    }
    // In the place of an earlier one about the same.
    line.waiting.set(subject, job);
    this.#lines.set(provider, line);
    return true;
  }

  /** A full batch starts at once, another one when it has gathered for a moment. */
  #go(provider: string, line: Line): void {
    while (line.waiting.size >= LIMITS.pushBatch && line.running < LIMITS.pushBatches) this.#start(provider, line);
    if (line.gathers || line.waiting.size === 0 || line.running >= LIMITS.pushBatches) return;
    line.gathers = true;
    this.#deps.timers.after(LIMITS.pushGatherMs, () => {
      line.gathers = false;
      if (line.waiting.size > 0 && line.running < LIMITS.pushBatches) this.#start(provider, line);
      this.#go(provider, line);
    });
  }

  #start(provider: string, line: Line): void {
    const batch = [...line.waiting].slice(0, LIMITS.pushBatch);
    for (const [subject] of batch) line.waiting.delete(subject);
    line.running++;
    const jobs = batch.map(([, job]) => job);
    void this.#deps.run(jobs).finally(() => {
      line.running--;
      this.#held -= jobs.length;
      if (line.running === 0 && line.waiting.size === 0 && !line.gathers) this.#lines.delete(provider);
      else this.#go(provider, line);
    });
  }
}
