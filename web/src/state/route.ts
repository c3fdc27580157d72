import type { ConversationId, MessageId } from "../types.ts";
import { createSignal, type Signal } from "./signal.ts";

export const NEW_KINDS = ["direct", "group", "channel"] as const;
/** What can be begun from the list. */
export type NewKind = (typeof NEW_KINDS)[number];

/** Pages of the settings; each is a panel beside their list. */
export const SETTINGS_PAGES = ["profile", "notifications", "privacy", "blocked", "devices"] as const;
export type SettingsPage = (typeof SETTINGS_PAGES)[number];

/** What is open beside the conversation, or beside the list of settings. */
export type Panel =
  | { readonly at: "info" | "pins" | "scheduled" }
  | { readonly at: "thread" | "message"; readonly message: MessageId }
  | { readonly at: SettingsPage };

/** What the wide pane shows: a conversation, or the list of settings. */
type Main = { readonly conversation: ConversationId } | { readonly settings: true };

interface Place {
  /** Without one, the list alone. */
  readonly main?: Main;
  readonly panel?: Panel;
  /** The token of an invite link. */
  readonly join?: string;
  readonly begin?: NewKind;
  /** Of the page of operators: its section, and what that shows. */
  readonly operate?: readonly string[];
}

/** How many steps lie between here and the list, and whether the last one opened a panel. */
interface Step {
  readonly depth: number;
  readonly panel: boolean;
}

const oneOf = <T extends string>(names: readonly T[], name: string | undefined): T | undefined =>
  names.find((one) => one === name);

const panelOf = (name: string | undefined, message: string | undefined): Panel | undefined => {
  if (name === "info" || name === "pins" || name === "scheduled") return { at: name };
  if ((name === "thread" || name === "message") && message !== undefined) return { at: name, message };
  return undefined;
};

const withPanel = (main: Main, panel: Panel | undefined): Place => (panel === undefined ? { main } : { main, panel });

const read = (): Place => {
  let parts: readonly string[];
  try {
    parts = location.hash.split("/").map(decodeURIComponent);
  } catch {
    // Not something this app wrote: show the list.
    return {};
  }
  const [mark, kind, id, panelName, message] = parts;
  if (mark !== "#") return {};
  if (kind === "settings") {
    const page = oneOf(SETTINGS_PAGES, id);
    return withPanel({ settings: true }, page && { at: page });
  }
  if (kind === "operators") return { operate: parts.slice(2) };
  if (id === undefined || id === "") return {};
  if (kind === "join") return { join: id };
  if (kind === "new") return { begin: oneOf(NEW_KINDS, id) ?? "direct" };
  return kind === "c" ? withPanel({ conversation: id }, panelOf(panelName, message)) : {};
};

const write = ({ main, panel, operate }: Place): string => {
  if (operate !== undefined) return ["#", "operators", ...operate.map(encodeURIComponent)].join("/");
  if (main === undefined) return location.pathname + location.search;
  const parts = "settings" in main ? ["#", "settings"] : ["#", "c", encodeURIComponent(main.conversation)];
  if (panel !== undefined) parts.push(panel.at);
  if (panel !== undefined && "message" in panel) parts.push(encodeURIComponent(panel.message));
  return parts.join("/");
};

const conversationOf = ({ main }: Place): ConversationId | undefined =>
  main !== undefined && "conversation" in main ? main.conversation : undefined;

let here = read();
/** The conversation on the screen. Follows the browser's back and forward. */
export const route: Signal<ConversationId | undefined> = createSignal(conversationOf(here));
/** Whether the settings are on the screen, in the place of a conversation. */
export const inSettings: Signal<boolean> = createSignal(here.main !== undefined && "settings" in here.main);
/** What is open beside either. */
export const panel: Signal<Panel | undefined> = createSignal(here.panel);
/** The token of the invite link that the page was opened with, until that is dealt with. */
export const joining: Signal<string | undefined> = createSignal(here.join);
/** What the page was opened to begin, until that is dealt with. */
export const beginning: Signal<NewKind | undefined> = createSignal(here.begin);

/** What of the page of operators is on the screen, in the place of everything else. */
export const operating: Signal<readonly string[] | undefined> = createSignal(here.operate);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const show = (place: Place): void => {
  here = place;
  if (!same(panel.value, place.panel)) panel.set(place.panel);
  inSettings.set(place.main !== undefined && "settings" in place.main);
  route.set(conversationOf(place));
  joining.set(place.join);
  if (!same(operating.value, place.operate)) operating.set(place.operate);
  beginning.set(place.begin);
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

/** From the list, opening is a step that "back" undoes; from one thing to another it is not. */
const openMain = (main: Main): void => {
  if (same(here.main, main)) return;
  if (here.main === undefined && here.join === undefined && here.begin === undefined) push({ main }, false);
  else replace({ main });
};

export const openConversation = (id: ConversationId): void => openMain({ conversation: id });

export const openSettings = (): void => openMain({ settings: true });

/** Opens a section of the page of operators; "back" leads to the one before. */
export const openOperators = (...operate: readonly string[]): void => {
  if (!same(here.operate, operate)) push({ operate }, false);
};

/** Opens a panel beside what is on the screen; "back" closes it. */
export const openPanel = (next: Panel): void => {
  const { main } = here;
  if (main === undefined || same(here.panel, next)) return;
  const place = { main, panel: next };
  if (here.panel === undefined) push(place, true);
  else {
    history.replaceState(history.state, "", write(place));
    show(place);
  }
};

export const closePanel = (): void => {
  const { main } = here;
  if (here.panel === undefined || main === undefined) return;
  if (step().panel) history.back();
  else replace({ main });
};

const toList = (): void => {
  history.replaceState(null, "", location.pathname + location.search);
  show({});
};

export const backToList = (): void => {
  const { depth } = step();
  if (depth > 0) history.go(-depth);
  else toList();
};

/** The page that an invite link leads to. */
export const joinAddress = (token: string): string =>
  `${location.origin}${location.pathname}#/join/${encodeURIComponent(token)}`;

/** Leaves the page of an invite link, or what the page was opened to begin, for the list. */
export const endErrand = toList;
