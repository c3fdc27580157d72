import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { PeopleField } from "../components/people-field.tsx";
import { useChosenPeople } from "../state/chosen-people.ts";
import { useChat } from "../state/client-context.ts";
import { tell } from "../state/notice.ts";
import { strings, wordsFor } from "../strings.ts";
import type { ConversationId } from "../types.ts";

/** Takes people into a conversation. */
export const AddPeople = ({
  id,
  onClose,
}: {
  readonly id: ConversationId;
  readonly onClose: () => void;
}): JSX.Element => {
  const { client } = useChat();
  const chosen = useChosenPeople();
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    const { people, problem } = await chosen.add();
    if (problem !== undefined) return;
    if (people.length === 0) {
      chosen.complain(strings.group.addNone);
      return;
    }
    setBusy(true);
    try {
      await client.addMembers(id, people);
      onClose();
      tell(strings.group.added(people.length));
    } catch (error) {
      chosen.complain(wordsFor(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={strings.group.add} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <PeopleField chosen={chosen} label={strings.groupMembers} hint={strings.personHint} testId="add-member" />
        <button type="submit" class="button" disabled={busy} data-testid="add-submit">
          {busy ? strings.working : strings.group.addSubmit}
        </button>
      </form>
    </Dialog>
  );
};
