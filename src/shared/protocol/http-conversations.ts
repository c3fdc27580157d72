import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import { draftFields } from "./commands.ts";
import { conversation, participant, syncAnswer } from "./conversation.ts";
import { clientMessageId, count, cursor, notify, rev, role, settings, shortText, timestamp, userId } from "./fields.ts";
import { inConversation, list, ofMember, page, queryNumber } from "./http-fields.ts";
import { sent } from "./http-messages.ts";

const name = shortText(LIMITS.nameChars);
const avatar = shortText(LIMITS.avatarChars);
const tooMany = { error: `at most ${LIMITS.groupMembers} members`, params: { code: "limit_exceeded" } };
const memberIds = z.array(userId).check(z.refine((ids: unknown[]) => ids.length <= LIMITS.groupMembers, tooMany));
const tooManyAtOnce = { error: `at most ${LIMITS.membersPerCall} at once`, params: { code: "limit_exceeded" } };
const addedIds = z.array(userId).check(
  z.minLength(1),
  z.refine((ids: unknown[]) => ids.length <= LIMITS.membersPerCall, tooManyAtOnce),
);
const region = z.string().check(z.regex(/^[a-z0-9]{1,16}$/));

const several = <T extends "group" | "channel">(type: T) =>
  z.object({
    type: z.literal(type),
    name,
    avatar: z.optional(avatar),
    member_ids: memberIds,
    region: z.optional(region),
    client_message_id: clientMessageId,
  });

/** `POST /conversations`. A direct one needs no name of its own: the pair is its identity. */
export const newConversation = z.discriminatedUnion("type", [
  z.object({ type: z.literal("direct"), user_id: userId, client_message_id: z.optional(clientMessageId) }),
  several("group"),
  several("channel"),
]);
export type NewConversation = z.infer<typeof newConversation>;

const invite = z.object({
  token: z.string(),
  url: z.string(),
  expires_at: z.optional(timestamp),
  max_uses: z.optional(z.int()),
  uses: z.int(),
});
const inviteToken = z.object({ token: shortText(128) });
const inviteOf = z.object({ id: inConversation.shape.id, token: shortText(128) });

export const conversationRoutes = {
  createConversation: {
    method: "POST",
    path: "/conversations",
    summary: "Create a conversation; an existing direct one answers 200",
    body: newConversation,
    answers: { 200: conversation, 201: conversation },
  },
  listConversations: {
    method: "GET",
    path: "/conversations",
    summary: "The caller's list, newest activity first",
    query: z.object(page),
    answers: { 200: list("conversations", conversation) },
  },
  getConversation: {
    method: "GET",
    path: "/conversations/{id}",
    summary: "One conversation as the caller sees it",
    params: inConversation,
    answers: { 200: conversation },
  },
  changeConversation: {
    method: "PATCH",
    path: "/conversations/{id}",
    summary: "Rename, change the picture or the settings",
    params: inConversation,
    body: z.object({
      client_message_id: z.optional(clientMessageId),
      name: z.optional(name),
      avatar: z.optional(avatar),
      settings: z.optional(z.partial(settings)),
    }),
    answers: { 200: conversation },
  },
  listMembers: {
    method: "GET",
    path: "/conversations/{id}/members",
    summary: "The members",
    params: inConversation,
    query: z.object(page),
    answers: { 200: list("members", participant) },
  },
  addMembers: {
    method: "POST",
    path: "/conversations/{id}/members",
    summary: "Add members",
    params: inConversation,
    body: z.object({ client_message_id: z.optional(clientMessageId), user_ids: addedIds, role: z.optional(role) }),
    answers: { 200: sent, 201: sent },
  },
  changeMember: {
    method: "PATCH",
    path: "/conversations/{id}/members/{uid}",
    summary: "Change a member's role",
    params: ofMember,
    body: z.object({ client_message_id: z.optional(clientMessageId), role }),
    answers: { 200: sent, 201: sent },
  },
  removeMember: {
    method: "DELETE",
    path: "/conversations/{id}/members/{uid}",
    summary: "Remove a member, or leave",
    params: ofMember,
    query: z.object({ client_message_id: z.optional(clientMessageId) }),
    answers: { 200: sent, 201: sent },
  },
  createInvite: {
    method: "POST",
    path: "/conversations/{id}/invites",
    summary: "Make a join link",
    params: inConversation,
    body: z.object({
      expires_in: z.optional(z.int().check(z.minimum(1), z.maximum(LIMITS.expiresInSecondsMax))),
      max_uses: z.optional(z.int().check(z.minimum(1), z.maximum(LIMITS.inviteUses))),
    }),
    answers: { 201: invite },
  },
  listInvites: {
    method: "GET",
    path: "/conversations/{id}/invites",
    summary: "The join links that work",
    params: inConversation,
    query: z.object(page),
    answers: { 200: list("invites", invite) },
  },
  previewInvite: {
    method: "GET",
    path: "/invites/{token}",
    summary: "What a join link leads to: name and size, nothing else",
    params: inviteToken,
    answers: { 200: z.object({ name: z.string(), member_count: count }) },
  },
  acceptInvite: {
    method: "POST",
    path: "/invites/{token}/accept",
    summary: "Join by a link",
    params: inviteToken,
    answers: { 200: conversation, 201: conversation },
  },
  revokeInvite: {
    method: "DELETE",
    path: "/conversations/{id}/invites/{token}",
    summary: "Revoke a join link",
    params: inviteOf,
    answers: { 204: null },
  },
  putDraft: {
    method: "PUT",
    path: "/conversations/{id}/draft",
    summary: "What the caller has begun to write, for the other devices; an empty content clears it",
    params: inConversation,
    body: z.object(draftFields),
    answers: { 204: null },
  },
  setPreferences: {
    method: "PUT",
    path: "/conversations/{id}/preferences",
    summary: "The caller's own preferences for a conversation",
    params: inConversation,
    body: z.object({
      muted_until: z.optional(z.nullable(timestamp)),
      archived: z.optional(z.boolean()),
      pinned: z.optional(z.boolean()),
      notify: z.optional(notify),
    }),
    answers: { 200: conversation },
  },
  sync: {
    method: "GET",
    path: "/sync",
    summary: "What a device missed since `since`",
    query: z.object({
      since: z._default(z.pipe(queryNumber, rev), 0),
      device_id: z.optional(shortText(64)),
      cursor: z.optional(cursor),
    }),
    answers: { 200: syncAnswer },
  },
} as const;
