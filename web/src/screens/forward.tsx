import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ConversationAvatar } from "../components/person-avatar.tsx";
import { Dialog } from "../components/dialog.tsx";
import { useChat } from "../state/client-context.ts";
import { complain, tell } from "../state/notice.ts";
import { usePeople } from "../state/people.ts";
import { openConversation } from "../state/route.ts";
import { strings } from "../strings.ts";
import { summaryOf, titleOf } from "../text/previews.ts";
import type { ChatMessage, Conversation } from "../types.ts";

const SHOWN = 50;

/** Chooses a conversation and sends a message there again. */
export const Forward = ({
  message,
  onClose,
}: {
  readonly message: ChatMessage;
  readonly onClose: () => void;
}): JSX.Element => {
  const { client, userId } = useChat();
  const { name } = usePeople();
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const found = client
    .conversations()
    .filter((row) => client.permissions(row.conversation_id).write)
    .filter((row) => wanted === "" || titleOf(row, userId, name).toLowerCase().includes(wanted))
    .slice(0, SHOWN);
  const forward = (row: Conversation): void => {
    const { conversation_id: id } = row;
    try {
      client.send(id, message.content, { forwarded: true, preview: message.preview }).sent.catch(() => {
        // The message there shows that it failed.
      });
    } catch (error) {
      complain(error);
      return;
    }
    onClose();
    tell(strings.message.forwardDone(titleOf(row, userId, name)));
    openConversation(id);
  };
  return (
    <Dialog title={strings.message.forwardTitle} onClose={onClose}>
      <p class="forward-text" dir="auto">
        {summaryOf(message, name)}
      </p>
      <div class="field">
        <input
          type="search"
          value={typed}
          aria-label={strings.message.forwardFilter}
          placeholder={strings.message.forwardFilter}
          data-testid="forward-filter"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      {found.length === 0 && <p class="hint">{strings.message.forwardNone}</p>}
      <ul class="people people-scroll">
        {found.map((row) => {
          const title = titleOf(row, userId, name);
          return (
            <li key={row.conversation_id}>
              <button type="button" class="person" data-testid="forward-to" onClick={() => forward(row)}>
                <ConversationAvatar conversation={row} size="small" />
                <span class="person-name">{title}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
};
