import type { Scheduled } from "@parley/client";
import { useEffect } from "preact/hooks";
import type { ConversationId } from "../types.ts";
import { about, useChat, useClientEvents } from "./client-context.ts";
import { useRemote } from "./remote.ts";
import { createSignal, useSignal } from "./signal.ts";

/** Counts what was scheduled or taken back here: the lists that show it ask again. */
const changes = createSignal(0);
export const scheduledChanged = (): void => changes.set(changes.value + 1);

/** A little after a message's time, it has gone. */
const SENT_MS = 1500;

/** One's own messages that wait for their time; asked for again when one's time comes and whenever messages change. */
export const useScheduled = (
  id: ConversationId,
): { readonly items: readonly Scheduled[]; readonly loaded: boolean } => {
  const { client } = useChat();
  const changed = useSignal(changes);
  useClientEvents(["state"]);
  const online = client.state.name === "online";
  const answer = useRemote(() => client.scheduled(id), [client, id, changed, online]);
  const items = answer.at === "there" ? answer.value : undefined;
  const next = items?.find((item) => item.status === "scheduled")?.send_at;
  useEffect(() => {
    if (next === undefined) return undefined;
    const wait = Date.parse(next) - Date.now() + SENT_MS;
    // Beyond what a timer can hold, the page will have been opened anew.
    if (wait > 2 ** 31 - 1) return undefined;
    const timer = setTimeout(scheduledChanged, Math.max(SENT_MS, wait));
    return () => clearTimeout(timer);
  }, [next, items]);
  // One that was sent is a message: it stops waiting at once.
  useClientEvents(["messages"], about(id));
  const loaded = items !== undefined;
  if (items === undefined || items.length === 0) return { items: [], loaded };
  const sent = new Set(client.messages(id).map((message) => message.client_message_id));
  return { items: items.filter((item) => !sent.has(item.client_message_id)), loaded };
};
