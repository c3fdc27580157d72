import type { MessageChange } from "../../core/conversation/write.ts";
import { conversationsOf } from "../../platform/placement.ts";
import { unsupportedIn } from "../../shared/protocol/unsupported.ts";
import type { Call, Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";
import { noContent, written } from "./written.ts";

const delivered = async ({ env, identity, params, body }: Call<"markDelivered">): Promise<Response> =>
  noContent(await env.USER.getByName(identity.user_id).mark(params.id, "delivered", body.up_to, identity.device_id));

const read = async ({ env, identity, params, body }: Call<"markRead">): Promise<Response> => {
  const user = env.USER.getByName(identity.user_id);
  return noContent(
    body.thread_root === undefined
      ? await user.mark(params.id, "read", body.up_to, identity.device_id)
      : await user.readThread(params.id, body.thread_root, body.up_to),
  );
};

type Changing = Call<"addReaction" | "removeReaction" | "pinMessage" | "unpinMessage" | "deleteMessage">;
type What = { op: "delete" } | { op: "pin"; on: boolean } | { op: "react"; on: boolean; emoji: string };

/** A change that is named in the query: it has no body. */
const change = ({ env, identity, params, query }: Changing, what: What): Promise<Response> => {
  const { id: conversation_id, message_id } = params;
  const write: MessageChange = { conversation_id, message_id, client_message_id: query.client_message_id, ...what };
  return written(env, identity.user_id, write);
};

export const messageHandlers = {
  async sendMessage({ env, identity, body }) {
    const unsupported = unsupportedIn(body);
    if (unsupported) return problem(unsupported);
    const { media: _media, ...draft } = body;
    return written(env, identity.user_id, draft);
  },

  listMessages: async ({ env, identity, params, query }) =>
    answer(await conversationsOf(env).getByName(params.id).messages(identity.user_id, query)),

  getMessage: async ({ env, identity, params }) =>
    answer(await conversationsOf(env).getByName(params.id).message(identity.user_id, params.message_id)),

  listThreads: async ({ env, identity, params, query }) =>
    answer(await conversationsOf(env).getByName(params.id).list(identity.user_id, "threads", query)),

  listPins: async ({ env, identity, params, query }) =>
    answer(await conversationsOf(env).getByName(params.id).list(identity.user_id, "pins", query)),

  async readLog({ env, identity, params, query }) {
    const result = await conversationsOf(env).getByName(params.id).log(identity.user_id, query.after, query.limit);
    if (!result.ok) return problem(result.refusal);
    const { entries, head_seq, epoch } = result.value;
    return json(`{"entries":${entries},"head_seq":${head_seq},"epoch":${epoch}}`);
  },

  listReceipts: async ({ env, identity, params, query }) =>
    answer(
      await conversationsOf(env).getByName(params.id).listOf(identity.user_id, params.message_id, "receipts", query),
    ),

  listReactions: async ({ env, identity, params, query }) =>
    answer(
      await conversationsOf(env).getByName(params.id).listOf(identity.user_id, params.message_id, "reactions", query),
    ),

  async editMessage({ env, identity, params, body }) {
    const { id: conversation_id, message_id } = params;
    return written(env, identity.user_id, { op: "edit", conversation_id, message_id, ...body });
  },

  deleteMessage: (call) => change(call, { op: "delete" }),
  pinMessage: (call) => change(call, { op: "pin", on: true }),
  unpinMessage: (call) => change(call, { op: "pin", on: false }),
  addReaction: (call) => change(call, { op: "react", on: true, emoji: call.params.emoji }),
  removeReaction: (call) => change(call, { op: "react", on: false, emoji: call.params.emoji }),

  async scheduleMessage({ env, identity, params, body }) {
    const unsupported = unsupportedIn(body);
    if (unsupported) return problem(unsupported);
    const { media: _media, send_at, ...rest } = body;
    const draft = { ...rest, conversation_id: params.id };
    const conversation = conversationsOf(env).getByName(params.id);
    const result = await conversation.schedule(identity.user_id, draft, Date.parse(send_at));
    if (!result.ok) return problem(result.refusal);
    return json(result.value.scheduled, result.value.created ? 201 : 200);
  },

  listScheduled: async ({ env, identity, params, query }) =>
    answer(await conversationsOf(env).getByName(params.id).list(identity.user_id, "scheduled", query)),

  cancelScheduled: async ({ env, identity, params }) =>
    noContent(
      await conversationsOf(env).getByName(params.id).cancelScheduled(identity.user_id, params.client_message_id),
    ),

  markRead: read,
  markDelivered: delivered,
} satisfies Handlers;
