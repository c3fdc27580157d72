import type { ProfileFields } from "../../core/inbox/profile.ts";
import { conversationsOf } from "../../platform/placement.ts";
import type { UserId } from "../../shared/ids.ts";
import type { Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";
import { noContent } from "./written.ts";

const profileJson = (user_id: UserId, fields: ProfileFields): string => JSON.stringify({ user_id, ...fields });

export const accountHandlers = {
  getMe: async ({ env, identity }) =>
    json(profileJson(identity.user_id, await env.USER.getByName(identity.user_id).profile())),

  async putMe({ env, identity, body }) {
    const result = await env.USER.getByName(identity.user_id).changeProfile(body);
    return result.ok ? json(profileJson(identity.user_id, result.value)) : problem(result.refusal);
  },

  async getUser({ env, identity, params }) {
    const result = await env.USER.getByName(identity.user_id).profileOf(params.id);
    return result.ok ? json(JSON.stringify(result.value)) : problem(result.refusal);
  },

  async findUsers({ env, identity, query }) {
    const result = await env.USER.getByName(identity.user_id).findUsers(query.username);
    return result.ok ? json(JSON.stringify({ users: result.value })) : problem(result.refusal);
  },

  listDevices: async ({ env, identity, query }) =>
    answer(await env.USER.getByName(identity.user_id).devices(query, identity.device_id)),

  removeDevice: async ({ env, identity, params }) =>
    noContent(await env.USER.getByName(identity.user_id).removeDevice(params.id)),

  adminDelivery: async ({ env, params }) => answer(await conversationsOf(env).getByName(params.id).deliveryState()),
} satisfies Handlers;
