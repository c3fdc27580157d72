import { regionsOf } from "../../platform/regions.ts";
import type { Settings } from "../../rpc/bindings.ts";
import type { FoundingWish } from "../../rpc/user-rpc.ts";
import type { UserId } from "../../shared/ids.ts";
import type { NewConversation } from "../../shared/protocol/http-conversations.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { DEVICE_ID } from "../../shared/ids.ts";
import type { Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";
import { nameOf, noContent } from "./written.ts";

/** What somebody wants. Where it will be, if he does not say, his object knows. */
const wishOf = (settings: Settings, founder: UserId, wanted: NewConversation): Result<FoundingWish> => {
  if (wanted.type === "direct") {
    const { type, user_id } = wanted;
    if (user_id === founder) return refuse("bad_request", "unable to create the conversation; it takes somebody else");
    return { ok: true, value: { type, user_id } };
  }
  const { type, name, avatar, member_ids: members, region, client_message_id } = wanted;
  if (region !== undefined && !regionsOf(settings).names.includes(region))
    return refuse("bad_request", `unable to create the ${type}; this server has no such region`);
  return { ok: true, value: { type, name, avatar, members, region, client_message_id } };
};

export const conversationHandlers = {
  async createConversation({ env, identity, body, near }) {
    const wish = wishOf(env, identity.user_id, body);
    if (!wish.ok) return problem(wish.refusal);
    const result = await env.USER.getByName(identity.user_id).create(wish.value, near);
    return result.ok ? json(result.value.conversation, result.value.created ? 201 : 200) : problem(result.refusal);
  },

  listConversations: async ({ env, identity, query }) => answer(await env.USER.getByName(identity.user_id).list(query)),

  getConversation: async ({ env, identity, params }) =>
    answer(await env.USER.getByName(identity.user_id).describe(params.id)),

  /** The answer shows what the change made of it. */
  async changeConversation({ env, identity, params, body }) {
    const { client_message_id, ...changes } = body;
    const named = { conversation_id: params.id, client_message_id: nameOf(client_message_id) };
    const user = env.USER.getByName(identity.user_id);
    const result = await user.write({ op: "change", ...named, changes });
    return result.ok ? answer(await user.describe(params.id)) : problem(result.refusal);
  },

  async putDraft({ env, identity, params, body }) {
    return noContent(await env.USER.getByName(identity.user_id).putDraft(params.id, body.content, body.reply_to));
  },

  setPreferences: async ({ env, identity, params, body }) =>
    answer(await env.USER.getByName(identity.user_id).putPreferences(params.id, body)),

  async sync({ env, identity, query }) {
    const device = identity.device_id ?? query.device_id;
    if (device !== undefined && !DEVICE_ID.test(device))
      return problem(refuse("bad_request", "unable to sync; device_id is malformed").refusal);
    return answer(await env.USER.getByName(identity.user_id).sync(query.since, device));
  },
} satisfies Handlers;
