import type { Invite } from "../../core/conversation/invites.ts";
import { NO_INVITE } from "../../core/conversation/refusals.ts";
import { inviteToken, readInviteToken } from "../../platform/invite-token.ts";
import { randomSecret } from "../../platform/uuid.ts";
import { conversationsOf } from "../../platform/placement.ts";
import type { ConversationId } from "../../shared/ids.ts";
import { toIso } from "../../shared/time.ts";
import type { Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";
import { nameOf, noContent, written } from "./written.ts";

/** The link leads to the web app, which shows what it is to. Behind the #, so that no server's log has it. */
const inviteJson = (origin: string, id: ConversationId, invite: Invite): string => {
  const token = inviteToken(id, invite.secret);
  return JSON.stringify({
    token,
    url: `${origin}/#/join/${token}`,
    expires_at: invite.expires_at === null ? undefined : toIso(invite.expires_at),
    max_uses: invite.max_uses ?? undefined,
    uses: invite.uses,
  });
};

export const memberHandlers = {
  listMembers: async ({ env, identity, params, query }) =>
    answer(await conversationsOf(env).getByName(params.id).list(identity.user_id, "members", query)),

  async addMembers({ env, identity, params, body }) {
    const { client_message_id, ...who } = body;
    const named = { conversation_id: params.id, client_message_id: nameOf(client_message_id) };
    return written(env, identity.user_id, { op: "add", ...named, ...who });
  },

  async changeMember({ env, identity, params, body }) {
    const named = { conversation_id: params.id, client_message_id: nameOf(body.client_message_id) };
    return written(env, identity.user_id, { op: "role", ...named, user_id: params.uid, role: body.role });
  },

  async removeMember({ env, identity, params, query }) {
    const named = { conversation_id: params.id, client_message_id: nameOf(query.client_message_id) };
    return written(env, identity.user_id, { op: "remove", ...named, user_id: params.uid });
  },

  async createInvite({ env, identity, params, body, origin }) {
    const wish = { ...body, secret: randomSecret() };
    const result = await conversationsOf(env).getByName(params.id).createInvite(identity.user_id, wish);
    return result.ok ? json(inviteJson(origin, params.id, result.value), 201) : problem(result.refusal);
  },

  async listInvites({ env, identity, params, query, origin }) {
    const result = await conversationsOf(env).getByName(params.id).invites(identity.user_id, query);
    if (!result.ok) return problem(result.refusal);
    return json(`{"invites":[${result.value.map((invite) => inviteJson(origin, params.id, invite)).join(",")}]}`);
  },

  async revokeInvite({ env, identity, params }) {
    const invite = readInviteToken(params.token);
    if (invite?.id !== params.id) return problem(NO_INVITE.refusal);
    return noContent(await conversationsOf(env).getByName(params.id).revokeInvite(identity.user_id, invite.secret));
  },

  async previewInvite({ env, params }) {
    const invite = readInviteToken(params.token);
    if (!invite) return problem(NO_INVITE.refusal);
    const result = await conversationsOf(env).getByName(invite.id).invitePreview(invite.secret);
    return result.ok ? json(JSON.stringify(result.value)) : problem(result.refusal);
  },

  async acceptInvite({ env, identity, params }) {
    const invite = readInviteToken(params.token);
    if (!invite) return problem(NO_INVITE.refusal);
    const result = await env.USER.getByName(identity.user_id).join(invite.id, invite.secret);
    return result.ok ? json(result.value.conversation, result.value.created ? 201 : 200) : problem(result.refusal);
  },
} satisfies Handlers;
