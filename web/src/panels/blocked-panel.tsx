import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { usePeople } from "../state/people.ts";
import { useRemote } from "../state/remote.ts";
import { useSignal } from "../state/signal.ts";
import { strings, wordsFor } from "../strings.ts";
import { Panel } from "./panel.tsx";
import { PersonRow } from "./person-row.tsx";

const words = strings.people;

/** Whom one blocks, with a way to end it. */
export const BlockedPanel = (): JSX.Element => {
  const { blocked } = useChat();
  const { name } = usePeople();
  const people = [...useSignal(blocked.people)];
  const asked = useRemote(() => blocked.read(), [blocked]);
  return (
    <Panel title={strings.setting.pages.blocked} testId="panel-blocked">
      <div class="panel-body">
        {asked.at === "loading" && people.length === 0 && <p class="hint">{strings.working}</p>}
        {asked.at === "failed" && <p class="problem">{wordsFor(asked.error)}</p>}
        {asked.at === "there" && people.length === 0 && <p class="hint">{words.nobodyBlocked}</p>}
        <ul class="people">
          {people.map((userId) => (
            <PersonRow key={userId} userId={userId} testId="blocked">
              <button
                type="button"
                class="link-button settings-action"
                aria-label={words.unblock(name(userId))}
                data-testid="unblock"
                onClick={() => void attempt(blocked.unblock(userId))}
              >
                {words.unblockShort}
              </button>
            </PersonRow>
          ))}
        </ul>
      </div>
    </Panel>
  );
};
