import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { openPanel } from "../state/route.ts";
import { useScheduled } from "../state/scheduled.ts";
import { strings } from "../strings.ts";
import type { Conversation } from "../types.ts";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";

const Note = ({ text, testId }: { readonly text: string; readonly testId: string }): JSX.Element => (
  <output class="composer-note" data-testid={testId}>
    {text}
  </output>
);

/** How many messages wait for their time, with a way to them. */
const Waiting = ({ conversation }: { readonly conversation: Conversation }): JSX.Element | null => {
  const { items } = useScheduled(conversation.conversation_id);
  if (items.length === 0) return null;
  return (
    <button
      type="button"
      class="composer-waiting"
      data-testid="scheduled-count"
      onClick={() => openPanel({ at: "scheduled" })}
    >
      <Icon name="later" size={16} />
      {strings.message.scheduledCount(items.length)}
    </button>
  );
};

export interface ComposerAreaProps {
  readonly conversation: Conversation;
  readonly title: string;
  readonly onSent: () => void;
}

/** Where one writes, or why one cannot. */
export const ComposerArea = ({ conversation, title, onSent }: ComposerAreaProps): JSX.Element => {
  const { client } = useChat();
  const { conversation_id: id, left_at: left, type } = conversation;
  if (left !== undefined) return <Note text={strings.group.leftBanner} testId="left-banner" />;
  if (!client.permissions(id).write) {
    const text = type === "channel" ? strings.group.readOnlyChannel : strings.group.readOnlyGroup;
    return <Note text={text} testId="read-only" />;
  }
  return (
    <>
      <Waiting conversation={conversation} />
      <Composer label={strings.composerLabel(title)} placeholder={strings.composerPlaceholder} onSent={onSent} />
    </>
  );
};
