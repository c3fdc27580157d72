import type { ParleyClient } from "@parley/client";
import { useEffect, useRef, useState } from "preact/hooks";
import type { TimelineRow } from "../text/grouping.ts";
import type { ConversationId } from "../types.ts";
import { attention } from "./attention.ts";
import { useChat } from "./client-context.ts";
import type { View } from "./scroll-model.ts";
import { useSignal } from "./signal.ts";

/** The newest `seq` that is seen when the row at `index` is. */
const seenAt = (rows: readonly TimelineRow[], index: number): number => {
  for (let at = Math.min(index, rows.length - 1); at >= 0; at -= 1) {
    const row = rows[at];
    if (row !== undefined && "upTo" in row && row.upTo !== undefined) return row.upTo;
  }
  return 0;
};

/** Marks as read what comes into view, while somebody looks. Returns what to call after each change of the view. */
export const useReadMarks = (id: ConversationId): ((rows: readonly TimelineRow[], view: View) => void) => {
  const { client, userId } = useChat();
  const looking = useSignal(attention);
  const seen = useRef(0);
  const marked = useRef(0);
  const mark = (): void => {
    if (!attention.value) return;
    const read = Math.max(client.conversation(id)?.read_up_to ?? 0, marked.current);
    if (seen.current <= read) return;
    // What one wrote or did oneself needs no mark.
    const newest = client
      .messages(id)
      .findLast(({ seq, sender_id: sender }) => seq !== undefined && seq <= seen.current && sender !== userId);
    if (newest?.seq === undefined || newest.seq <= read) return;
    marked.current = newest.seq;
    client.markRead(id, newest.seq);
  };
  useEffect(mark, [looking]);
  return (rows, view) => {
    // At the end, what shows elsewhere (replies in threads) or no more (expired) is seen as well.
    const end = view.atBottom ? (client.messages(id).findLast((one) => one.seq !== undefined)?.seq ?? 0) : 0;
    seen.current = Math.max(seen.current, seenAt(rows, view.last), end);
    mark();
  };
};

/** The messages of others that were unread when one came: after `after`, up to `upTo`. */
export interface UnreadSpan {
  readonly after: number;
  readonly upTo: number;
}

const unreadNow = (client: ParleyClient, id: ConversationId): UnreadSpan | undefined => {
  const row = client.conversation(id);
  return row !== undefined && row.unread_count > 0 ? { after: row.read_up_to, upTo: row.head_seq } : undefined;
};

/**
 * Where the "new messages" line stands: after what was read when the conversation was opened, or when the window
 * lost its viewer, or, for somebody who reads further up, before what comes below. It stays until one answers or
 * looks away.
 */
export const useUnreadLine = (
  id: ConversationId,
  atBottom: boolean,
): { readonly span: UnreadSpan | undefined; clear(): void } => {
  const { client } = useChat();
  const looking = useSignal(attention);
  const [span, setSpan] = useState(() => unreadNow(client, id));
  const wasLooking = useRef(looking);
  const grows = !looking || !atBottom;
  const now = unreadNow(client, id);
  useEffect(() => {
    if (wasLooking.current && !looking) setSpan(now);
    else if (grows && now !== undefined) {
      // What the line stood for is read: a new one begins.
      setSpan((before) => (before === undefined || now.after >= before.upTo ? now : { ...before, upTo: now.upTo }));
    }
    wasLooking.current = looking;
  }, [looking, grows, now?.upTo]);
  return { span, clear: () => setSpan(undefined) };
};
