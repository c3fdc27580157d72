import type { LinkPreview } from "@parley/client";
import type { ComponentChildren, JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { usePane } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { useMessage } from "../state/quotes.ts";
import { strings } from "../strings.ts";
import { hueOf } from "../text/names.ts";
import { summaryOf } from "../text/previews.ts";
import type { ChatMessage, MessageId } from "../types.ts";
import { Icon, IconButton, type IconName } from "./icons.tsx";
import { PreviewLines } from "./link-preview.tsx";

interface BarProps {
  readonly icon: IconName;
  readonly stopLabel: string;
  readonly onStop: () => void;
  readonly testId: string;
  readonly children: ComponentChildren;
}

/** What the next message goes with: above the field, with a way to take it off. */
const Bar = ({ icon, stopLabel, onStop, testId, children }: BarProps): JSX.Element => (
  <div class="writing-bar" data-testid={testId}>
    <Icon name={icon} />
    <span class="writing-bar-words">{children}</span>
    <IconButton icon="close" label={stopLabel} testId={`${testId}-stop`} onClick={onStop} />
  </div>
);

export const ReplyBar = ({
  messageId,
  onStop,
}: {
  readonly messageId: MessageId;
  readonly onStop: () => void;
}): JSX.Element => {
  const { userId } = useChat();
  const { name } = usePeople();
  const message = useMessage(usePane().id, messageId);
  const who = message?.sender_id ?? "";
  return (
    <Bar icon="reply" stopLabel={strings.message.stopReply} onStop={onStop} testId="reply-bar">
      <span class="quote-name" style={{ "--hue": hueOf(who) }}>
        {who === userId ? strings.message.replyingToSelf : strings.message.replyingTo(name(who))}
      </span>
      <span class="quote-text" dir="auto">
        {message ? summaryOf(message, name) : strings.message.quoteLoading}
      </span>
    </Bar>
  );
};

export const EditBar = ({
  message,
  onStop,
}: {
  readonly message: ChatMessage;
  readonly onStop: () => void;
}): JSX.Element => {
  const { name } = usePeople();
  return (
    <Bar icon="write" stopLabel={strings.message.stopEditing} onStop={onStop} testId="edit-bar">
      <span class="quote-name">{strings.message.editing}</span>
      <span class="quote-text" dir="auto">
        {summaryOf(message, name)}
      </span>
    </Bar>
  );
};

export const PreviewBar = ({
  preview,
  onDrop,
}: {
  readonly preview: LinkPreview;
  readonly onDrop: () => void;
}): JSX.Element => (
  <Bar icon="link" stopLabel={strings.message.dropPreview} onStop={onDrop} testId="preview-bar">
    <PreviewLines preview={preview} />
  </Bar>
);
