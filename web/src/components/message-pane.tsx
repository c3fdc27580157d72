import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { about, useChat, useClientEvents } from "../state/client-context.ts";
import { useHistory } from "../state/history.ts";
import { useJump } from "../state/jump.ts";
import { moveAmongMessages } from "../state/message-focus.ts";
import { usePane } from "../state/pane.ts";
import { useReadMarks, useUnreadLine } from "../state/reading.ts";
import type { View } from "../state/scroll-model.ts";
import { strings } from "../strings.ts";
import { timeline } from "../text/grouping.ts";
import type { Conversation } from "../types.ts";
import { ComposerArea } from "./composer-area.tsx";
import { MessageBubble } from "./message-bubble.tsx";
import { MessageOverlays } from "./message-overlays.tsx";
import { JumpDown, JumpUnread, Line, rowOf, TOP, Top } from "./timeline-lines.tsx";
import { VirtualList } from "./virtual-list.tsx";

/** Pages that are read at most to land at the first unread message. */
const UNREAD_PAGES = 20;

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

/** Reads back to where the new messages begin, when they are more than was loaded. */
const useFirstUnread = (id: string, after: number | undefined, ready: boolean): void => {
  const { client } = useChat();
  useEffect(() => {
    if (after === undefined || !ready) return undefined;
    const life = { over: false };
    const reach = async (): Promise<void> => {
      for (let page = 0; page < UNREAD_PAGES && !life.over; page += 1) {
        const oldest = client.messages(id).find((message) => message.seq !== undefined)?.seq;
        if (oldest === undefined || oldest <= after + 1 || !(await client.loadOlder(id)).more) return;
      }
    };
    reach().catch(() => {
      // Offline: what is there is shown, and scrolling back asks again.
    });
    return () => {
      life.over = true;
    };
  }, [client, id, ready]);
};

export interface MessagePaneProps {
  readonly conversation: Conversation;
  readonly title: string;
}

/** Where the view stands: all that what floats over it depends on. */
interface Place {
  readonly atBottom: boolean;
  readonly unread: "above" | "in view" | "below";
}

const useTimeline = (conversation: Conversation) => {
  const { client, userId } = useChat();
  const id = conversation.conversation_id;
  const version = useClientEvents(["messages"], about(id));
  const history = useHistory(id);
  const [place, setPlace] = useState<Place>({ atBottom: true, unread: "in view" });
  const unread = useUnreadLine(id, place.atBottom);
  useFirstUnread(id, unread.span?.after, history.state !== "opening");
  const items = client.timeline(id);
  const rows = useMemo(
    () => timeline(items, { userId, unread: unread.span }),
    [items, version, userId, unread.span?.after, unread.span?.upTo],
  );
  return { history, unread, rows, place, setPlace };
};

export const MessagePane = ({ conversation, title }: MessagePaneProps): JSX.Element => {
  const id = conversation.conversation_id;
  const pane = usePane();
  const { history, unread, rows, place, setPlace } = useTimeline(conversation);
  const markSeen = useReadMarks(id);
  const list = useRef<VirtualList | null>(null);
  const listRows = useMemo(() => [TOP, ...rows.map(rowOf)], [rows]);
  const { marked } = useJump(id, rows, (key) => list.current?.toRow(key, 120));
  const unreadAt = rows.findIndex((row) => row.kind === "unread");
  const newCount = unreadAt === -1 ? 0 : (rows[unreadAt] as { readonly count: number }).count;
  const toUnread = (): void => list.current?.toRow("unread");
  const toNewest = (): void => list.current?.toBottom();
  useJumpKey(toNewest);
  const onView = (next: View): void => {
    // Rows of the list are one further: it begins with the top line.
    const below = unreadAt + 1 > next.last ? "below" : "in view";
    const where = unreadAt !== -1 && unreadAt + 1 < next.first ? "above" : below;
    if (next.atBottom !== place.atBottom || where !== place.unread)
      setPlace({ atBottom: next.atBottom, unread: where });
    markSeen(rows, { ...next, last: next.last - 1 });
    if (next.nearTop) history.loadOlder();
  };
  const group = conversation.type !== "direct";
  const render = (index: number): JSX.Element => {
    const row = rows[index - 1];
    const beginning = rows.length === 0 ? strings.sayHello : strings.beginning;
    if (row === undefined) return <Top key="top" history={history} complete={beginning} />;
    if (row.kind !== "message") return <Line key={row.key} row={row} />;
    return <MessageBubble key={row.key} row={row} group={group} marked={marked === row.key} />;
  };
  const waiting = rows.length === 0 && history.state === "opening";
  const toFirst = unreadAt !== -1 && place.unread === "below";
  return (
    <>
      <div class="messages-box" aria-busy={waiting}>
        <VirtualList
          rows={listRows}
          render={render}
          label={strings.messageList(title)}
          onView={onView}
          onKeyDown={moveAmongMessages}
          startAt={unreadAt === -1 ? undefined : "unread"}
          handle={(handle) => {
            list.current = handle;
          }}
        />
        {unreadAt !== -1 && place.unread === "above" && <JumpUnread count={newCount} onClick={toUnread} />}
        {!place.atBottom && (
          <JumpDown count={toFirst ? newCount : conversation.unread_count} onClick={toFirst ? toUnread : toNewest} />
        )}
      </div>
      <ComposerArea
        conversation={conversation}
        title={title}
        onSent={() => {
          unread.clear();
          toNewest();
        }}
      />
      <MessageOverlays key={pane.id} />
    </>
  );
};
