import type { ComponentChildren, JSX } from "preact";
import { Avatar } from "../components/avatar.tsx";
import { useChat } from "../state/client-context.ts";
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
  return (
    <li class="person" data-testid={testId} data-user-id={person}>
      <Avatar id={person} name={person} size="small" />
      <span class="person-name">{person === userId ? `${person} (${strings.you.toLowerCase()})` : person}</span>
      {note !== undefined && note !== "" && <span class="person-note">{note}</span>}
      {children}
    </li>
  );
};
