import { setTimeout as delay } from "node:timers/promises";
import type { Comparison } from "./comparison.ts";
import type { Comeback } from "./generator/absent.ts";
import type { Plan } from "./plan.ts";
import { alternated, mapped } from "./rounds.ts";
import { median } from "./statistics.ts";
import { untilQuiet } from "./system.ts";
import type { System } from "./system.ts";

/** Somebody comes back to many conversations in which much was written: what he missed comes in one answer. */
export const measureSync = async (
  systems: readonly System[],
  { comebacks, comebackAsks: asks, missed, hibernateMs }: Plan,
  log: (text: string) => void,
): Promise<Comparison[]> => {
  for (const system of systems) {
    log(
      `${system.name}: somebody is away while ${missed.entries} entries come in ${missed.conversations} conversations`,
    );
    await system.generator.ask("leave", missed);
    await untilQuiet(system);
  }
  log(`coming back to it: ${comebacks} rounds`);
  const results = await alternated<Comeback>(systems, comebacks, async ({ generator }) => {
    await delay(hibernateMs);
    return generator.ask("comeBack", { asks });
  });
  const what = `${missed.conversations} conversations with ${missed.entries} missed entries`;
  return [
    { name: `${what}, from sleep`, unit: "ms", values: mapped(results, ({ coldMs }) => coldMs) },
    { name: `${what}, awake`, unit: "ms", values: mapped(results, ({ warmMs }) => median(warmMs)) },
    { name: "size of the answer", unit: "KiB", values: mapped(results, ({ bytes }) => bytes / 1024) },
  ];
};
