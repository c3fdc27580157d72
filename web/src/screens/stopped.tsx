import type { ConnectionState } from "@parley/client";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Mark } from "../components/icons.tsx";
import { dropSession } from "../state/account.ts";
import { useChat } from "../state/client-context.ts";
import { strings } from "../strings.ts";

export type StopReason = Extract<ConnectionState, { name: "stopped" }>["reason"];

/** The server said not to come back: why, and the one thing that can be done. */
export const Stopped = ({ reason }: { readonly reason: StopReason }): JSX.Element => {
  const { forget } = useChat();
  const words = strings.stopped[reason];
  useEffect(() => {
    // Whoever removed it wants nothing of the conversations left here.
    if (reason === "removed") forget().catch(() => undefined);
  }, [reason]);
  const act = (): void => {
    if (reason === "unauthenticated" || reason === "destroyed") dropSession();
    // A page that starts afresh reads the store again, which another window may have changed.
    location.reload();
  };
  return (
    <main class="sign-in" data-testid="stopped" data-reason={reason}>
      <div class="card stopped" role="alert">
        <Mark size={48} />
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>
        <button type="button" class="button" onClick={act}>
          {words.action}
        </button>
      </div>
    </main>
  );
};
