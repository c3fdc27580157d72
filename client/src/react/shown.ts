import type { ConversationId } from "../../../src/shared/ids.ts";
import type { ParleyClient } from "../api.ts";

/** How many components show each conversation. */
const shown = new WeakMap<ParleyClient, Map<ConversationId, number>>();

/** Opens the conversation for one component more; what it returns ends that, and the last one leaves it. */
export const shownIn = (client: ParleyClient, id: ConversationId): (() => void) => {
  const counts = shown.get(client) ?? new Map<ConversationId, number>();
  shown.set(client, counts);
  const before = counts.get(id) ?? 0;
  counts.set(id, before + 1);
  // What it could not load now comes with the next connection.
  if (before === 0) client.open(id).catch(() => undefined);
  return () => {
    const left = (counts.get(id) ?? 1) - 1;
    counts.set(id, left);
    if (left > 0) return;
    counts.delete(id);
    client.leave(id);
  };
};
