import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChat, useConnection } from "../state/client-context.ts";
import { strings } from "../strings.ts";

/** Whole seconds until `at` (ms since 1970), counting down; 0 without one. */
const useCountdown = (at: number | undefined): number => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (at === undefined) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [at]);
  return at === undefined ? 0 : Math.max(0, Math.ceil((at - now) / 1000));
};

/** How the connection stands, while there is something to say about it. */
export const ConnectionBar = (): JSX.Element => {
  const { client } = useChat();
  const state = useConnection();
  const seconds = useCountdown(state.name === "offline" ? state.retryAt : undefined);
  const tryNow = (): void => {
    client.connect().catch(() => {
      // The state, which this bar shows, says how it went.
    });
  };
  return (
    <div class={`connection connection-${state.name}`} data-testid="connection-bar" data-state={state.name}>
      <span class="connection-dot" />
      <output>{strings.connection[state.name]}</output>
      {state.name === "offline" && (
        <>
          {seconds > 0 && (
            <span class="connection-count" aria-hidden="true">
              {strings.retryIn(seconds)}
            </span>
          )}
          <button type="button" class="link-button" onClick={tryNow}>
            {strings.retryNow}
          </button>
        </>
      )}
    </div>
  );
};
