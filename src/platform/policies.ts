import { retainedBy } from "../core/duties/policies.ts";
import type { Retained } from "../core/duties/policies.ts";
import type { Objects } from "../rpc/bindings.ts";
import { DUTIES_NAME } from "../rpc/duties-rpc.ts";
import type { PoliciesRpc } from "../rpc/duties-rpc.ts";
import type { ConversationType } from "../shared/protocol/fields.ts";
import type { RetentionPolicy } from "../shared/protocol/http-admin.ts";
import { LIMITS } from "../shared/limits.ts";
import { systemClock } from "./world.ts";

/** The policies as they were asked for last, by whichever conversation of this isolate. Without any there is next to nothing to ask. */
let known: { readonly at: number; readonly policies: readonly RetentionPolicy[] } | undefined;

export const forgetPolicies = (): void => {
  known = undefined;
};

/** What the deployment's policies say of a conversation; up to an hour old, where they were not set in this isolate. */
export const retentionOf = async (
  duties: Objects<PoliciesRpc>,
  type: ConversationType,
  region: string,
): Promise<Retained> => {
  const now = systemClock.now();
  if (!known || Math.abs(now - known.at) > LIMITS.policiesCacheMs)
    known = { at: now, policies: await duties.getByName(DUTIES_NAME).policies() };
  return retainedBy(known.policies, type, region);
};
