import type { ChatMessage, ConversationId } from "../types.ts";
import { about, useChat, useClientEvents } from "./client-context.ts";
import { useRemote } from "./remote.ts";

/** The pinned messages, newest pin first. The client remembers them until an entry says that they changed. */
export const usePins = (id: ConversationId): readonly ChatMessage[] => {
  const { client } = useChat();
  const version = useClientEvents(["messages", "state"], about(id));
  const pins = useRemote(() => client.pins(id), [client, id, version]);
  if (pins.at !== "there" || pins.value.length === 0) return [];
  // Those that memory knows are shown as they are now; a deleted one has lost its pin.
  const known = new Map(client.messages(id).map((message) => [message.message_id, message]));
  return pins.value.flatMap((pin) => {
    const now = known.get(pin.message_id) ?? pin;
    return now.deleted_at === undefined ? [now] : [];
  });
};
