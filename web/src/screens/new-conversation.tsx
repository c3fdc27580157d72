import type { Conversation } from "@parley/client";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { KnownPeople } from "../components/known-people.tsx";
import { PeopleField } from "../components/people-field.tsx";
import { useChosenPeople } from "../state/chosen-people.ts";
import { findPerson } from "../state/find-person.ts";
import { useChat } from "../state/client-context.ts";
import { openConversation, type NewKind } from "../state/route.ts";
import { strings, wordsFor } from "../strings.ts";

const TITLES = {
  direct: strings.newDirectTitle,
  group: strings.newGroupTitle,
  channel: strings.group.newChannel,
} as const;
const SUBMITS = {
  direct: strings.newDirectSubmit,
  group: strings.groupSubmit,
  channel: strings.group.channelSubmit,
} as const;
const NAME_CHARS = 128;

/** What a form makes, or the sentence that says what is missing. */
type Made = { readonly problem: string } | { readonly make: () => Promise<Conversation> };

interface NewForm {
  readonly kind: NewKind;
  readonly name: string;
  readonly problem: string | undefined;
  readonly busy: boolean;
  readonly chosen: ReturnType<typeof useChosenPeople>;
  type(name: string): void;
  submit(): Promise<void>;
}

const useNewForm = (kind: NewKind, onClose: () => void): NewForm => {
  const { client, userId, drafts, folding } = useChat();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const chosen = useChosenPeople();
  const direct = async (): Promise<Made> => {
    const peer = await findPerson(client, name, folding);
    if (!peer.ok) return { problem: strings.nameProblems[peer.reason] };
    return peer.id === userId ? { problem: strings.thatIsYou } : { make: () => client.createDirect(peer.id) };
  };
  const several = async (): Promise<Made | undefined> => {
    const title = name.trim();
    const { people, problem: wrong } = await chosen.add();
    if (wrong !== undefined) return undefined;
    if (title === "") return { problem: strings.groupProblems.name };
    if (kind === "channel") return { make: () => client.createChannel(title, people) };
    if (people.length === 0) return { problem: strings.groupProblems.members };
    return { make: () => client.createGroup(title, people) };
  };
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const made = await (kind === "direct" ? direct() : several());
      setProblem(made !== undefined && "problem" in made ? made.problem : undefined);
      if (made === undefined || "problem" in made) {
        setBusy(false);
        return;
      }
      const { conversation_id: id } = await made.make();
      if (kind === "direct") drafts.start(id);
      onClose();
      openConversation(id);
    } catch (error) {
      setProblem(wordsFor(error));
      setBusy(false);
    }
  };
  const type = (text: string): void => {
    setName(text);
    setProblem(undefined);
  };
  return { kind, name, problem, busy, chosen, type, submit };
};

const PersonField = ({ form }: { readonly form: NewForm }): JSX.Element => (
  <>
    <label class="field">
      <span>{strings.newDirectLead}</span>
      <input
        type="text"
        list="known-people"
        value={form.name}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-describedby="new-problem"
        aria-invalid={form.problem !== undefined}
        data-testid="new-direct-name"
        onInput={(event) => form.type(event.currentTarget.value)}
      />
    </label>
    <KnownPeople />
  </>
);

const NameField = ({ form }: { readonly form: NewForm }): JSX.Element => (
  <label class="field">
    <span>{form.kind === "channel" ? strings.group.channelName : strings.groupName}</span>
    <input
      type="text"
      value={form.name}
      maxLength={NAME_CHARS}
      dir="auto"
      autocomplete="off"
      placeholder={form.kind === "channel" ? strings.group.channelPlaceholder : strings.groupNamePlaceholder}
      aria-describedby="new-problem"
      data-testid={`new-${form.kind}-name`}
      onInput={(event) => form.type(event.currentTarget.value)}
    />
  </label>
);

/** Begins a conversation: with one person, a group, or a channel. */
export const NewConversation = ({
  kind,
  onClose,
}: {
  readonly kind: NewKind;
  readonly onClose: () => void;
}): JSX.Element => {
  const form = useNewForm(kind, onClose);
  const hint = kind === "direct" ? strings.personHint : undefined;
  return (
    <Dialog title={TITLES[kind]} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void form.submit();
        }}
      >
        {kind === "direct" ? (
          <PersonField form={form} />
        ) : (
          <>
            <NameField form={form} />
            <PeopleField
              chosen={form.chosen}
              label={kind === "channel" ? strings.group.channelMembers : strings.groupMembers}
              hint={kind === "channel" ? strings.group.channelHint : strings.groupMembersHint}
              testId={`new-${kind}-member`}
            />
          </>
        )}
        <p class={form.problem === undefined ? "hint" : "problem"} id="new-problem" aria-live="polite">
          {form.problem ?? hint}
        </p>
        <button type="submit" class="button" disabled={form.busy} data-testid="new-submit">
          {form.busy ? strings.working : SUBMITS[kind]}
        </button>
      </form>
    </Dialog>
  );
};
