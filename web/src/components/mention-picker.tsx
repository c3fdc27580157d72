import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ALL } from "../state/mentions.ts";
import { usePeople } from "../state/people.ts";
import { strings } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { PersonAvatar } from "./person-avatar.tsx";

export interface MentionPickerProps {
  readonly id: string;
  readonly people: readonly string[];
  readonly chosen: number;
  readonly onPick: (name: string) => void;
}

export const optionId = (picker: string, index: number): string => `${picker}-${index}`;

/** Names to complete what was begun with "@". The focus stays in the text; its keys choose here. */
export const MentionPicker = ({ id, people, chosen, onPick }: MentionPickerProps): JSX.Element => {
  const { name } = usePeople();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [chosen]);
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a list that belongs to a text field, which keeps the focus
    <div ref={box} class="mention-picker" id={id} role="listbox" aria-label={strings.message.mentionPicker}>
      {people.map((person, index) => (
        <div
          key={person}
          id={optionId(id, index)}
          class="mention-option"
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- see above
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          data-testid="mention-option"
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(person)}
          onKeyDown={(event) => {
            if (event.key === "Enter") onPick(person);
          }}
        >
          {person === ALL ? (
            <span class="avatar avatar-small mention-all">
              <Icon name="group" size={18} />
            </span>
          ) : (
            <PersonAvatar id={person} />
          )}
          <span class="person-name">{person === ALL ? ALL : name(person)}</span>
          {person === ALL && <span class="person-note">{strings.message.mentionAll}</span>}
          {person !== ALL && name(person) !== person && <span class="person-note">{person}</span>}
        </div>
      ))}
    </div>
  );
};
