import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { strings, wordsFor } from "../strings.ts";
import type { MessageItem } from "../text/grouping.ts";
import { hueOf } from "../text/names.ts";
import { summaryOf } from "../text/previews.ts";
import { clockTime, exactTime } from "../text/times.ts";
import type { ChatMessage } from "../types.ts";
import { Avatar } from "./avatar.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { RichText } from "./rich-text.tsx";

const TICKS: Readonly<Record<NonNullable<ChatMessage["status"]>, IconName>> = {
  pending: "clock",
  failed: "alert",
  sent: "tick",
  delivered: "ticks",
  read: "ticks",
};

const Meta = ({ message, own }: { readonly message: ChatMessage; readonly own: boolean }): JSX.Element => {
  const status = own ? (message.status ?? "sent") : undefined;
  return (
    <span class="meta">
      {message.edited_at !== undefined && <span>{strings.edited}</span>}
      <time dateTime={message.timestamp}>{clockTime(message.timestamp)}</time>
      {status !== undefined && (
        <span class={`tick tick-${status}`} title={strings.status[status]}>
          <Icon name={TICKS[status]} size={16} />
          <span class="sr">{strings.status[status]}</span>
        </span>
      )}
    </span>
  );
};

/** Why a message did not go, and what can be done about it. */
const Failure = ({ message }: { readonly message: ChatMessage }): JSX.Element | null => {
  const { client } = useChat();
  const { client_message_id: id, conversation_id: conversation, error } = message;
  if (id === undefined) return null;
  return (
    <span class="failure">
      <span>
        {strings.notSent} {error === undefined ? "" : wordsFor(error)}
      </span>
      <button type="button" class="link-button" onClick={() => client.retry(conversation, id)}>
        {strings.retry}
      </button>
      <button type="button" class="link-button" onClick={() => client.discard(conversation, id)}>
        {strings.discard}
      </button>
    </span>
  );
};

const Content = ({ message }: { readonly message: ChatMessage }): JSX.Element => {
  const plain = message.deleted_at === undefined && message.type !== "encrypted" && message.content !== "";
  return plain ? <RichText text={message.content} /> : <span class="text text-note">{summaryOf(message)}</span>;
};

const classesOf = ({ own, first, last }: MessageItem, group: boolean): string =>
  ["message", own ? "own" : "theirs", first && "first", last && "last", group && "in-group"].filter(Boolean).join(" ");

export const MessageBubble = ({
  item,
  group,
}: {
  readonly item: MessageItem;
  readonly group: boolean;
}): JSX.Element => {
  const { message, own, first, last, key } = item;
  if (message.type === "system") {
    return (
      <div class="notice" data-key={key} data-testid="message" data-seq={message.seq}>
        <span dir="auto">{message.content}</span>
      </div>
    );
  }
  const unsettled = message.status === "pending" || message.status === "failed";
  const named = group && !own && first;
  return (
    <article
      class={classesOf(item, group)}
      data-key={key}
      data-testid="message"
      data-status={own ? (message.status ?? "sent") : undefined}
      data-seq={message.seq}
    >
      {group && !own && last && <Avatar id={message.sender_id} name={message.sender_id} size="small" />}
      <div class="bubble" title={exactTime(message.timestamp)}>
        <span class={named ? "sender" : "sr"} style={{ "--hue": hueOf(message.sender_id) }}>
          {own ? strings.you : message.sender_id}
        </span>
        <Content message={message} />
        {(last || unsettled) && <Meta message={message} own={own} />}
      </div>
      {message.status === "failed" && <Failure message={message} />}
    </article>
  );
};
