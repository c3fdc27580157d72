import { browserShelf } from "./storage.ts";
import { createSignal, type Signal } from "./signal.ts";

export type Theme = "light" | "dark";
export type ThemeChoice = Theme | "system";

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
  // The frame that the system draws around the app goes with it.
  const paper = getComputedStyle(document.documentElement).getPropertyValue(`--frame-${theme.value}`).trim();
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.setAttribute("content", paper);
};

export const themeChoice = (): ThemeChoice => chosen() ?? "system";

export const chooseTheme = (choice: ThemeChoice): void => {
  if (choice === "system") browserShelf.remove(KEY);
  else browserShelf.set(KEY, choice);
  apply();
};

/** Switches; a choice that the system would make anyway is forgotten, so that it is followed again. */
export const switchTheme = (): void => {
  const next: Theme = theme.value === "dark" ? "light" : "dark";
  chooseTheme(next === preferred() ? "system" : next);
};

export const startTheme = (): void => {
  system.addEventListener("change", apply);
  apply();
};
