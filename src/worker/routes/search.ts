import { parseQuery } from "../../shared/search-query.ts";
import type { Handlers } from "../handler.ts";
import { answer, problem } from "../problem.ts";

export const searchHandlers = {
  async search({ env, identity, query }) {
    const parsed = parseQuery(query.q, identity.user_id, query);
    if (!parsed.ok) return problem(parsed.refusal);
    return answer(await env.USER.getByName(identity.user_id).search(parsed.value, query));
  },
} satisfies Handlers;
