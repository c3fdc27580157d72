import type { JSX } from "preact";
import { strings } from "../strings.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icons.tsx";

export interface PeopleFieldProps {
  readonly people: readonly string[];
  readonly typed: string;
  readonly onTyped: (text: string) => void;
  /** Takes what is typed into the list. */
  readonly onAdd: (text: string) => void;
  readonly onRemove: (id: string) => void;
}

/** Names as chips, with a field for the next one: Enter or a comma adds, Backspace in the empty field removes. */
export const PeopleField = ({ people, typed, onTyped, onAdd, onRemove }: PeopleFieldProps): JSX.Element => (
  <div class="chips">
    {people.map((id) => (
      <span key={id} class="chip">
        <Avatar id={id} name={id} size="small" />
        <span class="chip-name">{id}</span>
        <button type="button" class="chip-remove" aria-label={strings.removePerson(id)} onClick={() => onRemove(id)}>
          <Icon name="close" size={16} />
        </button>
      </span>
    ))}
    <input
      type="text"
      class="chips-input"
      list="known-people"
      value={typed}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
      aria-label={strings.groupMembers}
      aria-describedby="new-group-hint"
      data-testid="new-group-member"
      onInput={(event) => {
        const text = event.currentTarget.value;
        if (/[,;]/.test(text)) onAdd(text);
        else onTyped(text);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && typed.trim() !== "" && !event.isComposing) {
          event.preventDefault();
          onAdd(typed);
        }
        const last = people.at(-1);
        if (event.key === "Backspace" && typed === "" && last !== undefined) onRemove(last);
      }}
    />
  </div>
);
