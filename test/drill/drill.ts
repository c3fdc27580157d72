import type { Archives } from "./archives.ts";
import { Site } from "./site.ts";
import type { Account, Drain, Load, RegionSent } from "./site.ts";

export const REGIONS = ["a", "b", "c"] as const;
/** The one that things happen to. */
export const STRUCK = "b";
export const PHASES = ["healthy", "silent", "refused", "slowed", "healed"] as const;
export type Phase = (typeof PHASES)[number];

export interface Plan extends Load {
  readonly rounds: number;
  /** How long each call to a conversation of the struck region is held up. */
  readonly slowMs: number;
  /** Whether a second server, to which nothing happens, does the same at the same time. */
  readonly beside: boolean;
}

export interface Reading extends RegionSent {
  readonly round: number;
  readonly phase: Phase;
  readonly site: "drilled" | "beside";
}

export interface Outcome {
  readonly readings: readonly Reading[];
  /**
   * Of each round: what was in the logs of the struck region and not in its archive when that was healed, and how long it
   * took until all of it was there, ms.
   */
  readonly drains: readonly Drain[];
  readonly accounts: readonly Account[];
  /** What was lost, doubled, out of order, or is otherwise in the archive. None, when all is well. */
  readonly faults: readonly string[];
}

/** Brings a phase about. */
const begin = async (phase: Phase, site: Site, archives: Archives, slowMs: number): Promise<void> => {
  await site.slow(STRUCK, phase === "slowed" ? slowMs : 0);
  if (phase === "silent" || phase === "refused") await archives.turn(site.base, STRUCK, phase);
  if (phase === "healed") await archives.turn(site.base, STRUCK, "open");
};

const play = async (
  [drilled, beside]: readonly Site[],
  plan: Plan,
  archives: Archives,
  say: (line: string) => void,
): Promise<Outcome> => {
  if (drilled === undefined) throw new Error("unable to drill; there is no server");
  const readings: Reading[] = [];
  const drains: Drain[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const phase of PHASES) {
      say(`round ${round + 1}: ${phase}`);
      await begin(phase, drilled, archives, plan.slowMs);
      const drain = phase === "healed" ? drilled.drain(STRUCK) : undefined;
      const [own, others = [], drained] = await Promise.all([drilled.write(), beside?.write(), drain]);
      for (const sent of own) readings.push({ ...sent, round, phase, site: "drilled" });
      for (const sent of others) readings.push({ ...sent, round, phase, site: "beside" });
      if (drained) drains.push(drained);
    }
  }
  say("looking at what is there");
  const { accounts, faults } = await drilled.account();
  if (beside) faults.push(...(await beside.account()).faults);
  return { readings, drains, accounts, faults };
};

/** Three regions on this machine, each with an archive of its own, while one of them is in trouble. */
export const runDrill = async (
  plan: Plan,
  archives: Archives,
  say: (line: string) => void = () => undefined,
): Promise<Outcome> => {
  const sites: Site[] = [];
  try {
    sites.push(await Site.start(REGIONS, plan, archives.env));
    if (plan.beside) sites.push(await Site.start(REGIONS, plan, archives.uncut));
    return await play(sites, plan, archives, say);
  } finally {
    await Promise.all(sites.map((site) => site.stop()));
  }
};
