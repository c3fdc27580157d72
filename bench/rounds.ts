import { untilQuiet } from "./system.ts";
import type { System, SystemName } from "./system.ts";

/** Readings of each server, one per round. */
export type PerSystem<T> = Record<SystemName, T>;

const perSystem = <T>(make: () => T): PerSystem<T> => ({ baseline: make(), product: make() });

export const mapped = <T, U>(results: PerSystem<T[]>, pick: (result: T) => U): PerSystem<U[]> => ({
  baseline: results.baseline.map(pick),
  product: results.product.map(pick),
});

/** The servers take turns, and turns at being first. The other one is idle meanwhile. */
export const alternated = async <T>(
  systems: readonly System[],
  rounds: number,
  measure: (system: System) => Promise<T>,
): Promise<PerSystem<T[]>> => {
  const results = perSystem<T[]>(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const system of round % 2 === 0 ? systems : systems.toReversed()) {
      results[system.name].push(await measure(system));
      await untilQuiet(system);
    }
  }
  return results;
};
