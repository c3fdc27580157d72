import { median, percentiles } from "../../bench/statistics.ts";
import { PHASES, REGIONS } from "./drill.ts";
import type { Outcome, Phase, Reading } from "./drill.ts";

/** What whoever is not struck may lose. */
export const BAR = 1.1;

const sum = (readings: readonly Reading[], of: "sends" | "refusals"): number =>
  readings.reduce((all, one) => all + one[of], 0);

/** Of a region in a phase: how its latency compares with that of the healthy phase of the same round; the middle round. */
const ratioOf = (readings: readonly Reading[], region: string, phase: Phase, which: "p50" | "p99"): number => {
  const of = (round: number, wanted: Phase): number =>
    percentiles(
      readings
        .filter((one) => one.round === round && one.region === region && one.phase === wanted)
        .flatMap(({ acks }) => acks),
    )[which];
  const rounds = [...new Set(readings.map(({ round }) => round))];
  return median(rounds.map((round) => of(round, phase) / of(round, "healthy")));
};

/** The table, and what became of it. */
export const render = ({ readings, drains, accounts, faults }: Outcome): string => {
  const lines = [
    ["region", "phase", "sends", "refusals", "ack p50 ms", "p99 ms", "p50 ratio", "p99 ratio"].join(" | "),
    "--- | --- | --- | --- | --- | --- | --- | ---",
  ];
  let worst = 0;
  for (const region of REGIONS) {
    for (const phase of PHASES) {
      const own = readings.filter((one) => one.region === region && one.phase === phase);
      const { p50, p99 } = percentiles(own.flatMap(({ acks }) => acks));
      const ratio = ratioOf(readings, region, phase, "p50");
      if (region !== "b") worst = Math.max(worst, ratio);
      const ratios = [ratio, ratioOf(readings, region, phase, "p99")].map((one) => one.toFixed(2));
      const figures = [sum(own, "sends"), sum(own, "refusals"), p50.toFixed(1), p99.toFixed(1), ...ratios];
      lines.push([region, phase, ...figures].join(" | "));
    }
  }
  const struck = readings.filter((one) => one.region === "b");
  lines.push(
    "",
    `the others' worst p50 ratio: ${worst.toFixed(2)} (bar ${BAR}: ${worst <= BAR ? "holds" : "does not hold"})`,
    `the struck one: ${sum(struck, "sends")} sends, ${sum(struck, "refusals")} refusals`,
    `its backlog when it was healed, and until it was archived: ${drains.map(({ entries, ms }) => `${entries} in ${(ms / 1000).toFixed(1)} s`).join(", ")}`,
    ...accounts.map(
      ({ region, acked, entries, archived }) =>
        `${region}: ${acked} acknowledged, ${entries} in the logs, ${archived} of them archived`,
    ),
    faults.length === 0 ? "each acknowledged message once, in order, archives as the logs" : `${faults.length} FAULTS`,
    ...faults.slice(0, 20),
  );
  return lines.join("\n");
};
