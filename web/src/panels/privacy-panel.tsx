import type { Profile } from "@parley/client";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { useRemote } from "../state/remote.ts";
import { strings, wordsFor } from "../strings.ts";
import { Choice } from "./choice.tsx";
import { Panel } from "./panel.tsx";

const words = strings.setting;
const KINDS = ["last_seen", "read_receipts", "typing"] as const;
const WHO = [
  ["everyone", words.visibility.everyone],
  ["nobody", words.visibility.nobody],
] as const;

type Privacy = NonNullable<Profile["privacy"]>;

const Choices = ({ before }: { readonly before: Privacy }): JSX.Element => {
  const { client } = useChat();
  const [privacy, setPrivacy] = useState(before);
  const choose = async (kind: (typeof KINDS)[number], value: string): Promise<void> => {
    const changed: Privacy = { ...privacy, [kind]: value === "nobody" ? "nobody" : "everyone" };
    setPrivacy(changed);
    // Shown at once; a refusal is told and undone.
    if (!(await attempt(client.updateProfile({ privacy: changed }), words.saved))) setPrivacy(privacy);
  };
  return (
    <>
      {KINDS.map((kind) => (
        <div key={kind} class="privacy">
          <Choice
            label={words.privacy[kind]}
            value={privacy[kind] ?? "everyone"}
            options={WHO}
            testId={`privacy-${kind}`}
            disabled={false}
            onChange={(value) => void choose(kind, value)}
          />
          <p class="hint">{words.privacyHints[kind]}</p>
        </div>
      ))}
    </>
  );
};

/** What others may see of one, which works both ways. */
export const PrivacyPanel = (): JSX.Element => {
  const { client } = useChat();
  const own = useRemote(() => client.profile(), [client]);
  return (
    <Panel title={words.pages.privacy} testId="panel-privacy">
      <div class="panel-body">
        <p class="lead settings-lead">{words.privacyLead}</p>
        {own.at === "loading" && <p class="hint">{strings.working}</p>}
        {own.at === "failed" && <p class="problem">{wordsFor(own.error)}</p>}
        {own.at === "there" && <Choices before={own.value.privacy ?? {}} />}
      </div>
    </Panel>
  );
};
