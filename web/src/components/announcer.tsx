import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { peopleOf } from "../state/people.ts";
import { route } from "../state/route.ts";
import { strings } from "../strings.ts";
import { summaryOf, titleOf } from "../text/previews.ts";

const KEPT = 3;

/** Tells screen readers of messages that arrive, wherever the focus is; nothing to see. */
export const Announcer = (): JSX.Element => {
  const { client, userId } = useChat();
  const [lines, setLines] = useState<readonly { readonly id: string; readonly text: string }[]>([]);
  useEffect(
    () =>
      client.on("incoming", ({ conversationId, message }) => {
        const { name } = peopleOf(client);
        const conversation = client.conversation(conversationId);
        const elsewhere =
          conversationId !== route.value && conversation !== undefined && conversation.type !== "direct";
        const where = elsewhere ? titleOf(conversation, userId, name) : undefined;
        const text = strings.incoming(name(message.sender_id), where, summaryOf(message, name));
        const id = message.message_id ?? message.timestamp;
        setLines((before) => [...before.filter((line) => line.id !== id), { id, text }].slice(-KEPT));
      }),
    [client, userId],
  );
  return (
    <div class="sr" aria-live="polite" aria-relevant="additions">
      {lines.map((line) => (
        <p key={line.id}>{line.text}</p>
      ))}
    </div>
  );
};
