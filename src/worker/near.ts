import { regionsOf } from "../platform/regions.ts";
import type { Identity } from "../platform/verifier.ts";
import type { Settings } from "../rpc/bindings.ts";

/** [REG-2] The region where somebody is who makes a request: as his token says, else by where the platform sees him. */
export const nearOf = (settings: Settings, identity: Identity | undefined, request: Request): string | undefined => {
  const regions = regionsOf(settings);
  if (regions.names.length === 1 || !identity) return undefined;
  // Plain workerd does not tell where somebody is.
  const { country, continent } = (request.cf ?? {}) as { readonly country?: string; readonly continent?: string };
  return regions.near({ claim: identity.region, country, continent });
};
