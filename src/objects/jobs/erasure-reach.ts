import type { ErasureReach } from "../../core/personal/erasure-job.ts";
import { conversationsOf } from "../../platform/placement.ts";
import { AUDIT_NAME } from "../../rpc/audit-rpc.ts";
import type { JobsBindings } from "../../rpc/bindings.ts";

/** Whom an erasure reaches, each by its own object. */
export const erasureReach = (env: JobsBindings): ErasureReach => ({
  suspend: ({ user_id, reason, by }) => env.USER.getByName(user_id).suspend(by, reason),

  async conversations(user) {
    return (await env.USER.getByName(user).personalData()).conversations;
  },

  async conversation(id, user) {
    const erased = await conversationsOf(env).getByName(id).erase(user);
    if (erased.ok) return erased.value;
    if (erased.refusal.code === "not_found") return undefined;
    throw new Error(erased.refusal.message);
  },

  account: ({ user_id, erasure_id }) => env.USER.getByName(user_id).eraseAccount(erasure_id),

  async certify({ erasure_id, user_id, hash }, by) {
    await env.AUDIT.getByName(AUDIT_NAME).append({
      actor: by,
      action: "erase.certificate",
      target: `user:${user_id}`,
      details: { erasure_id, hash },
    });
  },
});
