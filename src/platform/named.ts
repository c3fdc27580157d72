import type { Settings } from "../rpc/bindings.ts";
import { regionsOf } from "./regions.ts";

interface Named<N extends string> {
  readonly name: N;
  readonly value: unknown;
}

/**
 * What is bound or set for one region, by one of some names that ends in it; else what is for all of them. Of several
 * regions one that has a jurisdiction takes only what is its own: what is for all of them may be anywhere.
 */
export const named = <N extends string>(
  env: Settings,
  region: string,
  ...names: readonly N[]
): Named<N> | undefined => {
  const bindings = env as Readonly<Record<string, unknown>>;
  const regions = regionsOf(env);
  const isApart = regions.names.length > 1 && regions.get(region)?.jurisdiction !== undefined;
  const first = (ending: string): Named<N> | undefined =>
    names.map((name) => ({ name, value: bindings[name + ending] })).find(({ value }) => value);
  return first(`_${region.toUpperCase()}`) ?? (isApart ? undefined : first(""));
};
