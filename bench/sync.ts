import { setTimeout as delay } from "node:timers/promises";
import { awakeObjects } from "../scripts/awake-objects.ts";
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
  const results = await alternated<Comeback>(systems, comebacks, async ({ name, pid, generator }) => {
    await delay(hibernateMs);
    const answer = await generator.ask("comeBack", { asks });
    if (name === "product") {
      const [users, conversations] = ["UserObject", "ConversationObject"].map((kind) => awakeObjects(pid, kind).size);
      log(`objects awake after the syncs: ${users} of users, ${conversations} of conversations`);
    }
    return answer;
  });
  const what = `${missed.conversations} conversations with ${missed.entries} missed entries`;
  return [
    { name: `${what}, from sleep`, unit: "ms", values: mapped(results, ({ coldMs }) => coldMs) },
    { name: `${what}, awake`, unit: "ms", values: mapped(results, ({ warmMs }) => median(warmMs)) },
    { name: "size of the answer", unit: "KiB", values: mapped(results, ({ bytes }) => bytes / 1024) },
  ];
};
