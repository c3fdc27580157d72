import type { ProfileFields } from "../../core/inbox/profile.ts";
import type { UserId } from "../../shared/ids.ts";
import { refuse } from "../../shared/result.ts";
import type { Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";

const profileJson = (user_id: UserId, fields: ProfileFields): string => JSON.stringify({ user_id, ...fields });

export const accountHandlers = {
  getMe: async ({ env, identity }) =>
    json(profileJson(identity.user_id, await env.USER.getByName(identity.user_id).profile())),

  async putMe({ env, identity, body }) {
    const { username, ...changes } = body;
    if (username !== undefined)
      return problem(refuse("unsupported", "unable to take a username; this server does not have them").refusal);
    return json(profileJson(identity.user_id, await env.USER.getByName(identity.user_id).profile(changes)));
  },

  adminDelivery: async ({ env, params }) => answer(await env.CONVERSATION.getByName(params.id).deliveryState()),
} satisfies Handlers;
