import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { about, useChat, useClientEvents } from "../state/client-context.ts";
import { useHistory, type History } from "../state/history.ts";
import { useReadMarks, useUnreadLine } from "../state/reading.ts";
import type { Row, View } from "../state/scroll-model.ts";
import { strings } from "../strings.ts";
import { timeline, type TimelineItem } from "../text/grouping.ts";
import { dayLabel } from "../text/times.ts";
import type { Conversation } from "../types.ts";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { MessageBubble } from "./message-bubble.tsx";
import { VirtualList } from "./virtual-list.tsx";

const LINE_PX = 40;
const CHARS_PER_LINE = 60;

/** A first guess at heights; the real ones are measured once a row is near the view. */
const rowOf = (item: TimelineItem): Row => {
  if (item.kind !== "message") return { key: item.key, estimate: LINE_PX, anchor: false };
  const lines = Math.ceil(item.message.content.length / CHARS_PER_LINE);
  return { key: item.key, estimate: 22 + Math.max(1, lines) * 21 + (item.last ? 10 : 2), anchor: true };
};

const TOP: Row = { key: "top", estimate: 56, anchor: false };

const Top = ({ history, empty }: { readonly history: History; readonly empty: boolean }): JSX.Element => (
  <div class="top" data-key="top">
    {history.state === "failed" && (
      <>
        {strings.loadOlderFailed}{" "}
        <button type="button" class="link-button" onClick={() => history.tryAgain()}>
          {strings.tryAgain}
        </button>
      </>
    )}
    {history.state === "loading" && strings.loadingOlder}
    {history.state === "complete" && (empty ? strings.sayHello : strings.beginning)}
  </div>
);

const Line = ({ item }: { readonly item: Exclude<TimelineItem, { kind: "message" }> }): JSX.Element =>
  item.kind === "unread" ? (
    <div class="line line-unread" data-key={item.key}>
      <span>{strings.unreadBelow}</span>
    </div>
  ) : (
    <div class="line" data-key={item.key}>
      <span>{dayLabel(item.timestamp)}</span>
    </div>
  );

const Jump = ({ count, onClick }: { readonly count: number; readonly onClick: () => void }): JSX.Element => {
  const label = count > 0 ? strings.jumpWithCount(count) : strings.jumpToNewest;
  return (
    <button type="button" class="jump" aria-label={label} title={label} data-testid="jump-newest" onClick={onClick}>
      {count > 0 && <span class="badge">{count}</span>}
      <Icon name="down" />
    </button>
  );
};

/** Alt+End goes to the newest message, from wherever the focus is. */
const useJumpKey = (jump: () => void): void => {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.altKey && event.key === "End") jump();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
};

export interface MessagePaneProps {
  readonly conversation: Conversation;
  readonly title: string;
}

export const MessagePane = ({ conversation, title }: MessagePaneProps): JSX.Element => {
  const { client, userId } = useChat();
  const id = conversation.conversation_id;
  const version = useClientEvents(["messages"], about(id));
  const history = useHistory(id);
  const unread = useUnreadLine(id);
  const markSeen = useReadMarks(id);
  const list = useRef<VirtualList | null>(null);
  const [atBottom, setAtBottom] = useState(true);
  const messages = client.messages(id);
  const items = useMemo(
    () => timeline(messages, { userId, unreadAfter: unread.after }),
    [messages, version, userId, unread.after],
  );
  const rows = useMemo(() => [TOP, ...items.map(rowOf)], [items]);
  const jump = (): void => list.current?.toBottom();
  useJumpKey(jump);
  const onView = (view: View): void => {
    setAtBottom(view.atBottom);
    markSeen(items, { ...view, last: view.last - 1 });
    if (view.nearTop) history.loadOlder();
  };
  const group = conversation.type !== "direct";
  const render = (index: number): JSX.Element => {
    const item = items[index - 1];
    if (item === undefined) return <Top key="top" history={history} empty={items.length === 0} />;
    if (item.kind === "message") return <MessageBubble key={item.key} item={item} group={group} />;
    return <Line key={item.key} item={item} />;
  };
  const waiting = items.length === 0 && history.state === "opening";
  return (
    <>
      <div class="messages-box" aria-busy={waiting}>
        <VirtualList
          rows={rows}
          render={render}
          label={strings.messageList(title)}
          onView={onView}
          startAt={unread.after === undefined ? undefined : "unread"}
          handle={(handle) => {
            list.current = handle;
          }}
        />
        {!atBottom && <Jump count={conversation.unread_count} onClick={jump} />}
      </div>
      <Composer
        conversationId={id}
        title={title}
        onSent={() => {
          unread.clear();
          jump();
        }}
      />
    </>
  );
};
