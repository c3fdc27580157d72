import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { usePeople } from "../state/people.ts";
import { openPanel } from "../state/route.ts";
import { useScheduled } from "../state/scheduled.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { peerOf } from "../text/previews.ts";
import type { Conversation } from "../types.ts";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";

const Note = ({ text, testId }: { readonly text: string; readonly testId: string }): JSX.Element => (
  <output class="composer-note" data-testid={testId}>
    {text}
  </output>
);

const BlockedBar = ({ userId }: { readonly userId: string }): JSX.Element => {
  const { blocked } = useChat();
  const { name } = usePeople();
  return (
    <div class="composer-note composer-blocked" data-testid="blocked-bar">
      <output>{strings.people.blocked(name(userId))}</output>
      <button
        type="button"
        class="link-button"
        data-testid="blocked-bar-unblock"
        onClick={() => void attempt(blocked.unblock(userId))}
      >
        {strings.people.unblockShort}
      </button>
    </div>
  );
};

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
  const { client, userId, blocked } = useChat();
  const { conversation_id: id, left_at: left, type } = conversation;
  const peer = peerOf(conversation, userId);
  if (useSignal(blocked.people).has(peer ?? "")) return <BlockedBar userId={peer ?? ""} />;
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
