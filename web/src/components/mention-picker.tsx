import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ALL } from "../state/mentions.ts";
import { strings } from "../strings.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icons.tsx";

export interface MentionPickerProps {
  readonly id: string;
  readonly people: readonly string[];
  readonly chosen: number;
  readonly onPick: (name: string) => void;
}

export const optionId = (picker: string, index: number): string => `${picker}-${index}`;

/** Names to complete what was begun with "@". The focus stays in the text; its keys choose here. */
export const MentionPicker = ({ id, people, chosen, onPick }: MentionPickerProps): JSX.Element => {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [chosen]);
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a list that belongs to a text field, which keeps the focus
    <div ref={box} class="mention-picker" id={id} role="listbox" aria-label={strings.message.mentionPicker}>
      {people.map((name, index) => (
        <div
          key={name}
          id={optionId(id, index)}
          class="mention-option"
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- see above
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          data-testid="mention-option"
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(name)}
          onKeyDown={(event) => {
            if (event.key === "Enter") onPick(name);
          }}
        >
          {name === ALL ? (
            <span class="avatar avatar-small mention-all">
              <Icon name="group" size={18} />
            </span>
          ) : (
            <Avatar id={name} name={name} size="small" />
          )}
          <span class="person-name">{name === ALL ? ALL : name}</span>
          {name === ALL && <span class="person-note">{strings.message.mentionAll}</span>}
        </div>
      ))}
    </div>
  );
};
