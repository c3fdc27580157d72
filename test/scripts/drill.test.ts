import { expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { objectArchives } from "../drill/archives.ts";
import { PHASES, REGIONS, runDrill } from "../drill/drill.ts";
import { render } from "../drill/report.ts";

/** Enough for a batch in each phase. How fast it all goes is the drill's own to say: `npm run drill`. */
const PLAN = { rounds: 1, lanesPerRegion: 1, perSecond: 75, phaseMs: 4000, slowMs: 100, beside: false };
const SENDS = (PLAN.perSecond * PLAN.phaseMs) / 1000;

test("[DUR-1] [SEQ-1] a region whose archive is cut off and whose objects are slow keeps taking messages, and archives them afterwards", async () => {
  const outcome = await runDrill(PLAN, objectArchives());
  const told = render(outcome);
  expect(outcome.faults, told).toEqual([]);
  for (const region of REGIONS) {
    for (const phase of PHASES) {
      const reading = outcome.readings.find((one) => one.region === region && one.phase === phase);
      expect(reading?.acks.length, `${region}, ${phase}`).toBe(SENDS);
    }
  }
  const acked = SENDS * PHASES.length;
  expect(outcome.accounts.map((one) => [one.region, one.acked])).toEqual(REGIONS.map((region) => [region, acked]));
  for (const { archived } of outcome.accounts) expect(archived).toBeGreaterThan(acked - LIMITS.archiveBatch);
  // It was cut off indeed, for all of three phases.
  expect(outcome.drains.map(({ entries }) => entries > 3 * SENDS)).toEqual([true]);
}, 240_000);
