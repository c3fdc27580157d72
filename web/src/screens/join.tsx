import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Avatar } from "../components/avatar.tsx";
import { Dialog } from "../components/dialog.tsx";
import { useChat } from "../state/client-context.ts";
import { useRemote } from "../state/remote.ts";
import { endErrand, openConversation } from "../state/route.ts";
import { strings, wordsFor } from "../strings.ts";

const words = strings.group;

const problemOf = (error: unknown): string => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code === "not_found") return words.joinGone;
  return code === "forbidden" ? words.joinForbidden : wordsFor(error);
};

/** What an invite link leads to, and the way in. */
export const Join = ({ token }: { readonly token: string }): JSX.Element => {
  const { client } = useChat();
  const preview = useRemote(() => client.previewInvite(token), [client, token]);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const join = async (): Promise<void> => {
    setBusy(true);
    try {
      const { conversation_id: id } = await client.acceptInvite(token);
      endErrand();
      openConversation(id);
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.joinTitle} onClose={endErrand}>
      <div class="join" data-testid="join">
        {preview.at === "loading" && <p class="hint">{strings.working}</p>}
        {preview.at === "there" && (
          <>
            <Avatar id={preview.value.name} name={preview.value.name} group size="large" />
            <p class="join-name" data-testid="join-name" dir="auto">
              {preview.value.name}
            </p>
            <p class="lead" data-testid="join-size">
              {words.joinSize(preview.value.member_count)}
            </p>
          </>
        )}
        <p class="problem" role="alert" data-testid="join-problem">
          {preview.at === "failed" ? problemOf(preview.error) : problem}
        </p>
      </div>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={endErrand}>
          {words.joinNot}
        </button>
        {preview.at === "there" && (
          <button type="button" class="button" disabled={busy} data-testid="join-submit" onClick={() => void join()}>
            {busy ? strings.working : words.join}
          </button>
        )}
      </div>
    </Dialog>
  );
};
