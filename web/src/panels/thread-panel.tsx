import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Composer } from "../components/composer.tsx";
import { MessageBubble } from "../components/message-bubble.tsx";
import { MessageOverlays } from "../components/message-overlays.tsx";
import { Line, rowOf, TOP, Top } from "../components/timeline-lines.tsx";
import { VirtualList } from "../components/virtual-list.tsx";
import { attention } from "../state/attention.ts";
import { about, useChat, useClientEvents } from "../state/client-context.ts";
import { usePager, type History } from "../state/history.ts";
import { useJump } from "../state/jump.ts";
import { moveAmongMessages } from "../state/message-focus.ts";
import { makePane, PaneContext, usePane } from "../state/pane.ts";
import { useMessage } from "../state/quotes.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { threadTimeline } from "../text/grouping.ts";
import type { ChatMessage, Conversation, ConversationId, MessageId } from "../types.ts";
import { Panel } from "./panel.tsx";

/** Pages through the replies of a thread, the newest page at once. */
const useThreadHistory = (id: ConversationId, root: MessageId): History => {
  const { client } = useChat();
  const pager = usePager(() => client.loadThread(id, root));
  useEffect(() => {
    pager.move("idle");
    pager.loadOlder();
  }, [client, id, root]);
  return pager;
};

/** What is on the screen and looked at is read: also what comes in while it is. */
const useThreadRead = (id: ConversationId, root: ChatMessage | null | undefined): void => {
  const { client } = useChat();
  const looking = useSignal(attention);
  const unread = root?.thread?.unread ?? 0;
  useEffect(() => {
    if (looking && unread > 0 && root?.message_id !== undefined) client.markThreadRead(id, root.message_id);
  }, [looking, unread, id, root?.message_id]);
};

const Replies = ({ conversation, root }: ThreadProps & { readonly root: MessageId }): JSX.Element => {
  const { client, userId } = useChat();
  const id = conversation.conversation_id;
  const version = useClientEvents(["messages"], about(id));
  const rootMessage = useMessage(id, root);
  const history = useThreadHistory(id, root);
  useThreadRead(id, rootMessage);
  const list = useRef<VirtualList | null>(null);
  const replies = client.thread(id, root);
  const rows = useMemo(
    () => threadTimeline(rootMessage ?? undefined, replies, userId),
    [replies, version, rootMessage, userId],
  );
  const { marked } = useJump(id, rows, (key) => list.current?.toRow(key, 120));
  const listRows = useMemo(() => [TOP, ...rows.map(rowOf)], [rows]);
  const render = (index: number): JSX.Element => {
    const row = rows[index - 1];
    const complete = rootMessage === null ? strings.message.threadGone : "";
    if (row === undefined) return <Top key="top" history={history} complete={complete} />;
    if (row.kind !== "message") return <Line key={row.key} row={row} />;
    return (
      <MessageBubble
        key={row.key}
        row={row}
        group={conversation.type !== "direct"}
        withThread={false}
        marked={marked === row.key}
      />
    );
  };
  return (
    <>
      <div class="messages-box">
        <VirtualList
          rows={listRows}
          render={render}
          label={strings.message.threadList}
          testId="thread-list"
          onKeyDown={moveAmongMessages}
          onView={({ nearTop }) => {
            if (nearTop) history.loadOlder();
          }}
          handle={(handle) => {
            list.current = handle;
          }}
        />
      </div>
      {client.permissions(id).write && rootMessage?.deleted_at === undefined && (
        <Composer
          label={strings.message.threadComposer}
          placeholder={strings.message.threadComposer}
          testId="thread-composer"
          onSent={() => list.current?.toBottom()}
        />
      )}
      <MessageOverlays />
    </>
  );
};

interface ThreadProps {
  readonly conversation: Conversation;
}

/** The replies to one message, beside the conversation. */
export const ThreadPanel = ({ conversation, root }: ThreadProps & { readonly root: MessageId }): JSX.Element => {
  const { conversation_id: id, type } = conversation;
  const main = usePane();
  const pane = useMemo(() => makePane(id, type, root), [id, type, root]);
  // What is quoted here and stands in the conversation itself is shown there.
  useEffect(
    () =>
      pane.target.on(() => {
        const { value } = pane.target;
        if (value === root) main.target.set(value);
      }),
    [pane, main, root],
  );
  return (
    <Panel title={strings.message.thread} testId="panel-thread">
      <PaneContext.Provider value={pane}>
        <Replies key={root} conversation={conversation} root={root} />
      </PaneContext.Provider>
    </Panel>
  );
};
