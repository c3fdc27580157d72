import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { usePeople } from "../state/people.ts";

const MOST = 200;

/** Suggestions for a field with `list="known-people"`: whoever shares a conversation with the user. */
export const KnownPeople = (): JSX.Element => {
  const { client, userId } = useChat();
  const { name } = usePeople();
  const people = useMemo(() => {
    const known = new Set<string>();
    for (const { participants = [] } of client.conversations()) {
      for (const { user_id: person } of participants) if (person !== userId) known.add(person);
      if (known.size >= MOST) break;
    }
    return [...known].toSorted((a, b) => a.localeCompare(b));
  }, []);
  return (
    <datalist id="known-people">
      {people.map((person) => (
        <option key={person} value={person}>
          {name(person)}
        </option>
      ))}
    </datalist>
  );
};
