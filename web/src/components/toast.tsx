import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { complain, notice } from "../state/notice.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { IconButton } from "./icons.tsx";

const SHOWN_MS = 4000;

/** A sentence about what was just done or refused, for a moment. */
export const Toast = (): JSX.Element => {
  const { client } = useChat();
  const shown = useSignal(notice);
  useEffect(() => client.on("error", complain), [client]);
  useEffect(() => {
    if (shown === undefined) return undefined;
    const timer = setTimeout(() => notice.set(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div class="toast-place" aria-live="polite">
      {shown !== undefined && (
        <div class={shown.wrong ? "toast toast-wrong" : "toast"} data-testid="toast">
          <span>{shown.text}</span>
          <IconButton icon="close" label={strings.close} onClick={() => notice.set(undefined)} />
        </div>
      )}
    </div>
  );
};
