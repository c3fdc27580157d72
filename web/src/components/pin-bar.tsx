import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { usePane } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { usePins } from "../state/pins.ts";
import { openPanel } from "../state/route.ts";
import { strings } from "../strings.ts";
import { summaryOf } from "../text/previews.ts";
import { Icon, IconButton } from "./icons.tsx";

/** The newest pin on top of the messages; each click goes on to the next older one. */
export const PinBar = (): JSX.Element | null => {
  const { userId } = useChat();
  const { name } = usePeople();
  const pane = usePane();
  const pins = usePins(pane.id);
  const [at, setAt] = useState(0);
  const shown = pins[at % Math.max(1, pins.length)];
  if (shown === undefined) return null;
  return (
    <section class="pin-bar" aria-label={strings.message.pins} data-testid="pin-bar">
      <button
        type="button"
        class="pin-main"
        data-testid="pin-bar-jump"
        onClick={() => {
          pane.target.set(shown.message_id);
          setAt((before) => (before + 1) % pins.length);
        }}
      >
        <Icon name="pin" size={18} />
        <span class="pin-words">
          <span class="quote-name">
            {pins.length > 1 ? strings.message.pinsCount(pins.length) : strings.message.pinnedMessage}
          </span>
          <span class="quote-text" dir="auto">
            {shown.sender_id === userId ? strings.youSaid(summaryOf(shown, name)) : summaryOf(shown, name)}
          </span>
        </span>
      </button>
      <IconButton
        icon="down"
        label={strings.message.showPins}
        testId="pin-bar-all"
        onClick={() => openPanel({ at: "pins" })}
      />
    </section>
  );
};
