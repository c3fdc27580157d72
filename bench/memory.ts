import { setTimeout as delay } from "node:timers/promises";
import type { Bar, Comparison } from "./comparison.ts";
import { HEARTBEAT_SECONDS } from "./generator/dialect.ts";
import type { Plan } from "./plan.ts";
import { cpuMsOf, descriptorsOf, rssKibOf } from "./process-stat.ts";
import { startSystem, untilQuiet } from "./system.ts";
import type { SystemName } from "./system.ts";

/** So that code and caches that the first users need are there before the first reading. */
const FIRST_USERS = 50;

const MEMORY: Bar = { most: 1.5 };
const CPU: Bar = { most: 1.3 };

interface Idle {
  readonly kibEach: number;
  /** CPU time a second: of two periods in which only hearts beat, and of two in which silence is looked at too. */
  readonly beatingMs: number;
  readonly lookingMs: number;
}

const cpuPerSecond = async (pid: number, ms: number): Promise<number> => {
  const before = cpuMsOf(pid);
  await delay(ms);
  return ((cpuMsOf(pid) - before) * 1000) / ms;
};

const idle = async (
  name: SystemName,
  connections: number,
  hibernateMs: number,
  log: (text: string) => void,
): Promise<Idle> => {
  const system = await startSystem(name);
  try {
    await system.generator.ask("addIdle", { users: FIRST_USERS });
    await untilQuiet(system);
    const before = rssKibOf(system.pid);
    await system.generator.ask("addIdle", { users: connections });
    await delay(hibernateMs);
    const { open, limit } = descriptorsOf(system.pid);
    log(`${name}: ${connections} idle connections, ${open} of ${limit} file descriptors`);
    const kibEach = (rssKibOf(system.pid) - before) / connections;
    const periodsMs = 2 * HEARTBEAT_SECONDS * 1000;
    const beatingMs = await cpuPerSecond(system.pid, periodsMs);
    return { kibEach, beatingMs, lookingMs: await cpuPerSecond(system.pid, periodsMs) };
  } finally {
    await system.stop();
  }
};

/**
 * Memory and CPU time of idle connections, each user with one. Both servers at once, each with a generator of its own:
 * neither memory nor CPU time is a matter of time.
 */
export const measureMemory = async (
  names: readonly SystemName[],
  plan: Plan,
  log: (text: string) => void,
): Promise<Comparison[]> => {
  const comparisons: Comparison[] = [];
  for (const connections of plan.idleConnections) {
    const results: Record<SystemName, Idle[]> = { baseline: [], product: [] };
    await Promise.all(
      names.map(async (name) => results[name].push(await idle(name, connections, plan.hibernateMs, log))),
    );
    const line = (what: string, unit: string, pick: (of: Idle) => number, bar?: Bar): Comparison => ({
      name: `${what}, ${connections}`,
      unit,
      bar,
      values: { baseline: results.baseline.map(pick), product: results.product.map(pick) },
    });
    comparisons.push(
      line("memory per idle connection", "KiB", ({ kibEach }) => kibEach, MEMORY),
      line("CPU of idle connections' heartbeats", "ms/s", ({ beatingMs }) => beatingMs, CPU),
      line("the same when silence is looked at first", "ms/s", ({ lookingMs }) => lookingMs),
    );
  }
  return comparisons;
};
