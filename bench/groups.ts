import { LIMITS } from "../src/shared/limits.ts";
import type { Bar, Comparison } from "./comparison.ts";
import type { FanOutResult, PacedResult } from "./generator/room-loads.ts";
import { WINDOWS } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { alternated, mapped } from "./rounds.ts";
import type { PerSystem } from "./rounds.ts";
import { percentiles } from "./statistics.ts";
import { untilQuiet } from "./system.ts";
import type { System, SystemName } from "./system.ts";

const ROOM = "crowd";
const MEMBERS = 500;
const SMALL_ROOM = "two";
const SMALL_MEMBERS = 2;

const THROUGHPUT_BAR: Record<(typeof WINDOWS)[number], Bar | undefined> = { 1: { least: 0.7 }, 8: undefined };
const CPU_BAR: Record<(typeof WINDOWS)[number], Bar | undefined> = { 1: { most: 1 / 0.7 }, 8: undefined };
const ACK_BAR: Bar = { most: 1.5 };

/**
 * How long after the last message a server may still be at work for it. The product asks the members of a large
 * group later what they have on disk, and that belongs to the price; the baseline does nothing behind.
 */
const BEHIND_MS: Record<SystemName, number> = {
  baseline: 1000,
  product: LIMITS.outboxBusyAlarmMs + LIMITS.inboxFlushMs + 1000,
};

const fanOutComparisons = (window: (typeof WINDOWS)[number], results: PerSystem<FanOutResult[]>): Comparison[] => {
  const where = `group of ${MEMBERS}, window ${window}`;
  return [
    {
      name: `deliveries per second, ${where}`,
      unit: "deliveries/s",
      values: mapped(results, ({ perSecond }) => perSecond),
      bar: THROUGHPUT_BAR[window],
    },
    {
      name: `server CPU per delivery, ${where}`,
      unit: "ms",
      values: mapped(results, ({ serverCpuMs }) => serverCpuMs),
      bar: CPU_BAR[window],
    },
    {
      name: `generator CPU per delivery, ${where}`,
      unit: "ms",
      values: mapped(results, ({ generatorCpuMs }) => generatorCpuMs),
    },
    { name: `refusals, ${where}`, unit: "a run", values: mapped(results, ({ refused }) => refused) },
    { name: `ack p50, ${where}`, unit: "ms", values: mapped(results, ({ ackMs }) => ackMs.p50) },
  ];
};

/** The product beside itself: what a sender in a large group waits for, and what one in a small group does. */
const pacedComparisons = async (
  { generator }: System,
  { pacedRounds, pacedMessages: messages, paces }: Plan,
  perSecond: number,
): Promise<Comparison[]> => {
  const rounds: PerSystem<PacedResult[]> = { baseline: [], product: [] };
  const load = { messages, perSecond };
  for (let round = 0; round < pacedRounds; round++) {
    rounds.baseline.push(await generator.ask("paced", { room: SMALL_ROOM, ...load }));
    rounds.product.push(await generator.ask("paced", { room: ROOM, ...load }));
  }
  const columns = [`${SMALL_MEMBERS} members`, `${MEMBERS}`] as const;
  const of = (what: keyof PacedResult, which: "p50" | "p95"): PerSystem<number[]> =>
    mapped(rounds, (round) => percentiles(round[what])[which]);
  const how = `${perSecond} message${perSecond === 1 ? "" : "s"}/s`;
  const bar = perSecond === paces[0] ? { bar: ACK_BAR } : {};
  return [
    { name: `ack p50, ${how}`, unit: "ms", columns, values: of("ackMs", "p50"), ...bar },
    { name: `ack p95, ${how}`, unit: "ms", columns, values: of("ackMs", "p95") },
    { name: `until the last member has it, p50, ${how}`, unit: "ms", columns, values: of("everywhereMs", "p50") },
    { name: `until the last member has it, p95, ${how}`, unit: "ms", columns, values: of("everywhereMs", "p95") },
  ];
};

/** One message to many: the whole group is there, and one member writes. */
export const measureGroups = async (
  systems: readonly System[],
  plan: Plan,
  log: (text: string) => void,
): Promise<Comparison[]> => {
  const { groupRounds, groupMessages, groupWarmMessages } = plan;
  for (const system of systems) {
    log(`${system.name}: a group of ${MEMBERS}, warming up`);
    await system.generator.ask("addRoom", { room: ROOM, members: MEMBERS });
    if (system.name === "product") {
      await system.generator.ask("addRoom", { room: SMALL_ROOM, members: SMALL_MEMBERS });
      await system.generator.ask("paced", { room: SMALL_ROOM, messages: 20, perSecond: 20 });
    }
    const { generator, pid } = system;
    await generator.ask("fanOut", { room: ROOM, messages: groupWarmMessages, window: 1, pid, behindMs: 0 });
    await untilQuiet(system);
  }
  const comparisons: Comparison[] = [];
  for (const window of WINDOWS) {
    log(`group of ${MEMBERS}, window ${window}: ${groupRounds[window]} rounds`);
    const results = await alternated(systems, groupRounds[window], ({ name, generator, pid }) =>
      generator.ask("fanOut", { room: ROOM, messages: groupMessages, window, pid, behindMs: BEHIND_MS[name] }),
    );
    comparisons.push(...fanOutComparisons(window, results));
  }
  const product = systems.find(({ name }) => name === "product");
  if (product === undefined) return comparisons;
  log(`acks in groups of ${SMALL_MEMBERS} and ${MEMBERS}: ${plan.pacedRounds} rounds`);
  for (const pace of plan.paces) comparisons.push(...(await pacedComparisons(product, plan, pace)));
  return comparisons;
};
