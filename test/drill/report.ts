import { median, percentiles } from "../../bench/statistics.ts";
import { PHASES, REGIONS, STRUCK } from "./drill.ts";
import type { Outcome, Phase, Reading } from "./drill.ts";

/** What whoever is not struck may lose. */
const BAR = 1.1;

type Which = "p50" | "p99";

const sum = (readings: readonly Reading[], of: "sends" | "refusals"): number =>
  readings.reduce((all, one) => all + one[of], 0);

/** Of a region in a phase: how its latency compares with that of the server beside, at the same time; the middle round. */
const ratioOf = (readings: readonly Reading[], region: string, phase: Phase, which: Which): number => {
  const own = readings.filter((one) => one.region === region && one.phase === phase);
  const of = (round: number, site: Reading["site"]): number =>
    percentiles(own.filter((one) => one.round === round && one.site === site).flatMap(({ acks }) => acks))[which];
  const rounds = [...new Set(own.map(({ round }) => round))];
  return median(rounds.map((round) => of(round, "drilled") / of(round, "beside")));
};

const shown = (ratio: number): string => (Number.isNaN(ratio) ? "-" : ratio.toFixed(2));

const verdictOf = (readings: readonly Reading[]): string => {
  const others = REGIONS.filter((region) => region !== STRUCK);
  const ratios = PHASES.flatMap((phase) => others.map((region) => ratioOf(readings, region, phase, "p50")));
  const worst = Math.max(...ratios);
  if (Number.isNaN(worst)) return "without a server beside it latency says nothing";
  return `the others' worst p50 ratio: ${shown(worst)} (bar ${BAR}: ${worst <= BAR ? "holds" : "does not hold"})`;
};

/** The table, and what became of it. */
export const render = ({ readings, drains, accounts, faults }: Outcome): string => {
  const lines = [
    "region | phase | sends | refusals | ack p50 ms | p99 ms | p50 ratio | p99 ratio",
    "--- | --- | --- | --- | --- | --- | --- | ---",
  ];
  for (const region of REGIONS) {
    for (const phase of PHASES) {
      const own = readings.filter((one) => one.region === region && one.phase === phase && one.site === "drilled");
      const { p50, p99 } = percentiles(own.flatMap(({ acks }) => acks));
      const ratios = (["p50", "p99"] as const).map((which) => shown(ratioOf(readings, region, phase, which)));
      const figures = [sum(own, "sends"), sum(own, "refusals"), p50.toFixed(1), p99.toFixed(1), ...ratios];
      lines.push([region, phase, ...figures].join(" | "));
    }
  }
  const struck = readings.filter((one) => one.region === STRUCK && one.site === "drilled");
  const drained = drains.map(({ entries, ms }) => `${entries} in ${(ms / 1000).toFixed(1)} s`);
  lines.push(
    "",
    verdictOf(readings),
    `the struck one: ${sum(struck, "sends")} sends, ${sum(struck, "refusals")} refusals`,
    `its backlog when it was healed, and until it was archived: ${drained.join(", ")}`,
    ...accounts.map(
      ({ region, acked, entries, archived }) =>
        `${region}: ${acked} acknowledged, ${entries} in the logs, ${archived} of them archived`,
    ),
    faults.length === 0 ? "each acknowledged message once, in order, archives as the logs" : `${faults.length} FAULTS`,
    ...faults.slice(0, 20),
  );
  return lines.join("\n");
};
