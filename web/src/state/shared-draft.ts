import { useEffect, useRef } from "preact/hooks";
import type { ConversationId, MessageId } from "../types.ts";
import { useChat, useClientEvents } from "./client-context.ts";

/** For this long, what comes back from the server is taken for an echo of what was written here. */
const ECHO_MS = 5000;

/**
 * Keeps what is being written the same on all devices of a person. Returns what to call on each change
 * here; `adopt` is called with what another device wrote, unless something else was begun here meanwhile.
 */
export const useSharedDraft = (
  id: ConversationId,
  text: string,
  adopt: (text: string, replyTo: MessageId | undefined) => void,
): ((text: string, replyTo: MessageId | undefined) => void) => {
  const { client, drafts } = useChat();
  useClientEvents(["conversations"]);
  const there = client.conversation(id)?.draft;
  const content = there?.content ?? "";
  const agreed = useRef(content);
  const written = useRef(new Map<string, number>());
  useEffect(() => {
    const before = agreed.current;
    agreed.current = content;
    const echo = (written.current.get(content) ?? 0) > Date.now() - ECHO_MS;
    if (echo || content === before || text !== before) return;
    adopt(content, there?.reply_to);
  }, [content, there?.updated_at]);
  return (next, replyTo) => {
    drafts.set(id, next, replyTo);
    const sent = next.trim() === "" ? "" : next;
    const now = Date.now();
    for (const [old, at] of written.current) if (at < now - ECHO_MS) written.current.delete(old);
    written.current.set(sent, now);
    client.setDraft(id, sent, replyTo);
  };
};
