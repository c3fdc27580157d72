import { useEffect } from "preact/hooks";
import { focusSearch } from "../components/search-box.tsx";
import type { Chat } from "./client-context.ts";
import { listedConversations } from "./listing.ts";
import {
  backToList,
  closePanel,
  inSettings,
  openConversation,
  openPanel,
  openSettings,
  panel,
  route,
  type NewKind,
} from "./route.ts";

/** The pages that open above the panes. */
export type Page = NewKind | "shortcuts" | undefined;

const step = (chat: Chat, by: number): void => {
  const listed = listedConversations(chat, route.value);
  const at = listed.findIndex((conversation) => conversation.conversation_id === route.value);
  const next = at === -1 ? listed[0] : listed[at + by];
  if (next !== undefined) openConversation(next.conversation_id);
};

const focusList = (): void => {
  const list = document.querySelector("#conversations");
  const row = list?.querySelector("[aria-current]") ?? list?.querySelector("a");
  if (row instanceof HTMLElement) row.focus();
};

const inField = (event: KeyboardEvent): boolean =>
  event.target instanceof HTMLElement && event.target.matches("input, textarea");

const isSearchKey = (event: KeyboardEvent): boolean =>
  ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") ||
  (event.key === "/" && !event.ctrlKey && !event.metaKey && !inField(event));

/** On a narrow screen the list has to be there first. */
const toSearch = (): void => {
  focusSearch();
  if (document.activeElement?.id === "search") return;
  backToList();
  setTimeout(focusSearch, 100);
};

const altKeys = (chat: Chat, show: (page: Page) => void): Readonly<Record<string, () => void>> => ({
  ArrowUp: () => step(chat, -1),
  ArrowDown: () => step(chat, 1),
  KeyN: () => show("direct"),
  KeyG: () => show("group"),
  KeyI: () => {
    if (route.value !== undefined) openPanel({ at: "info" });
  },
  KeyS: openSettings,
  KeyK: focusList,
});

/** The keys that work anywhere but in a dialog, which has its own. */
export const useShortcuts = (chat: Chat, show: (page: Page) => void): void => {
  useEffect(() => {
    const alt = altKeys(chat, show);
    const pressed = (event: KeyboardEvent): void => {
      if (document.querySelector("dialog[open]") !== null || event.isComposing) return;
      // By place on the keyboard: with Alt, some systems make another letter of the key.
      const action = event.altKey && !event.ctrlKey && !event.metaKey ? alt[event.code] : undefined;
      if (action !== undefined) action();
      else if (isSearchKey(event)) toSearch();
      else if (event.key === "?" && !inField(event)) show("shortcuts");
      else if (event.key === "Escape" && panel.value !== undefined) closePanel();
      else if (event.key === "Escape" && (route.value !== undefined || inSettings.value)) backToList();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [chat]);
};
