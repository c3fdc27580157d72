import { conversationsOf } from "../../platform/placement.ts";
import { DUTIES_NAME } from "../../rpc/duties-rpc.ts";
import type { DutiesRpc } from "../../rpc/duties-rpc.ts";
import type { EdgeBindings } from "../../rpc/bindings.ts";
import type { Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";
import { noContent } from "./written.ts";

const dutiesOf = (env: EdgeBindings): DutiesRpc => env.DUTIES.getByName(DUTIES_NAME);
const done = (): Response => new Response(null, { status: 204 });

export const dutyHandlers = {
  adminPolicies: async ({ env }) => json(JSON.stringify({ policies: await dutiesOf(env).policies() })),

  async adminSetPolicy({ env, identity, body }) {
    await dutiesOf(env).setPolicy(body, identity.user_id);
    return done();
  },

  adminSetRetention: async ({ env, params, body }) =>
    noContent(await conversationsOf(env).getByName(params.id).retain(body.days)),

  adminClearRetention: async ({ env, params }) =>
    noContent(await conversationsOf(env).getByName(params.id).retain(null)),

  async adminPlaceHold({ env, identity, body }) {
    const result = await dutiesOf(env).placeHold(body, identity.user_id);
    if (!result.ok) return problem(result.refusal);
    const { hold, created } = result.value;
    return json(JSON.stringify(hold), created ? 201 : 200);
  },

  adminHolds: async ({ env, query }) => answer(await dutiesOf(env).holds(query)),

  adminReleaseHold: async ({ env, params }) => noContent(await dutiesOf(env).releaseHold(params.id)),

  adminHeld: async ({ env, params, query }) => answer(await conversationsOf(env).getByName(params.id).held(query)),

  adminTakedown: async ({ env, body }) =>
    noContent(await conversationsOf(env).getByName(body.conversation_id).takeDown(body.message_id)),

  async adminRestore({ env, params, body }) {
    const result = await dutiesOf(env).restore(params.id, Date.parse(body.at));
    if (!result.ok) return problem(result.refusal);
    const { epoch, head: head_seq } = result.value;
    return json(JSON.stringify({ conversation_id: params.id, epoch, head_seq, at: body.at }));
  },

  adminConversation: async ({ env, params }) => answer(await conversationsOf(env).getByName(params.id).adminState()),

  adminUser: async ({ env, params }) => json(await env.USER.getByName(params.id).adminState()),

  async adminSuspend({ env, identity, params, body }) {
    await env.USER.getByName(params.id).suspend(identity.user_id, body.reason);
    return done();
  },

  async adminUnsuspend({ env, params }) {
    await env.USER.getByName(params.id).unsuspend();
    return done();
  },
} satisfies Handlers;
