import type { ConversationId, UserId } from "../../src/shared/ids.ts";
import type { Conversation, Participant } from "../../src/shared/protocol/conversation.ts";
import type { NewConversation } from "../../src/shared/protocol/http-conversations.ts";
import type { Invite, InvitePreview } from "./answers.ts";
import type { GroupCalls } from "./api-groups.ts";
import type { Page } from "./api-messages.ts";
import type { Parts } from "./parts.ts";
import { pathOf } from "./history.ts";
import { ParleyError } from "./parley-error.ts";
import { permissionsOf } from "./permissions.ts";
import type { RestRequest } from "./rest.ts";
import { uuidV7 } from "./uuid.ts";

const memberPath = (id: ConversationId, userId: UserId): string =>
  `${pathOf(id)}/members/${encodeURIComponent(userId)}`;
const invitePath = (token: string): string => `/invites/${encodeURIComponent(token)}`;

/** Group calls as an app has them, made of the client's parts. */
export const groupCalls = ({ rest, state, history, start, inbound, environment }: Parts): GroupCalls => {
  /** A call that answers with the caller's row, which is applied like any other. */
  const rowOf = async (request: RestRequest): Promise<Conversation> => {
    await start();
    const row = await rest.call<Conversation>(request);
    inbound.fetchedRow(row);
    return state.rows.get(row.conversation_id) ?? row;
  };
  const named = () => ({ client_message_id: uuidV7(environment.now()) });
  const create = (body: NewConversation): Promise<Conversation> =>
    rowOf({ method: "POST", path: "/conversations", body });

  /** Changes who takes part. What makes no entry (in a channel) shows in the row alone. */
  const changeMembers = async (id: ConversationId, request: RestRequest): Promise<void> => {
    await rest.call(request);
    await history.row(id);
  };
  const removeMember = (id: ConversationId, userId: UserId): Promise<void> =>
    changeMembers(id, { method: "DELETE", path: memberPath(id, userId), query: named() });

  return {
    createDirect: (user_id) => create({ type: "direct", user_id, ...named() }),
    createGroup: (name, memberIds, options = {}) =>
      create({ type: "group", name, member_ids: [...memberIds], ...options, ...named() }),
    createChannel: (name, memberIds, options = {}) =>
      create({ type: "channel", name, member_ids: [...memberIds], ...options, ...named() }),
    changeConversation: (id, changes) => rowOf({ method: "PATCH", path: pathOf(id), body: { ...changes, ...named() } }),
    permissions: (id) => permissionsOf(state.rows.get(id)),
    members: (id, cursor) =>
      rest.call<Page<"members", Participant>>({ method: "GET", path: `${pathOf(id)}/members`, query: { cursor } }),
    addMembers: (id, userIds, role) =>
      changeMembers(id, {
        method: "POST",
        path: `${pathOf(id)}/members`,
        body: { user_ids: userIds, role, ...named() },
      }),
    removeMember,
    setRole: (id, userId, role) =>
      changeMembers(id, { method: "PATCH", path: memberPath(id, userId), body: { role, ...named() } }),
    leaveConversation: async (id) => {
      const { me } = state;
      if (me === undefined)
        throw new ParleyError("unauthenticated", "unable to leave; this client was never connected");
      await removeMember(id, me);
    },
    createInvite: (id, options = {}) =>
      rest.call<Invite>({ method: "POST", path: `${pathOf(id)}/invites`, body: options }),
    invites: (id) => rest.all<Invite>(`${pathOf(id)}/invites`, "invites"),
    revokeInvite: (id, token) => rest.call<undefined>({ method: "DELETE", path: `${pathOf(id)}${invitePath(token)}` }),
    previewInvite: (token) => rest.call<InvitePreview>({ method: "GET", path: invitePath(token) }),
    acceptInvite: (token) => rowOf({ method: "POST", path: `${invitePath(token)}/accept` }),
  };
};
