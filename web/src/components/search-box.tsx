import type { JSX } from "preact";
import { useSignal } from "../state/signal.ts";
import { searchText } from "../state/searching.ts";
import { strings } from "../strings.ts";
import { Icon, IconButton } from "./icons.tsx";

const field = (): HTMLInputElement | null => document.querySelector("#search");
const firstResult = (): HTMLElement | null => document.querySelector("#results a");

/** Puts the focus there, with what was typed before chosen. */
export const focusSearch = (): void => {
  const input = field();
  input?.focus();
  input?.select();
};

const clear = (): void => {
  searchText.set("");
  focusSearch();
};

const pressed = (event: KeyboardEvent): void => {
  if (event.isComposing) return;
  const result = firstResult();
  if (event.key === "Escape" && searchText.value !== "") clear();
  else if (event.key === "Escape") field()?.blur();
  else if (event.key === "ArrowDown" && result !== null) result.focus();
  else if (event.key === "Enter" && result !== null) result.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
};

/** What one types to find messages and conversations. */
export const SearchBox = (): JSX.Element => {
  const text = useSignal(searchText);
  return (
    <search class="search-box">
      <Icon name="search" size={20} />
      <input
        id="search"
        type="search"
        value={text}
        maxLength={256}
        autocomplete="off"
        enterkeyhint="search"
        aria-label={strings.search.label}
        placeholder={strings.search.placeholder}
        title={strings.search.hint}
        data-testid="search"
        onInput={(event) => searchText.set(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      {text !== "" && <IconButton icon="close" label={strings.search.clear} testId="search-clear" onClick={clear} />}
    </search>
  );
};
