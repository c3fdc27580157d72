import type { Bar, Comparison } from "./comparison.ts";
import type { CrowdResult } from "./generator/room-loads.ts";
import type { Plan } from "./plan.ts";
import { untilQuiet } from "./system.ts";
import type { System } from "./system.ts";

const ROOM = "hot";
const MEMBERS = 300;
const WINDOW = 4;
/** The share of what was admitted that is asked for when the same conversation is not hot. */
const CALM_SHARE = 0.2;

const ACK_P99_MS: Bar = { most: 2000 };
/** Some have to be refused: what everybody wants is more than there is. */
const REFUSED: Bar = { least: 0.001 };
/** Growth of the server's memory, in MiB. */
const GROWTH_MIB: Bar = { most: 256 };

const comparisonsOf = (calm: CrowdResult, hot: CrowdResult): Comparison[] => {
  const columns = [`${CALM_SHARE * 100} %`, "hot"] as const;
  const line = (
    name: string,
    unit: string,
    pick: (result: CrowdResult) => number,
    bars: Pick<Comparison, "limit"> = {},
  ): Comparison => ({
    name: `${name}, ${MEMBERS} writing`,
    unit,
    columns,
    values: { baseline: [pick(calm)], product: [pick(hot)] },
    ...bars,
  });
  const mib = (kib: number): number => kib / 1024;
  return [
    line("admitted per second", "messages/s", ({ admittedPerSecond }) => admittedPerSecond),
    line("refused share of answers", "", ({ refusedShare }) => refusedShare, { limit: REFUSED }),
    line("ack p50 of admitted", "ms", ({ ackMs }) => ackMs.p50),
    line("ack p99 of admitted", "ms", ({ ackMs }) => ackMs.p99, { limit: ACK_P99_MS }),
    line("until the last member has it, p50", "ms", ({ everywhereMs }) => everywhereMs.p50),
    line("until the last member has it, p99", "ms", ({ everywhereMs }) => everywhereMs.p99),
    line("until all have all, after the last", "ms", ({ drainMs }) => drainMs),
    line("server memory before", "MiB", ({ rssKib }) => mib(rssKib.before)),
    line("server memory at its peak", "MiB", ({ rssKib }) => mib(rssKib.peak)),
    line("growth of server memory", "MiB", ({ rssKib }) => mib(rssKib.peak - rssKib.before), { limit: GROWTH_MIB }),
    line("server CPU per admitted message", "ms", ({ serverCpuMs }) => serverCpuMs),
    line("generator CPU per admitted message", "ms", ({ generatorCpuMs }) => generatorCpuMs),
    line("generator late by, p99", "ms", ({ generatorLateMs }) => generatorLateMs),
  ];
};

const told = (refusals: CrowdResult["refusals"]): string =>
  Object.entries(refusals)
    .map(([code, count]) => `${count} ${code}`)
    .join(", ") || "none";

/** Everybody in one group writes as fast as he may, and the same group with a fifth of that. */
export const measureHot = async (
  { generator, pid }: System,
  { hotMs, calmMs }: Plan,
  log: (text: string) => void,
): Promise<Comparison[]> => {
  log(`hot: a group of ${MEMBERS}`);
  await generator.ask("addRoom", { room: ROOM, members: MEMBERS });
  await generator.ask("somebody", { room: ROOM, perSecond: 20, sendMs: 2000, pid });
  log(`hot: everybody writes for ${hotMs / 1000} s`);
  const hot = await generator.ask("everybody", { room: ROOM, window: WINDOW, sendMs: hotMs, pid });
  const perSecond = hot.admittedPerSecond * CALM_SHARE;
  log(`hot: refusals: ${told(hot.refusals)}; now ${perSecond.toFixed(0)} messages/s`);
  await untilQuiet({ pid });
  const calm = await generator.ask("somebody", { room: ROOM, perSecond, sendMs: calmMs, pid });
  log(`hot: refusals at ${CALM_SHARE * 100} %: ${told(calm.refusals)}`);
  return comparisonsOf(calm, hot);
};
