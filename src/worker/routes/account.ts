import { conversationsOf } from "../../platform/placement.ts";
import { regionsOf } from "../../platform/regions.ts";
import type { OwnProfile } from "../../rpc/user-rpc.ts";
import type { Call, Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";
import { noContent } from "./written.ts";

/** [REG-1] Where there are several regions, one's own profile names them. */
const profileJson = ({ env, identity }: Pick<Call<"getMe">, "env" | "identity">, fields: OwnProfile): string => {
  const { names } = regionsOf(env);
  return JSON.stringify({ user_id: identity.user_id, ...fields, ...(names.length === 1 ? {} : { regions: names }) });
};

export const accountHandlers = {
  getMe: async ({ env, identity, near }) =>
    json(profileJson({ env, identity }, await env.USER.getByName(identity.user_id).profile(near))),

  async putMe({ env, identity, body, near }) {
    const result = await env.USER.getByName(identity.user_id).changeProfile(body, near);
    return result.ok ? json(profileJson({ env, identity }, result.value)) : problem(result.refusal);
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
