import type { ConversationId } from "../types.ts";
import { createSignal, type Signal } from "./signal.ts";

const PREFIX = "#/c/";

const read = (): ConversationId | undefined => {
  if (!location.hash.startsWith(PREFIX)) return undefined;
  try {
    return decodeURIComponent(location.hash.slice(PREFIX.length));
  } catch {
    // Not something this app wrote: show the list.
    return undefined;
  }
};

/** The conversation on the screen; without one, the list. Follows the browser's back and forward. */
export const route: Signal<ConversationId | undefined> = createSignal(read());

addEventListener("popstate", () => route.set(read()));

/** From the list, opening is a step that "back" undoes; from one conversation to another it is not. */
export const openConversation = (id: ConversationId): void => {
  if (route.value === id) return;
  const url = `${PREFIX}${encodeURIComponent(id)}`;
  if (route.value === undefined) history.pushState({ fromList: true }, "", url);
  else history.replaceState(history.state, "", url);
  route.set(id);
};

export const backToList = (): void => {
  const state: unknown = history.state;
  if (typeof state === "object" && state !== null && "fromList" in state) {
    history.back();
    return;
  }
  history.replaceState(null, "", location.pathname + location.search);
  route.set(undefined);
};
