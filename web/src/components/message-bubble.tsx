import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { useLongPress } from "../state/long-press.ts";
import { mayReact, stands } from "../state/message-actions.ts";
import { usePane } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { openPanel } from "../state/route.ts";
import { strings, wordsFor } from "../strings.ts";
import type { MessageRow } from "../text/grouping.ts";
import { hueOf } from "../text/names.ts";
import { summaryOf } from "../text/previews.ts";
import { clockTime, exactTime } from "../text/times.ts";
import type { ChatMessage } from "../types.ts";
import { Icon, type IconName } from "./icons.tsx";
import { LinkPreview } from "./link-preview.tsx";
import { PersonAvatar } from "./person-avatar.tsx";
import { nearElement } from "./popover.tsx";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";
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
      {message.expires_at !== undefined && (
        <span title={strings.message.expires(exactTime(message.expires_at))} data-testid="expires">
          <Icon name="timer" size={13} />
          <span class="sr">{strings.message.expires(exactTime(message.expires_at))}</span>
        </span>
      )}
      {message.edited_at !== undefined && message.deleted_at === undefined && (
        <span title={exactTime(message.edited_at)} data-testid="edited">
          {strings.message.edited}
        </span>
      )}
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
  const { userId } = useChat();
  const { name } = usePeople();
  const plain = message.deleted_at === undefined && message.type !== "encrypted" && message.content !== "";
  if (!plain) return <span class="text text-note">{summaryOf(message, name)}</span>;
  return <RichText text={message.content} mentions={message.mentions} userId={userId} nameOf={name} />;
};

/** How many answered in the message's thread, and whether there is something new. */
const ThreadChip = ({ message }: { readonly message: ChatMessage }): JSX.Element | null => {
  const { thread, message_id: id } = message;
  if (thread === undefined || thread.replies === 0 || id === undefined) return null;
  return (
    <button
      type="button"
      class={thread.unread > 0 ? "thread-chip thread-chip-new" : "thread-chip"}
      data-testid="thread-chip"
      onClick={() => openPanel({ at: "thread", message: id })}
    >
      <Icon name="thread" size={16} />
      {strings.message.threadReplies(thread.replies)}
      {thread.unread > 0 && <span class="thread-new"> · {strings.message.threadUnread(thread.unread)}</span>}
    </button>
  );
};

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly testId: string;
  readonly onClick: (event: { readonly currentTarget: HTMLElement }) => void;
}

const Tool = ({ icon, label, testId, onClick }: ToolProps): JSX.Element => (
  <button
    type="button"
    class="tool"
    tabIndex={-1}
    aria-label={label}
    title={label}
    data-testid={testId}
    onClick={onClick}
  >
    <Icon name={icon} size={18} />
  </button>
);

/** For the mouse: the same that Enter, a long press and the context menu give. */
const Tools = ({ message }: { readonly message: ChatMessage }): JSX.Element => {
  const { client } = useChat();
  const pane = usePane();
  const open =
    (at: "menu" | "emoji") =>
    ({ currentTarget }: { readonly currentTarget: HTMLElement }): void => {
      const back = currentTarget.closest<HTMLElement>("[data-testid=message]") ?? undefined;
      pane.overlay.set({ at, message, near: nearElement(currentTarget), back });
    };
  return (
    <div class="tools">
      {mayReact(client, message) && (
        <Tool icon="smile" label={strings.message.react} testId="react" onClick={open("emoji")} />
      )}
      <Tool icon="more" label={strings.message.more} testId="message-more" onClick={open("menu")} />
    </div>
  );
};

const Bubble = ({ row, group }: MessageBubbleProps): JSX.Element => {
  const { message, own, first, last } = row;
  const { name } = usePeople();
  const unsettled = message.status === "pending" || message.status === "failed";
  const marked = message.edited_at !== undefined || message.expires_at !== undefined;
  const named = group && !own && first;
  const standing = message.deleted_at === undefined;
  return (
    <div class={standing ? "bubble" : "bubble bubble-gone"} title={exactTime(message.timestamp)}>
      <span class={named ? "sender" : "sr"} style={{ "--hue": hueOf(message.sender_id) }}>
        {own ? strings.you : name(message.sender_id)}
      </span>
      {standing && message.forwarded === true && (
        <span class="forwarded">
          <Icon name="forward" size={14} />
          {strings.message.forwarded}
        </span>
      )}
      {standing && message.reply_to !== undefined && <Quote messageId={message.reply_to} />}
      <Content message={message} />
      {standing && message.preview !== undefined && <LinkPreview preview={message.preview} />}
      {(last || unsettled || marked) && <Meta message={message} own={own} />}
    </div>
  );
};

const classesOf = ({ own, first, last, message }: MessageRow, group: boolean, userId: string): string =>
  [
    "message",
    own ? "own" : "theirs",
    first && "first",
    last && "last",
    group && "in-group",
    message.mentions?.some((name) => name === userId || name === "@all") && !own && "mentions-me",
  ]
    .filter(Boolean)
    .join(" ");

export interface MessageBubbleProps {
  readonly row: MessageRow;
  /** Whether senders are named. */
  readonly group: boolean;
  readonly withThread?: boolean;
  /** Drawn so that it is found: one jumped here. */
  readonly marked?: boolean;
}

/** Handlers by which the menu of a message opens: the context menu, a long press, and keys. */
const useMenu = (message: ChatMessage) => {
  const pane = usePane();
  const show = (element: HTMLElement, point?: { readonly x: number; readonly y: number }): void => {
    if (!stands(message)) return;
    const bubble = nearElement(element.querySelector(".bubble") ?? element);
    const near = point === undefined ? bubble : { left: point.x, right: point.x, top: point.y, bottom: point.y };
    pane.overlay.set({ at: "menu", message, near, back: element });
  };
  return {
    ...useLongPress(show),
    onContextMenu: (event: MouseEvent & { readonly currentTarget: HTMLElement }): void => {
      const onLink = event.target instanceof Element && event.target.closest("a") !== null;
      const selecting = (getSelection()?.toString() ?? "") !== "";
      if (onLink || selecting || !stands(message)) return;
      event.preventDefault();
      show(event.currentTarget, event.clientX > 0 ? { x: event.clientX, y: event.clientY } : undefined);
    },
    onKeyDown: (event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void => {
      const opens = event.key === "Enter" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
      if (!opens || event.target !== event.currentTarget) return;
      event.preventDefault();
      show(event.currentTarget);
    },
  };
};

export const MessageBubble = (props: MessageBubbleProps): JSX.Element => {
  const { row, group, withThread = true, marked = false } = props;
  const { message, own, last, key } = row;
  const { userId } = useChat();
  const [armed, setArmed] = useState(false);
  const menu = useMenu(message);
  if (message.type === "system") {
    return (
      <div class="notice" data-key={key} data-testid="message" data-seq={message.seq}>
        <span dir="auto">{message.content}</span>
      </div>
    );
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a message has a menu: by mouse, finger and keys
    <article
      class={`${classesOf(row, group, userId)}${marked ? " marked" : ""}`}
      data-key={key}
      data-testid="message"
      data-status={own ? (message.status ?? "sent") : undefined}
      data-seq={message.seq}
      tabIndex={-1}
      onPointerEnter={(event) => setArmed(event.pointerType === "mouse")}
      onPointerLeave={() => setArmed(false)}
      {...menu}
    >
      <div class="bubble-line">
        {group && !own && last && <PersonAvatar id={message.sender_id} />}
        <Bubble row={row} group={group} />
        {armed && stands(message) && <Tools message={message} />}
      </div>
      <Reactions message={message} />
      {withThread && <ThreadChip message={message} />}
      {message.status === "failed" && <Failure message={message} />}
    </article>
  );
};
