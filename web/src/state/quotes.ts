import { useEffect, useState } from "preact/hooks";
import type { ChatMessage, ConversationId, MessageId } from "../types.ts";
import { useChat } from "./client-context.ts";

/** Quoted messages that memory does not hold: bubbles come and go while one scrolls, and ask only once. */
const fetched = new Map<string, ChatMessage | undefined>();
const FETCHED_MAX = 500;

/** A message by its id; `undefined` while it is looked for, `null` when it is not there. */
export const useMessage = (id: ConversationId, messageId: MessageId | undefined): ChatMessage | null | undefined => {
  const { client } = useChat();
  const key = `${id}/${messageId}`;
  const local = messageId === undefined ? undefined : client.messages(id).find((one) => one.message_id === messageId);
  const isLocal = local !== undefined;
  const [, setAnswered] = useState(0);
  useEffect(() => {
    if (messageId === undefined || isLocal || fetched.has(key)) return;
    const answer = (message: ChatMessage | undefined): void => {
      if (fetched.size >= FETCHED_MAX) fetched.clear();
      fetched.set(key, message);
      setAnswered((before) => before + 1);
    };
    client.message(id, messageId).then(answer, () => {
      // No answer for now: it is asked again when the quote is shown again.
    });
  }, [client, key, isLocal]);
  if (local !== undefined) return local;
  if (fetched.has(key)) return fetched.get(key) ?? null;
  return messageId === undefined ? null : undefined;
};
