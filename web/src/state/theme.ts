import { browserShelf } from "./storage.ts";
import { createSignal, type Signal } from "./signal.ts";

export type Theme = "light" | "dark";

const KEY = "parley.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

const chosen = (): Theme | undefined => {
  const kept = browserShelf.get(KEY);
  return kept === "light" || kept === "dark" ? kept : undefined;
};
const preferred = (): Theme => (system.matches ? "dark" : "light");

/** What is shown: the choice made here, or what the system prefers. */
export const theme: Signal<Theme> = createSignal(chosen() ?? preferred());

const apply = (): void => {
  theme.set(chosen() ?? preferred());
  document.documentElement.dataset["theme"] = theme.value;
};

/** Switches; a choice that the system would make anyway is forgotten, so that it is followed again. */
export const switchTheme = (): void => {
  const next: Theme = theme.value === "dark" ? "light" : "dark";
  if (next === preferred()) browserShelf.remove(KEY);
  else browserShelf.set(KEY, next);
  apply();
};

export const startTheme = (): void => {
  system.addEventListener("change", apply);
  apply();
};
