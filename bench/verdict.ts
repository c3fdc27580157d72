import type { Account } from "./generator/room.ts";
import { SYSTEMS } from "./system.ts";
import type { System, SystemName } from "./system.ts";

export interface Verdict extends Account {
  readonly system: SystemName;
}

/** Whether each message that was sent came exactly once and in order. */
export const verify = async (systems: readonly System[]): Promise<Verdict[]> => {
  const verdicts: Verdict[] = [];
  for (const name of SYSTEMS) {
    const system = systems.find((candidate) => candidate.name === name);
    if (system !== undefined) verdicts.push({ system: name, ...(await system.generator.ask("verify", null)) });
  }
  return verdicts;
};
