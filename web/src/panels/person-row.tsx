import type { ComponentChildren, JSX } from "preact";
import { PersonAvatar } from "../components/person-avatar.tsx";
import { useChat } from "../state/client-context.ts";
import { usePeople } from "../state/people.ts";
import { strings } from "../strings.ts";

export interface PersonRowProps {
  readonly userId: string;
  readonly note?: string | undefined;
  readonly testId?: string;
  readonly children?: ComponentChildren;
}

/** A person in a list, with what there is to say and to do about them. */
export const PersonRow = ({ userId: person, note, testId, children }: PersonRowProps): JSX.Element => {
  const { userId } = useChat();
  const name = usePeople().name(person);
  return (
    <li class="person" data-testid={testId} data-user-id={person}>
      <PersonAvatar id={person} />
      <span class="person-name">{person === userId ? `${name} (${strings.you.toLowerCase()})` : name}</span>
      {note !== undefined && note !== "" && <span class="person-note">{note}</span>}
      {children}
    </li>
  );
};
