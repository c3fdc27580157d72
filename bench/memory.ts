import { setTimeout as delay } from "node:timers/promises";
import type { Comparison } from "./comparison.ts";
import type { Plan } from "./plan.ts";
import { descriptorsOf, rssKibOf } from "./process-stat.ts";
import { startSystem, untilQuiet } from "./system.ts";
import type { SystemName } from "./system.ts";

/** So that code and caches that the first users need are there before the first reading. */
const FIRST_USERS = 50;

const kibPerConnection = async (
  name: SystemName,
  connections: number,
  hibernateMs: number,
  log: (text: string) => void,
): Promise<number> => {
  const system = await startSystem(name);
  try {
    await system.generator.ask("addIdle", { users: FIRST_USERS });
    await untilQuiet(system);
    const before = rssKibOf(system.pid);
    await system.generator.ask("addIdle", { users: connections });
    await delay(hibernateMs);
    const { open, limit } = descriptorsOf(system.pid);
    log(`${name}: ${connections} idle connections, ${open} of ${limit} file descriptors`);
    return (rssKibOf(system.pid) - before) / connections;
  } finally {
    await system.stop();
  }
};

/** Memory per idle connection, each user with one. Both servers at once: memory is not a matter of time. */
export const measureMemory = async (
  names: readonly SystemName[],
  plan: Plan,
  log: (text: string) => void,
): Promise<Comparison[]> => {
  const comparisons: Comparison[] = [];
  for (const connections of plan.idleConnections) {
    const values: Record<SystemName, number[]> = { baseline: [], product: [] };
    await Promise.all(
      names.map(async (name) => {
        values[name].push(await kibPerConnection(name, connections, plan.hibernateMs, log));
      }),
    );
    comparisons.push({ name: `memory per idle connection, ${connections} of them`, unit: "KiB", values });
  }
  return comparisons;
};
