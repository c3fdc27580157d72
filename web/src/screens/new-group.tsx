import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { KnownPeople } from "../components/known-people.tsx";
import { PeopleField } from "../components/people-field.tsx";
import { useChat } from "../state/client-context.ts";
import { openConversation } from "../state/route.ts";
import { strings, wordsFor } from "../strings.ts";
import { normaliseName } from "../text/names.ts";

const MOST_OTHERS = 99;

type Added = { readonly people: readonly string[]; readonly problem: string | undefined };

/** Adds the names of `text`, separated by commas, to those chosen already. */
const addPeople = (chosen: readonly string[], text: string, userId: string, folding: boolean): Added => {
  const people = [...chosen];
  for (const part of text.split(/[,;]/)) {
    const person = normaliseName(part, folding);
    if (!person.ok && person.reason === "empty") continue;
    if (!person.ok) return { people, problem: strings.nameProblems[person.reason] };
    if (person.id === userId || people.includes(person.id)) continue;
    if (people.length >= MOST_OTHERS) return { people, problem: strings.groupProblems.tooMany };
    people.push(person.id);
  }
  return { people, problem: undefined };
};

interface GroupForm {
  readonly name: string;
  readonly people: readonly string[];
  readonly typed: string;
  readonly problem: string | undefined;
  readonly busy: boolean;
}

const useGroupForm = (onClose: () => void) => {
  const { client, userId, folding } = useChat();
  const [form, setForm] = useState<GroupForm>({ name: "", people: [], typed: "", problem: undefined, busy: false });
  const change = (part: Partial<GroupForm>): void => setForm((before) => ({ ...before, problem: undefined, ...part }));
  const add = (text: string): Added => {
    const added = addPeople(form.people, text, userId, folding);
    change({ ...added, typed: added.problem === undefined ? "" : text });
    return added;
  };
  const submit = async (): Promise<void> => {
    const { people, problem } = add(form.typed);
    if (problem !== undefined) return;
    if (form.name.trim() === "") return change({ problem: strings.groupProblems.name });
    if (people.length === 0) return change({ problem: strings.groupProblems.members });
    change({ busy: true });
    try {
      const { conversation_id: id } = await client.createGroup(form.name.trim(), people);
      onClose();
      openConversation(id);
    } catch (error) {
      change({ problem: wordsFor(error), busy: false });
    }
    return undefined;
  };
  return { form, change, add, submit };
};

export const NewGroup = ({ onClose }: { readonly onClose: () => void }): JSX.Element => {
  const { form, change, add, submit } = useGroupForm(onClose);
  return (
    <Dialog title={strings.newGroup} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label class="field">
          <span>{strings.groupName}</span>
          <input
            type="text"
            value={form.name}
            maxLength={128}
            dir="auto"
            autocomplete="off"
            placeholder={strings.groupNamePlaceholder}
            data-testid="new-group-name"
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        </label>
        <div class="field">
          <span aria-hidden="true">{strings.groupMembers}</span>
          <PeopleField
            people={form.people}
            typed={form.typed}
            onTyped={(typed) => change({ typed })}
            onAdd={add}
            onRemove={(id) => change({ people: form.people.filter((person) => person !== id) })}
          />
        </div>
        <KnownPeople />
        <p class={form.problem === undefined ? "hint" : "problem"} id="new-group-hint" aria-live="polite">
          {form.problem ?? strings.groupMembersHint}
        </p>
        <button type="submit" class="button" disabled={form.busy} data-testid="new-submit">
          {form.busy ? strings.working : strings.groupSubmit}
        </button>
      </form>
    </Dialog>
  );
};
