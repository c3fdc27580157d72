import type { Bar, Comparison } from "./comparison.ts";
import type { LoadResult } from "./generator/loads.ts";
import { USERS, WINDOWS } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { median, percentiles } from "./statistics.ts";
import type { Percentiles } from "./statistics.ts";
import { alternated, mapped } from "./rounds.ts";
import type { PerSystem } from "./rounds.ts";
import { untilQuiet } from "./system.ts";
import type { System } from "./system.ts";

/** The bars by window: with one message under way nothing can be batched; with eight it has to pay. */
const THROUGHPUT_BAR: Record<(typeof WINDOWS)[number], Bar> = { 1: { least: 0.7 }, 8: { least: 1.5 } };
const CPU_BAR: Record<(typeof WINDOWS)[number], Bar> = { 1: { most: 1.4 }, 8: { most: 0.6 } };
const IDLE_P99_BAR: Bar = { most: 2.5 };

const latencyComparisons = (when: string, rounds: PerSystem<Percentiles[]>, p99Bar?: Bar): Comparison[] => [
  { name: `send to deliver p50, ${when}`, unit: "ms", values: mapped(rounds, ({ p50 }) => p50) },
  { name: `send to deliver p99, ${when}`, unit: "ms", values: mapped(rounds, ({ p99 }) => p99), bar: p99Bar },
];

interface Cell {
  readonly users: number;
  readonly window: (typeof WINDOWS)[number];
  readonly results: PerSystem<LoadResult[]>;
}

const throughput = async (systems: readonly System[], plan: Plan, log: (text: string) => void): Promise<Cell[]> => {
  const cells: Cell[] = [];
  const { rounds, sendMs } = plan;
  for (const users of USERS) {
    for (const window of WINDOWS) {
      log(`${users} users, window ${window}: ${rounds} rounds`);
      const results = await alternated(systems, rounds, ({ generator, pid }) =>
        generator.ask("closedLoop", { users, window, sendMs, pid }),
      );
      cells.push({ users, window, results });
    }
  }
  return cells;
};

const cellComparisons = ({ users, window, results }: Cell): Comparison[] => {
  const where = `${users} users, window ${window}`;
  return [
    {
      name: `delivered per second, ${where}`,
      unit: "messages/s",
      values: mapped(results, ({ perSecond }) => perSecond),
      bar: THROUGHPUT_BAR[window],
    },
    {
      name: `server CPU per message, ${where}`,
      unit: "ms",
      values: mapped(results, ({ serverCpuMs }) => serverCpuMs),
      bar: CPU_BAR[window],
    },
    {
      name: `generator CPU per message, ${where}`,
      unit: "ms",
      values: mapped(results, ({ generatorCpuMs }) => generatorCpuMs),
    },
  ];
};

/** What the slower of the two manages with many users and a message each, halved: both get the same load. */
const halfLoad = (systems: readonly System[], cells: readonly Cell[]): number => {
  const capacities = cells
    .filter(({ users, window }) => users === Math.max(...USERS) && window === 1)
    .flatMap(({ results }) => systems.map(({ name }) => median(results[name].map(({ perSecond }) => perSecond))));
  return Math.min(...capacities) / 2;
};

/** Everything that is measured on servers with people writing. */
export const measureLoaded = async (
  systems: readonly System[],
  plan: Plan,
  log: (text: string) => void,
): Promise<Comparison[]> => {
  const users = Math.max(...USERS);
  for (const { name, generator, pid } of systems) {
    log(`${name}: connecting ${users} users, warming up`);
    await generator.ask("addPairs", { users });
    for (const window of WINDOWS) {
      await generator.ask("closedLoop", { users, window, sendMs: plan.firstWarmMs / 2, pid });
    }
  }
  for (const system of systems) await untilQuiet(system);

  log(`idle, ${plan.samples} single messages: ${plan.rounds} rounds`);
  const { samples, pauseMs, rounds, sendMs } = plan;
  const idle = await alternated(systems, rounds, async ({ generator }) =>
    percentiles(await generator.ask("oneByOne", { samples, pauseMs })),
  );
  const cells = await throughput(systems, plan, log);
  const perSecond = halfLoad(systems, cells);
  log(`half load, ${perSecond.toFixed(0)} messages/s to each: ${rounds} rounds`);
  const half = await alternated(systems, rounds, ({ generator, pid }) =>
    generator.ask("openLoop", { users, perSecond, sendMs, pid }),
  );
  const atHalf = `half load (${perSecond.toFixed(0)}/s)`;
  return [
    ...cells.flatMap(cellComparisons),
    ...latencyComparisons("idle", idle, IDLE_P99_BAR),
    ...latencyComparisons(
      atHalf,
      mapped(half, ({ latencyMs }) => latencyMs),
    ),
    { name: `server CPU per message, ${atHalf}`, unit: "ms", values: mapped(half, ({ serverCpuMs }) => serverCpuMs) },
  ];
};
