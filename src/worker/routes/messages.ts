import { toIso } from "../../shared/time.ts";
import { unsupportedIn } from "../../shared/protocol/unsupported.ts";
import type { Result } from "../../shared/result.ts";
import type { Call, Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";

const noContent = (result: Result<unknown>): Response =>
  result.ok ? new Response(null, { status: 204 }) : problem(result.refusal);

const mark = async (
  { env, identity, params, body }: Call<"markRead"> | Call<"markDelivered">,
  kind: "read" | "delivered",
): Promise<Response> =>
  noContent(await env.USER.getByName(identity.user_id).mark(params.id, kind, body.up_to, identity.device_id));

export const messageHandlers = {
  async sendMessage({ env, identity, body }) {
    const unsupported = unsupportedIn(body);
    if (unsupported) return problem(unsupported);
    const { media: _media, expires_in: _expiresIn, thread_root: _threadRoot, ...draft } = body;
    const result = await env.USER.getByName(identity.user_id).send(draft);
    if (!result.ok) return problem(result.refusal);
    const { message_id, seq, at, duplicate } = result.value;
    const { conversation_id, client_message_id } = draft;
    const sent = { message_id, seq, conversation_id, client_message_id, timestamp: toIso(at), status: "sent" };
    return duplicate ? json(JSON.stringify({ ...sent, duplicate })) : json(JSON.stringify(sent), 201);
  },

  listMessages: async ({ env, identity, params, query }) =>
    answer(await env.CONVERSATION.getByName(params.id).messages(identity.user_id, query)),

  async readLog({ env, identity, params, query }) {
    const result = await env.CONVERSATION.getByName(params.id).log(identity.user_id, query.after, query.limit);
    if (!result.ok) return problem(result.refusal);
    const { entries, head_seq, epoch } = result.value;
    return json(`{"entries":${entries},"head_seq":${head_seq},"epoch":${epoch}}`);
  },

  listReceipts: async ({ env, identity, params, query }) =>
    answer(await env.CONVERSATION.getByName(params.id).receipts(identity.user_id, params.message_id, query)),

  markRead: (call) => mark(call, "read"),
  markDelivered: (call) => mark(call, "delivered"),
} satisfies Handlers;
