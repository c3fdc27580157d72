import type { Settings } from "../rpc/bindings.ts";
import { regionsOf } from "./regions.ts";

/**
 * What is bound or set for one region by a name that ends in it, else for all of them. Of several regions one that has a
 * jurisdiction takes only what is its own: what is for all of them may be anywhere.
 */
export const named = (env: Settings, name: string, region: string): unknown => {
  const bindings = env as Readonly<Record<string, unknown>>;
  const regions = regionsOf(env);
  const isApart = regions.names.length > 1 && regions.get(region)?.jurisdiction !== undefined;
  return bindings[`${name}_${region.toUpperCase()}`] ?? (isApart ? undefined : bindings[name]);
};
