import { setTimeout as delay } from "node:timers/promises";
import { nextLookAfter } from "../src/core/presence/silence.ts";
import { LIMITS } from "../src/shared/limits.ts";
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

const PERIOD_MS = HEARTBEAT_SECONDS * 1000;
const DAY_MS = 86_400_000;
/** Looks at a connection's silence that come one soon after the other. */
const FIRST_LOOKS = 2;

interface Idle {
  readonly kibEach: number;
  /** CPU time a second while hearts beat. */
  readonly beating: number;
  /** CPU time of a look at the silence of one connection, in ms. */
  readonly look: number;
}

const cpuPerSecond = async (pid: number, ms: number): Promise<number> => {
  const before = cpuMsOf(pid);
  await delay(ms);
  return ((cpuMsOf(pid) - before) * 1000) / ms;
};

/** How often the server looks whether a connection has fallen silent that lasts so long. */
const looksWithin = (ms: number): number => {
  let looks = 0;
  for (let at: number = LIMITS.silenceCheckFirstMs, after = 0; at <= ms; looks++) {
    after = nextLookAfter(after);
    at += after;
  }
  return looks;
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
    // Until even the one who came last was looked at as often, and the objects that looked are gone again: then there is
    // no look for a while.
    const lookingMs = FIRST_LOOKS * LIMITS.silenceCheckFirstMs;
    const looking = await cpuPerSecond(system.pid, lookingMs);
    await delay(hibernateMs);
    const beating = await cpuPerSecond(system.pid, 2 * PERIOD_MS);
    return { kibEach, beating, look: ((looking - beating) * lookingMs) / 1000 / FIRST_LOOKS / connections };
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
    const cpuOver = (name: string, ms: number, bar?: Bar): Comparison => ({
      ...line(`CPU of idle connections over ${name}`, "ms/s", ({ beating }) => beating, bar),
      values: {
        baseline: results.baseline.map(({ beating }) => beating),
        product: results.product.map(
          ({ beating, look }) => beating + (look * looksWithin(ms) * connections * 1000) / ms,
        ),
      },
    });
    comparisons.push(
      line("memory per idle connection", "KiB", ({ kibEach }) => kibEach, MEMORY),
      line("CPU of idle connections, hearts alone", "ms/s", ({ beating }) => beating, CPU),
      line("a look at the silence of one", "ms", ({ look }) => look),
      cpuOver("an hour", DAY_MS / 24),
      cpuOver("a day", DAY_MS, CPU),
    );
  }
  return comparisons;
};
