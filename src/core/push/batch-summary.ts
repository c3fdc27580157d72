import type { PushJob } from "./job.ts";
import type { Verdict } from "./verdict.ts";

/** One notification of a batch, and how long the push service took for it if it was sent. */
export interface Handled {
  readonly job: PushJob;
  readonly verdict: Verdict;
  readonly sentMs?: number;
}

/** What became of a batch, in numbers. Times are in ms: of the slowest, and of the one in the middle. */
export interface BatchSummary {
  readonly provider: string;
  readonly jobs: number;
  readonly sent: number;
  readonly taken: number;
  readonly gone: number;
  readonly later: number;
  readonly dead: number;
  readonly dueToQueuedMaxMs: number;
  readonly dueToQueuedMedianMs: number;
  readonly queuedToConsumedMaxMs: number;
  readonly queuedToConsumedMedianMs: number;
  readonly sendMaxMs: number;
  readonly sendMedianMs: number;
}

const spreadOf = (values: readonly number[]): { readonly max: number; readonly median: number } => {
  const sorted = values.toSorted((a, b) => a - b);
  return { max: sorted.at(-1) ?? 0, median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0 };
};

export const summaryOf = (provider: string, handled: readonly Handled[], consumedAt: number): BatchSummary => {
  const count = (fate: Verdict["fate"]["is"]): number =>
    handled.filter(({ verdict }) => verdict.fate.is === fate).length;
  const times = handled.flatMap(({ sentMs }) => sentMs ?? []);
  const queued = spreadOf(handled.map(({ job }) => Math.max(0, job.queuedAt - job.dueAt)));
  const consumed = spreadOf(handled.map(({ job }) => Math.max(0, consumedAt - job.queuedAt)));
  const send = spreadOf(times);
  return {
    provider,
    jobs: handled.length,
    sent: times.length,
    taken: count("taken"),
    gone: count("gone"),
    later: count("later"),
    dead: count("dead"),
    dueToQueuedMaxMs: queued.max,
    dueToQueuedMedianMs: queued.median,
    queuedToConsumedMaxMs: consumed.max,
    queuedToConsumedMedianMs: consumed.median,
    sendMaxMs: send.max,
    sendMedianMs: send.median,
  };
};
