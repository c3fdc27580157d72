import type { Handlers } from "../handler.ts";
import { json, problem } from "../problem.ts";

export const erasureHandlers = {
  async adminErase({ env, identity, params, body }) {
    const { erasure_id, reason } = body;
    const wish = { erasure_id, reason, user_id: params.id, by: identity.user_id };
    const begun = await env.JOBS.getByName(`erasure/${erasure_id}`).beginErasure(wish);
    return begun.ok ? json(JSON.stringify(begun.value), 202) : problem(begun.refusal);
  },

  async adminGetErasure({ env, params }) {
    const state = await env.JOBS.getByName(`erasure/${params.id}`).erasureState();
    return state.ok ? json(JSON.stringify(state.value)) : problem(state.refusal);
  },
} satisfies Handlers;
