import type { JSX } from "preact";
import type { ChosenPeople } from "../state/chosen-people.ts";
import { usePeople } from "../state/people.ts";
import { strings } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { KnownPeople } from "./known-people.tsx";
import { PersonAvatar } from "./person-avatar.tsx";

export interface PeopleFieldProps {
  readonly chosen: ChosenPeople;
  readonly label: string;
  readonly hint: string;
  readonly testId: string;
}

/** Names as chips, with a field for the next one: Enter or a comma adds, Backspace in the empty field removes. */
export const PeopleField = ({ chosen, label, hint, testId }: PeopleFieldProps): JSX.Element => {
  const { name } = usePeople();
  return (
    <>
      <div class="field">
        <span aria-hidden="true">{label}</span>
        <div class="chips">
          {chosen.people.map((id) => (
            <span key={id} class="chip">
              <PersonAvatar id={id} />
              <span class="chip-name">{name(id)}</span>
              <button
                type="button"
                class="chip-remove"
                aria-label={strings.removePerson(name(id))}
                onClick={() => chosen.remove(id)}
              >
                <Icon name="close" size={16} />
              </button>
            </span>
          ))}
          <input
            type="text"
            class="chips-input"
            list="known-people"
            value={chosen.typed}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-label={label}
            aria-describedby={`${testId}-hint`}
            data-testid={testId}
            onInput={(event) => {
              const text = event.currentTarget.value;
              if (/[,;]/.test(text)) void chosen.add(text);
              else chosen.type(text);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && chosen.typed.trim() !== "" && !event.isComposing) {
                event.preventDefault();
                void chosen.add();
              }
              const last = chosen.people.at(-1);
              if (event.key === "Backspace" && chosen.typed === "" && last !== undefined) chosen.remove(last);
            }}
          />
        </div>
      </div>
      <KnownPeople />
      <p class={chosen.problem === undefined ? "hint" : "problem"} id={`${testId}-hint`} aria-live="polite">
        {chosen.problem ?? hint}
      </p>
    </>
  );
};
