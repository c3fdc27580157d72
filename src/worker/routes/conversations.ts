import type { Founding } from "../../core/conversation/founding.ts";
import { directConversationId, groupConversationId } from "../../platform/conversation-ids.ts";
import type { Settings } from "../../rpc/bindings.ts";
import type { UserId } from "../../shared/ids.ts";
import type { NewConversation } from "../../shared/protocol/http-conversations.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { DEVICE_ID } from "../../shared/ids.ts";
import type { Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";

const DEFAULT_REGION = "local";

/** What is to be founded. The id follows from who asks for what, so that asking twice is asking once. */
const foundingOf = async (settings: Settings, founder: UserId, wanted: NewConversation): Promise<Result<Founding>> => {
  const region = settings.REGION ?? DEFAULT_REGION;
  if (wanted.type === "channel")
    return refuse("unsupported", "unable to create a channel; this server has direct conversations and groups");
  if (wanted.type === "direct") {
    if (wanted.user_id === founder)
      return refuse("bad_request", "unable to create the conversation; it takes somebody else");
    const conversation_id = await directConversationId(region, founder, wanted.user_id);
    return { ok: true, value: { conversation_id, type: "direct", region, founder, members: [wanted.user_id] } };
  }
  if (wanted.region !== undefined && wanted.region !== region) {
    return refuse("bad_request", "unable to create the group; this server has no such region");
  }
  const { name, avatar, member_ids: members, client_message_id } = wanted;
  const conversation_id = await groupConversationId(region, founder, client_message_id);
  return { ok: true, value: { conversation_id, type: "group", region, founder, members, name, avatar } };
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

  listMembers: async ({ env, identity, params, query }) =>
    answer(await env.CONVERSATION.getByName(params.id).members(identity.user_id, query)),

  async sync({ env, identity, query }) {
    const device = identity.device_id ?? query.device_id;
    if (device !== undefined && !DEVICE_ID.test(device))
      return problem(refuse("bad_request", "unable to sync; device_id is malformed").refusal);
    return answer(await env.USER.getByName(identity.user_id).sync(query.since, device));
  },
} satisfies Handlers;
