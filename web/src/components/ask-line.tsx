import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { notice, tell } from "../state/notice.ts";
import { countVisit, decline, declinedAt, mayAsk, sentSomething } from "../state/push-ask.ts";
import { pushReason } from "../state/push-reason.ts";
import { inSettings, route } from "../state/route.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { Icon, IconButton } from "./icons.tsx";

const words = strings.notify;

/**
 * Asks whether notifications are wanted, once there is a reason to think so: with the conversation that is on the screen,
 * with the list where there is none. The browser's own question comes after a yes.
 */
export const AskLine = ({ where }: { readonly where: "list" | "conversation" }): JSX.Element | null => {
  const { push, userId } = useChat();
  const [visits] = useState(() => countVisit(userId));
  // The other line like this one may have been refused.
  const [, setRefused] = useState(0);
  const state = useSignal(push.state);
  const sent = useSignal(sentSomething);
  const open = useSignal(route);
  const settings = useSignal(inSettings);
  const here = settings ? undefined : open === undefined ? "list" : "conversation";
  const moment = { state, permission: push.permission, sent, visits, declinedAt: declinedAt(userId) };
  if (here !== where || !mayAsk(moment, Date.now())) return null;
  const refuse = (): void => {
    decline(userId);
    setRefused((before) => before + 1);
  };
  const accept = async (): Promise<void> => {
    await push.turnOn();
    const became = push.state.value;
    if (became.at === "on") tell(words.turnedOn);
    else if (became.at === "failed") notice.set({ text: pushReason(became.error), wrong: true });
    // Not now, or not at all: that was an answer, too.
    else refuse();
  };
  return (
    <section class="ask" aria-label={strings.setting.pages.notifications} data-testid="ask-push">
      <Icon name="bell" size={18} />
      <span class="ask-words">{words.line}</span>
      <button type="button" class="link-button" data-testid="ask-push-yes" onClick={() => void accept()}>
        {words.lineYes}
      </button>
      <IconButton icon="close" label={words.lineNo} testId="ask-push-no" onClick={refuse} />
    </section>
  );
};
