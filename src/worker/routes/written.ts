import type { Acked, Write } from "../../core/conversation/write.ts";
import type { ClientMessageId } from "../../shared/ids.ts";
import { uuidv7 } from "../../platform/uuid.ts";
import type { EdgeBindings } from "../../rpc/bindings.ts";
import type { UserId } from "../../shared/ids.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import { json, problem } from "../problem.ts";

/** A write that its client did not name gets a name here: a repeat of the request is another write. */
export const nameOf = (given: ClientMessageId | undefined): ClientMessageId => given ?? uuidv7(Date.now());

const answerOf = ({ conversation_id, client_message_id }: Write, result: Result<Acked>): Response => {
  if (!result.ok) return problem(result.refusal);
  const { message_id, seq, at, duplicate } = result.value;
  const sent = { message_id, seq, conversation_id, client_message_id, timestamp: toIso(at), status: "sent" };
  return duplicate ? json(JSON.stringify({ ...sent, duplicate })) : json(JSON.stringify(sent), 201);
};

/** Everything that makes entries goes up by way of the writer's own object, as it does from a socket. */
export const written = async (env: EdgeBindings, user: UserId, write: Write): Promise<Response> =>
  answerOf(write, await env.USER.getByName(user).write(write));

/** Nothing to say but that it was done. */
export const noContent = (result: Result<unknown>): Response =>
  result.ok ? new Response(null, { status: 204 }) : problem(result.refusal);
