import type { JSX } from "preact";
import { IconButton } from "../components/icons.tsx";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { scheduledChanged, useScheduled } from "../state/scheduled.ts";
import { strings, wordsFor } from "../strings.ts";
import { momentWords } from "../text/times.ts";
import type { ConversationId } from "../types.ts";
import { Panel } from "./panel.tsx";

/** One's own messages that wait for their time, with a way to take them back. */
export const ScheduledPanel = ({ id }: { readonly id: ConversationId }): JSX.Element => {
  const { client } = useChat();
  const { items, loaded } = useScheduled(id);
  const cancel = async (clientMessageId: string): Promise<void> => {
    await attempt(client.cancelScheduled(id, clientMessageId));
    scheduledChanged();
  };
  return (
    <Panel title={strings.message.scheduled} testId="panel-scheduled">
      <div class="panel-body">
        {!loaded && <p class="hint">{strings.message.loading}</p>}
        {loaded && items.length === 0 && <p class="hint">{strings.message.scheduledNone}</p>}
        <ul class="cards">
          {items.map((item) => (
            <li key={item.client_message_id} class="card-row" data-testid="scheduled">
              <span class="card-main">
                <span class={item.status === "refused" ? "card-head problem" : "card-head"}>
                  {item.status === "refused"
                    ? strings.message.scheduledRefused(wordsFor({ code: item.reason }))
                    : strings.message.scheduledFor(momentWords(item.send_at))}
                </span>
                <span class="card-text" dir="auto">
                  {item.content}
                </span>
              </span>
              <IconButton
                icon="bin"
                label={strings.message.scheduledCancel}
                testId="scheduled-cancel"
                onClick={() => void cancel(item.client_message_id)}
              />
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
};
