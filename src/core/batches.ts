import { LIMITS } from "../shared/limits.ts";

/** Does something with each, so many at once: hundreds of calls begun in one turn keep everything else waiting. */
export const inBatches = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += LIMITS.parallelCalls) {
    const batch = items.slice(from, from + LIMITS.parallelCalls);
    results.push(...(await Promise.all(batch.map((item) => work(item)))));
  }
  return results;
};
