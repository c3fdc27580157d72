import type { Founding } from "../../core/conversation/founding.ts";
import {
  channelConversationId,
  directConversationId,
  groupConversationId,
  regionOf,
} from "../../platform/conversation-ids.ts";
import type { Settings } from "../../rpc/bindings.ts";
import type { UserId } from "../../shared/ids.ts";
import type { NewConversation } from "../../shared/protocol/http-conversations.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { DEVICE_ID } from "../../shared/ids.ts";
import type { Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";
import { nameOf, noContent } from "./written.ts";

/** What is to be founded. The id follows from who asks for what, so that asking twice is asking once. */
const foundingOf = async (settings: Settings, founder: UserId, wanted: NewConversation): Promise<Result<Founding>> => {
  const region = regionOf(settings);
  if (wanted.type === "direct") {
    if (wanted.user_id === founder)
      return refuse("bad_request", "unable to create the conversation; it takes somebody else");
    const conversation_id = await directConversationId(region, founder, wanted.user_id);
    return { ok: true, value: { conversation_id, type: "direct", region, founder, members: [wanted.user_id] } };
  }
  if (wanted.region !== undefined && wanted.region !== region) {
    return refuse("bad_request", `unable to create the ${wanted.type}; this server has no such region`);
  }
  const { type, name, avatar, member_ids: members, client_message_id } = wanted;
  const idOf = type === "group" ? groupConversationId : channelConversationId;
  const conversation_id = await idOf(region, founder, client_message_id);
  return { ok: true, value: { conversation_id, type, region, founder, members, name, avatar } };
};

export const conversationHandlers = {
  async createConversation({ env, identity, body }) {
    const founding = await foundingOf(env, identity.user_id, body);
    if (!founding.ok) return problem(founding.refusal);
    const result = await env.USER.getByName(identity.user_id).create(founding.value);
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
