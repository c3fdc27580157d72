import { inBatches } from "../../core/batches.ts";
import type { DeadLetter } from "../../core/push/job.ts";
import { log, reasonOf } from "../../platform/telemetry.ts";
import type { EdgeBindings } from "../../rpc/bindings.ts";
import type { Handlers } from "../handler.ts";
import { answer, json } from "../problem.ts";

/** Whether the user's object looks at it again. May be repeated: it is sent again only if it is still due. */
const replay = async (env: EdgeBindings, { user, device, conversation }: DeadLetter): Promise<boolean> => {
  try {
    await env.USER.getByName(user).replayPush(device, conversation);
    return true;
  } catch (error) {
    log({ event: "object_failed", object: "user", call: "replayPush", reason: reasonOf(error) });
    return false;
  }
};

export const deadLetterHandlers = {
  adminDeadLetters: async ({ env, params, query }) => answer(await env.DEAD_LETTERS.getByName(params.kind).list(query)),

  /** A letter goes when its user's object has it: whatever dies in between, it is there to be tried once more. */
  async adminReplayDeadLetters({ env, params, body }) {
    const letters = env.DEAD_LETTERS.getByName(params.kind);
    const picked = await letters.pick(body.ids);
    const isReplayed = await inBatches(picked, (letter) => replay(env, letter));
    const replayed = picked.filter((_letter, index) => isReplayed[index]);
    const remaining = await letters.remove(replayed);
    return json(JSON.stringify({ replayed: replayed.length, remaining }));
  },

  async adminDropDeadLetters({ env, params }) {
    await env.DEAD_LETTERS.getByName(params.kind).clear();
    return new Response(null, { status: 204 });
  },
} satisfies Handlers;
