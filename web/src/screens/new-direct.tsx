import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { KnownPeople } from "../components/known-people.tsx";
import { useChat } from "../state/client-context.ts";
import { openConversation } from "../state/route.ts";
import { strings, wordsFor } from "../strings.ts";
import { normaliseName } from "../text/names.ts";

export const NewDirect = ({ onClose }: { readonly onClose: () => void }): JSX.Element => {
  const { client, userId, drafts, folding } = useChat();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    const peer = normaliseName(name, folding);
    if (!peer.ok || peer.id === userId) {
      setProblem(peer.ok ? strings.thatIsYou : strings.nameProblems[peer.reason]);
      return;
    }
    setBusy(true);
    try {
      const { conversation_id: id } = await client.createDirect(peer.id);
      drafts.start(id);
      onClose();
      openConversation(id);
    } catch (error) {
      setProblem(wordsFor(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={strings.newDirectTitle} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label class="field">
          <span>{strings.newDirectLead}</span>
          <input
            type="text"
            list="known-people"
            value={name}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby="new-direct-hint"
            aria-invalid={problem !== undefined}
            data-testid="new-direct-name"
            onInput={(event) => {
              setName(event.currentTarget.value);
              setProblem(undefined);
            }}
          />
        </label>
        <KnownPeople />
        <p class={problem === undefined ? "hint" : "problem"} id="new-direct-hint" aria-live="polite">
          {problem ?? strings.personHint}
        </p>
        <button type="submit" class="button" disabled={busy} data-testid="new-submit">
          {busy ? strings.working : strings.newDirectSubmit}
        </button>
      </form>
    </Dialog>
  );
};
