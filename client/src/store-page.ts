import type { StoredEvent, StoredMessage, StoredPage } from "./store.ts";

/** Of two lists, each oldest first, the newest `limit` together. */
export const newestOf = (
  messages: readonly StoredMessage[],
  events: readonly StoredEvent[],
  limit: number,
): StoredPage => {
  const surplus = messages.length + events.length - limit;
  if (surplus <= 0) return { messages, events };
  const seqs = [...messages, ...events].map((item) => item.seq).sort((a, b) => a - b);
  const from = seqs[surplus] ?? 0;
  return { messages: messages.filter((item) => item.seq >= from), events: events.filter((item) => item.seq >= from) };
};
