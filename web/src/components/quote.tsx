import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { usePane } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { useMessage } from "../state/quotes.ts";
import { strings } from "../strings.ts";
import { hueOf } from "../text/names.ts";
import { summaryOf } from "../text/previews.ts";
import type { ChatMessage, MessageId } from "../types.ts";

/** Who wrote a message and how it begins, in two lines. */
export const QuoteLines = ({ message }: { readonly message: ChatMessage | null | undefined }): JSX.Element => {
  const { userId } = useChat();
  const { name } = usePeople();
  if (message === undefined) return <span class="quote-text">{strings.message.quoteLoading}</span>;
  if (message === null) return <span class="quote-text text-note">{strings.message.quoteGone}</span>;
  return (
    <>
      <span class="quote-name" style={{ "--hue": hueOf(message.sender_id) }}>
        {message.sender_id === userId ? strings.you : name(message.sender_id)}
      </span>
      <span class="quote-text" dir="auto">
        {summaryOf(message, name)}
      </span>
    </>
  );
};

/** The message that another one answers; a click jumps there. */
export const Quote = ({ messageId }: { readonly messageId: MessageId }): JSX.Element => {
  const pane = usePane();
  const message = useMessage(pane.id, messageId);
  const who = message?.sender_id ?? "";
  return (
    <button
      type="button"
      class="quote"
      style={{ "--hue": hueOf(who) }}
      data-testid="quote"
      disabled={message === null}
      onClick={() => pane.target.set(messageId)}
    >
      <span class="sr">{strings.message.answers}</span>
      <QuoteLines message={message} />
    </button>
  );
};
