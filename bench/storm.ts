import { setTimeout as delay } from "node:timers/promises";
import type { Comparison } from "./comparison.ts";
import type { StormResult } from "./generator/storm.ts";
import type { Plan } from "./plan.ts";
import { startSystem } from "./system.ts";
import type { System } from "./system.ts";
import type { Verdict } from "./verdict.ts";

const WAYS = ["killed", "stopped"] as const;
type Way = (typeof WAYS)[number];

const verdictOf = ({ account }: StormResult): Verdict => ({ system: "product", ...account });

/** Ends the server, by SIGKILL or as an operator does, and starts it again. */
const pass = async (system: System, way: Way, log: (text: string) => void): Promise<StormResult> => {
  const sendAt = await system.generator.ask("brace", null);
  const since = performance.now();
  await system.restart(way, sendAt);
  log(`storm: ${way}, up again after ${(performance.now() - since).toFixed(0)} ms`);
  const result = await system.generator.ask("storm", null);
  const { told, toldMost, errors, awayShare } = result;
  log(
    `storm: ${way}, ${told} told waits (at most ${toldMost} of one), ${(awayShare * 100).toFixed(0)} % away when written to, ` +
      `other ends of attempts: ${JSON.stringify(errors)}`,
  );
  return result;
};

/** Everybody loses the connection at once, and comes back as the SDK does, to a server with its own settings. */
export const measureStorm = async (
  { stormUsers: users, hibernateMs }: Plan,
  log: (text: string) => void,
): Promise<{ comparisons: Comparison[]; verdicts: Verdict[] }> => {
  const system = await startSystem("product", { CONNECT_RATE: undefined });
  try {
    log(`storm: ${users} people connect`);
    await system.generator.ask("gather", { users });
    await delay(hibernateMs);
    const [killed, stopped] = [await pass(system, "killed", log), await pass(system, "stopped", log)];
    const line = (name: string, unit: string, pick: (result: StormResult) => number): Comparison => ({
      name: `${name}, ${users} at once`,
      unit,
      columns: WAYS,
      values: { baseline: [pick(killed)], product: [pick(stopped)] },
    });
    const comparisons = [
      line("until back and in sync, p50", "ms", ({ backMs }) => backMs.p50),
      line("until back and in sync, p99", "ms", ({ backMs }) => backMs.p99),
      line("until back and in sync, the last", "ms", ({ backMs }) => backMs.max),
      line("told waits", "", ({ told }) => told),
    ];
    return { comparisons, verdicts: [verdictOf(killed), verdictOf(stopped)] };
  } finally {
    await system.stop();
  }
};
