import { readRegions } from "../src/platform/regions.ts";
import type { RegionProblem } from "../src/platform/regions.ts";
import type { Environment } from "./settings.ts";

/** The settings of regions, as the worker reads them. */
export interface RegionSettings {
  readonly names: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
}

const isOne = (name: string): boolean => name === "REGION" || name === "REGIONS" || name.startsWith("REGION_");

/** The settings of regions that `env` describes, or the first that cannot be used. The worker's own reading decides. */
export const regionSettingsOf = (env: Environment): RegionSettings | { readonly problem: RegionProblem } => {
  const texts = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (isOne(name) && value?.trim() ? [[name, value.trim()]] : [])),
  );
  const regions = readRegions(texts);
  const { names, usual } = regions;
  const [first] = regions.problems;
  if (first !== undefined) return { problem: first };
  for (const name of names) {
    // It would promise what one machine cannot keep: its data is where the machine is.
    if (regions.get(name)?.jurisdiction !== undefined)
      return {
        problem: {
          setting: `REGION_${name.toUpperCase()}_JURISDICTION`,
          reason: "there are none outside of Cloudflare; data is where this machine is",
        },
      };
  }
  return { names, texts: { ...texts, REGION: usual } };
};
