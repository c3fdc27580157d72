import type { Handlers } from "../handler.ts";
import { answer } from "../problem.ts";
import { noContent } from "./written.ts";

export const blockHandlers = {
  block: async ({ env, identity, params }) =>
    noContent(await env.USER.getByName(identity.user_id).block(params.user_id, true)),

  unblock: async ({ env, identity, params }) =>
    noContent(await env.USER.getByName(identity.user_id).block(params.user_id, false)),

  listBlocks: async ({ env, identity, query }) => answer(await env.USER.getByName(identity.user_id).blocks(query)),
} satisfies Handlers;
