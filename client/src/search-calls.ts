import type { SearchCalls, SearchPage } from "./api-search.ts";
import type { Parts } from "./parts.ts";

const SHOWN = 50;

/** Search as an app has it, made of the client's parts. */
export const searchCalls = ({ rest, state }: Parts): SearchCalls => ({
  search: (q, { conversationId: conversation_id, limit, cursor } = {}) =>
    rest.call<SearchPage>({ method: "GET", path: "/search", query: { q, conversation_id, limit, cursor } }),
  searchHere: async (q, options = {}) => {
    const found = await state.store.search?.(q, { limit: SHOWN, ...options, me: state.me ?? "" });
    return { ...found, results: (found?.results ?? []).map((message) => state.local(message)) };
  },
});
