import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { openConversation, openUser } from "./admin.ts";
import { Part } from "./parts.tsx";
import { words } from "./words.ts";

/** Finds a conversation or an account by its id. */
export const LookUp = (): JSX.Element => {
  const [id, setId] = useState("");
  const [problem, setProblem] = useState<string>();
  const go = (open: (id: string) => void): void => {
    const wanted = id.trim();
    if (wanted === "") setProblem(words.lookEmpty);
    else open(wanted);
  };
  return (
    <Part title={words.section.look}>
      <form
        class="form op-look"
        onSubmit={(event) => {
          event.preventDefault();
          go(openConversation);
        }}
      >
        <p class="lead">{words.lookLead}</p>
        <label class="field">
          <span>{words.lookId}</span>
          <input
            type="text"
            value={id}
            autocapitalize="none"
            spellcheck={false}
            data-testid="look-id"
            onInput={(event) => {
              setId(event.currentTarget.value);
              setProblem(undefined);
            }}
          />
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <div class="op-look-buttons">
          <button type="submit" class="button" data-testid="look-conversation">
            {words.lookConversation}
          </button>
          <button type="button" class="button" data-testid="look-user" onClick={() => go(openUser)}>
            {words.lookUser}
          </button>
        </div>
      </form>
    </Part>
  );
};
