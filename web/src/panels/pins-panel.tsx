import type { JSX } from "preact";
import { IconButton } from "../components/icons.tsx";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { usePane } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { usePins } from "../state/pins.ts";
import { strings } from "../strings.ts";
import { summaryOf } from "../text/previews.ts";
import { momentWords } from "../text/times.ts";
import { Panel } from "./panel.tsx";

/** All pinned messages; a click jumps there. */
export const PinsPanel = (): JSX.Element => {
  const { client, userId } = useChat();
  const pane = usePane();
  const { name } = usePeople();
  const pins = usePins(pane.id);
  const may = client.permissions(pane.id).pin;
  return (
    <Panel title={strings.message.pins} testId="panel-pins">
      <div class="panel-body">
        {pins.length === 0 && <p class="hint">{strings.message.pinsNone}</p>}
        <ul class="cards">
          {pins.map((message) => (
            <li key={message.message_id} class="card-row" data-testid="pin">
              <button type="button" class="card-main" onClick={() => pane.target.set(message.message_id)}>
                <span class="card-head">
                  <b>{message.sender_id === userId ? strings.you : name(message.sender_id)}</b>
                  <time dateTime={message.timestamp}>{momentWords(message.timestamp)}</time>
                </span>
                <span class="card-text" dir="auto">
                  {summaryOf(message, name)}
                </span>
              </button>
              {may && (
                <IconButton
                  icon="unpin"
                  label={strings.message.unpin}
                  testId="unpin"
                  onClick={() => {
                    if (message.message_id !== undefined) void attempt(client.unpin(pane.id, message.message_id));
                  }}
                />
              )}
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
};
