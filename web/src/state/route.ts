import type { ConversationId, MessageId } from "../types.ts";
import { createSignal, type Signal } from "./signal.ts";

/** What is open beside the conversation. */
export type Panel =
  | { readonly at: "info" | "pins" | "scheduled" }
  | { readonly at: "thread" | "message"; readonly message: MessageId };

interface Place {
  readonly conversation?: ConversationId;
  readonly panel?: Panel;
  /** The token of an invite link. */
  readonly join?: string;
}

/** How many steps lie between here and the list, and whether the last one opened a panel. */
interface Step {
  readonly depth: number;
  readonly panel: boolean;
}

const panelOf = (name: string | undefined, message: string | undefined): Panel | undefined => {
  if (name === "info" || name === "pins" || name === "scheduled") return { at: name };
  if ((name === "thread" || name === "message") && message !== undefined) return { at: name, message };
  return undefined;
};

const read = (): Place => {
  let parts: readonly string[];
  try {
    parts = location.hash.split("/").map(decodeURIComponent);
  } catch {
    // Not something this app wrote: show the list.
    return {};
  }
  const [mark, kind, id, panelName, message] = parts;
  if (mark !== "#" || id === undefined || id === "") return {};
  if (kind === "join") return { join: id };
  if (kind !== "c") return {};
  const panel = panelOf(panelName, message);
  return panel === undefined ? { conversation: id } : { conversation: id, panel };
};

const write = ({ conversation, panel }: Place): string => {
  if (conversation === undefined) return location.pathname + location.search;
  const parts = ["#", "c", encodeURIComponent(conversation)];
  if (panel !== undefined) parts.push(panel.at);
  if (panel !== undefined && "message" in panel) parts.push(encodeURIComponent(panel.message));
  return parts.join("/");
};

const first = read();
/** The conversation on the screen; without one, the list. Follows the browser's back and forward. */
export const route: Signal<ConversationId | undefined> = createSignal(first.conversation);
/** What is open beside that conversation. */
export const panel: Signal<Panel | undefined> = createSignal(first.panel);
/** The token of the invite link that the page was opened with, until that is dealt with. */
export const joining: Signal<string | undefined> = createSignal(first.join);

const samePanel = (a: Panel | undefined, b: Panel | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

const show = (place: Place): void => {
  if (!samePanel(panel.value, place.panel)) panel.set(place.panel);
  route.set(place.conversation);
  joining.set(place.join);
};

addEventListener("popstate", () => show(read()));

const step = (): Step => {
  const state: unknown = history.state;
  const known = typeof state === "object" && state !== null && "depth" in state && "panel" in state;
  return known ? (state as Step) : { depth: 0, panel: false };
};

const push = (place: Place, isPanel: boolean): void => {
  history.pushState({ depth: step().depth + 1, panel: isPanel } satisfies Step, "", write(place));
  show(place);
};

const replace = (place: Place): void => {
  history.replaceState({ ...step(), panel: false } satisfies Step, "", write(place));
  show(place);
};

/** From the list, opening is a step that "back" undoes; from one conversation to another it is not. */
export const openConversation = (id: ConversationId): void => {
  if (route.value === id) return;
  if (route.value === undefined && joining.value === undefined) push({ conversation: id }, false);
  else replace({ conversation: id });
};

/** Opens a panel beside the conversation on the screen; "back" closes it. */
export const openPanel = (next: Panel): void => {
  const conversation = route.value;
  if (conversation === undefined || samePanel(panel.value, next)) return;
  const place = { conversation, panel: next };
  if (panel.value === undefined) push(place, true);
  else {
    history.replaceState(history.state, "", write(place));
    show(place);
  }
};

export const closePanel = (): void => {
  const conversation = route.value;
  if (panel.value === undefined || conversation === undefined) return;
  if (step().panel) history.back();
  else replace({ conversation });
};

export const backToList = (): void => {
  const { depth } = step();
  if (depth > 0) {
    history.go(-depth);
    return;
  }
  history.replaceState(null, "", location.pathname + location.search);
  show({});
};

/** The page that an invite link leads to. */
export const joinAddress = (token: string): string =>
  `${location.origin}${location.pathname}#/join/${encodeURIComponent(token)}`;

/** Leaves the page of an invite link, for the list. */
export const endJoining = (): void => {
  history.replaceState(null, "", location.pathname + location.search);
  show({});
};
