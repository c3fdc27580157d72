import type { ParleyClient } from "@parley/client";
import { useEffect, useRef, useState } from "preact/hooks";
import type { TimelineItem } from "../text/grouping.ts";
import type { ConversationId } from "../types.ts";
import { attention } from "./attention.ts";
import { useChat } from "./client-context.ts";
import type { View } from "./scroll-model.ts";
import { useSignal } from "./signal.ts";

/** The newest message of somebody else at or above `index`. */
const newestOfOthers = (items: readonly TimelineItem[], index: number): number | undefined => {
  for (let at = Math.min(index, items.length - 1); at >= 0; at -= 1) {
    const item = items[at];
    if (item?.kind === "message" && !item.own && item.message.seq !== undefined) return item.message.seq;
  }
  return undefined;
};

/** Marks as read what comes into view, while somebody looks. Returns what to call after each change of the view. */
export const useReadMarks = (id: ConversationId): ((items: readonly TimelineItem[], view: View) => void) => {
  const { client } = useChat();
  const looking = useSignal(attention);
  const seen = useRef(0);
  const marked = useRef(0);
  const mark = (): void => {
    const read = client.conversation(id)?.read_up_to ?? 0;
    if (!attention.value || seen.current <= Math.max(read, marked.current)) return;
    marked.current = seen.current;
    client.markRead(id, seen.current);
  };
  useEffect(mark, [looking]);
  return (items, view) => {
    seen.current = Math.max(seen.current, newestOfOthers(items, view.last) ?? 0);
    mark();
  };
};

const unreadNow = (client: ParleyClient, id: ConversationId): number | undefined => {
  const conversation = client.conversation(id);
  return conversation !== undefined && conversation.unread_count > 0 ? conversation.read_up_to : undefined;
};

/**
 * After which `seq` the "unread" line stands: where reading had stopped when the conversation was
 * opened, or when the window lost its viewer. It stays until one answers or looks away.
 */
export const useUnreadLine = (id: ConversationId): { readonly after: number | undefined; clear(): void } => {
  const { client } = useChat();
  const looking = useSignal(attention);
  const [after, setAfter] = useState(() => unreadNow(client, id));
  const wasLooking = useRef(looking);
  const away = looking ? undefined : unreadNow(client, id);
  useEffect(() => {
    if (wasLooking.current && !looking) setAfter(unreadNow(client, id));
    else if (away !== undefined) setAfter((before) => before ?? away);
    wasLooking.current = looking;
  }, [looking, away]);
  return { after, clear: () => setAfter(undefined) };
};
