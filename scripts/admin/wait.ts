import type { Tools } from "./command.ts";

const FIRST_MS = 100;
const MOST_MS = 2000;

interface Job {
  readonly status: string;
  readonly done: number;
  readonly of?: number | undefined;
}

/** Asks again and again, ever more rarely, until a job is over one way or another. */
export const untilOver = async <J extends Job>(
  { out, pause }: Tools,
  what: string,
  ask: () => Promise<J>,
): Promise<J> => {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(waitMs * 1.5, MOST_MS)) {
    const job = await ask();
    if (job.status !== "running") return job;
    out.progress(`${what}: ${String(job.done)}${job.of === undefined ? "" : ` of ${String(job.of)}`} conversations`);
    await pause(waitMs);
  }
};
