import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import {
  content,
  conversationId,
  conversationType,
  count,
  messageId,
  messageType,
  seq,
  shortText,
  timestamp,
  upTo,
  userId,
} from "./fields.ts";
import { actId, inConversation, list, ofAct, page, queryLimit, queryNumber, reason, sha256 } from "./http-fields.ts";

const ofUser = z.object({ id: userId });
const region = z.string().check(z.regex(/^[a-z0-9]{1,16}$/));
const because = z.object({ reason });
const days = z.int().check(z.minimum(1), z.maximum(LIMITS.retentionDaysMax));

const deliveryState = z.object({
  head_seq: upTo,
  members: count,
  /** Members to whom new entries are brought at once; in a large conversation those who are there. */
  present: count,
  slices: count,
  /** Members whose list is not known to be on disk up to the head. */
  behind: count,
  /** Of those, whom several calls in a row did not reach; they are tried again, ever more rarely. */
  parked: z.array(z.object({ user_id: userId, failures: count, behind: count, next_try_at: timestamp })),
});

const auditHead = z.object({ index: upTo, hash: sha256 });
/** One act of an operator. Every field but `hash` is under its hash: `src/shared/audit-chain.ts`. */
const auditEntry = z.object({
  index: seq,
  at: timestamp,
  /** Who did it: the token's `sub`; of what the server does by itself, the name of that. */
  actor: shortText(LIMITS.reasonChars),
  action: shortText(64),
  /** What it was done to: an id, or empty. */
  target: z.string(),
  reason: z.optional(z.string()),
  details: z.optional(z.record(z.string(), z.unknown())),
  outcome: z.optional(z.string()),
  prev_hash: sha256,
  hash: sha256,
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** For how long messages are kept: of a kind, in a region; what is not named stands for all. The narrowest one counts. */
const policy = z.object({
  type: z.optional(conversationType),
  region: z.optional(region),
  days,
  reason: z.optional(z.string()),
  set_at: z.optional(timestamp),
  set_by: z.optional(userId),
});
export type RetentionPolicy = z.infer<typeof policy>;

const hold = z.object({
  hold_id: actId,
  conversation_id: z.optional(conversationId),
  user_id: z.optional(userId),
  reason,
  placed_at: timestamp,
  placed_by: userId,
});
export type LegalHold = z.infer<typeof hold>;

const oneOfThem = { error: "a hold is on a conversation_id or on a user_id" };
const newHold = z
  .object({ hold_id: actId, conversation_id: z.optional(conversationId), user_id: z.optional(userId), reason })
  .check(z.refine((wanted) => (wanted.conversation_id === undefined) !== (wanted.user_id === undefined), oneOfThem));

/** A message as it was before it went, kept for a legal hold. */
const held = z.object({
  message_id: messageId,
  seq,
  sender_id: userId,
  timestamp,
  type: z.optional(messageType),
  content,
  /** When the users lost it, and by what. */
  removed_at: timestamp,
  why: z.enum(["deleted", "edited", "expired", "taken_down", "retention", "erased"]),
  /** The entry by which it went, and whose that is. */
  removed_by: z.optional(userId),
  by_seq: z.optional(seq),
});
export type HeldMessage = z.infer<typeof held>;

const conversationState = z.object({
  conversation_id: conversationId,
  type: conversationType,
  region,
  created_at: timestamp,
  members: count,
  epoch: count,
  head_seq: upTo,
  /** Entries up to here are in the archive, in the archive only, and found by search. */
  archived_up_to: upTo,
  pruned_up_to: upTo,
  indexed_up_to: upTo,
  /** The first message that retention left. */
  retained_from: z.optional(seq),
  /** How long messages are kept here, and by what: the conversation's own rule, or a policy. */
  retention: z.optional(z.object({ days, by: z.enum(["conversation", "policy"]) })),
  holds: z.array(hold),
  /** Messages that are kept for them. */
  held: count,
  /** Bytes and rows, by what they are of. */
  sizes: z.record(z.string(), count),
});
export type ConversationState = z.infer<typeof conversationState>;

const userState = z.object({
  user_id: userId,
  region,
  devices: count,
  conversations: count,
  suspended: z.optional(z.object({ at: timestamp, by: userId, reason })),
  holds: z.array(hold),
  /** The account was erased. */
  erased_at: z.optional(timestamp),
});
export type UserState = z.infer<typeof userState>;

const watching = {
  adminCounters: {
    method: "GET",
    path: "/admin/counters",
    summary: "Counters of the service",
    admin: true,
    answers: { 200: z.record(z.string(), z.number()) },
  },
  adminDelivery: {
    method: "GET",
    path: "/admin/conversations/{id}/delivery",
    summary: "How far a conversation's deliveries have come, and whom they do not reach",
    params: inConversation,
    answers: { 200: deliveryState },
    admin: true,
  },
  adminConversation: {
    method: "GET",
    path: "/admin/conversations/{id}",
    summary: "What state a conversation is in, without content",
    params: inConversation,
    answers: { 200: conversationState },
    admin: true,
  },
  adminUser: {
    method: "GET",
    path: "/admin/users/{id}",
    summary: "What state an account is in, without content",
    params: ofUser,
    answers: { 200: userState },
    admin: true,
  },
  adminAudit: {
    method: "GET",
    path: "/admin/audit",
    summary: "What operators did, oldest first",
    query: z.object({ after: z._default(queryNumber, 0), limit: z.optional(queryLimit) }),
    answers: { 200: z.object({ entries: z.array(auditEntry) }) },
    admin: true,
  },
  adminAuditHead: {
    method: "GET",
    path: "/admin/audit/head",
    summary: "The newest entry of the audit log, to be noted elsewhere",
    answers: { 200: auditHead },
    admin: true,
  },
} as const;

const duties = {
  adminPolicies: {
    method: "GET",
    path: "/admin/retention",
    summary: "For how long messages are kept",
    answers: { 200: z.object({ policies: z.array(policy) }) },
    admin: true,
  },
  adminSetPolicy: {
    method: "PUT",
    path: "/admin/retention",
    summary: "For how long messages of a kind, in a region, are kept; null: the policy goes",
    body: z.object({
      type: z.optional(conversationType),
      region: z.optional(region),
      days: z.nullable(days),
      reason,
    }),
    answers: { 204: null },
    admin: true,
  },
  adminSetRetention: {
    method: "PUT",
    path: "/admin/conversations/{id}/retention",
    summary: "For how long messages of one conversation are kept, whatever the policies say",
    params: inConversation,
    body: z.object({ days, reason }),
    answers: { 204: null },
    admin: true,
  },
  adminClearRetention: {
    method: "DELETE",
    path: "/admin/conversations/{id}/retention",
    summary: "The policies count again in one conversation",
    params: inConversation,
    query: because,
    answers: { 204: null },
    admin: true,
  },
  adminPlaceHold: {
    method: "POST",
    path: "/admin/holds",
    summary: "A legal hold on a conversation, or on all of a user's; the same id again is the same hold",
    body: newHold,
    answers: { 200: hold, 201: hold },
    admin: true,
  },
  adminHolds: {
    method: "GET",
    path: "/admin/holds",
    summary: "The legal holds",
    query: z.object(page),
    answers: { 200: list("holds", hold) },
    admin: true,
  },
  adminReleaseHold: {
    method: "DELETE",
    path: "/admin/holds/{id}",
    summary: "Release a legal hold",
    params: ofAct,
    query: because,
    answers: { 204: null },
    admin: true,
  },
  adminHeld: {
    method: "GET",
    path: "/admin/conversations/{id}/held",
    summary: "What is kept of a conversation for a legal hold, oldest first",
    params: inConversation,
    query: z.object(page),
    answers: { 200: list("held", held) },
    admin: true,
  },
  adminTakedown: {
    method: "POST",
    path: "/admin/takedown",
    summary: "Take a message down",
    admin: true,
    body: z.object({ conversation_id: conversationId, message_id: messageId, reason }),
    answers: { 204: null },
  },
  adminSuspend: {
    method: "POST",
    path: "/admin/users/{id}/suspend",
    summary: "Suspend an account",
    params: ofUser,
    body: because,
    answers: { 204: null },
    admin: true,
  },
  adminUnsuspend: {
    method: "DELETE",
    path: "/admin/users/{id}/suspend",
    summary: "Lift a suspension",
    params: ofUser,
    query: because,
    answers: { 204: null },
    admin: true,
  },
  adminRestore: {
    method: "POST",
    path: "/admin/conversations/{id}/restore",
    summary: "Restore a conversation as it was at a point in time, under a new epoch",
    params: inConversation,
    body: z.object({ at: timestamp, reason }),
    answers: { 200: z.object({ conversation_id: conversationId, epoch: count, head_seq: upTo, at: timestamp }) },
    admin: true,
  },
} as const;

/** What whoever runs the service does (docs/protocol.md §10). */
export const adminRoutes = { ...watching, ...duties } as const;
