import type { ParleyClient } from "@parley/client";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useChat, useClientEvents } from "../state/client-context.ts";
import { inArchive, isArchived, listedConversations } from "../state/listing.ts";
import { useWatched } from "../state/presence.ts";
import { route } from "../state/route.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { peerOf } from "../text/previews.ts";
import type { ChatMessage, Conversation, ConversationId } from "../types.ts";
import { ConversationRow } from "./conversation-row.tsx";
import { Icon } from "./icons.tsx";
import { useConversationMenu } from "./use-conversation-menu.tsx";

/** As in the style sheet: rows are all of one height, so their places are known without measuring. */
const ROW_PX = 72;
const OVERSCAN = 6;

const useWindow = (count: number): { ref: { current: HTMLDivElement | null }; first: number; last: number } => {
  const ref = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 900 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const update = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    const resize = new ResizeObserver(update);
    resize.observe(element);
    element.addEventListener("scroll", update, { passive: true });
    return () => {
      resize.disconnect();
      element.removeEventListener("scroll", update);
    };
  }, []);
  const first = Math.max(0, Math.min(Math.floor(view.top / ROW_PX), count) - OVERSCAN);
  return { ref, first, last: Math.min(count, Math.ceil((view.top + view.height) / ROW_PX) + OVERSCAN) };
};

const Empty = ({ client }: { readonly client: ParleyClient }): JSX.Element => {
  if (client.state.name === "online" || client.state.name === "stopped") {
    return (
      <div class="list-empty">
        <p class="list-empty-title">{strings.listEmpty}</p>
        <p>{strings.listEmptyLead}</p>
      </div>
    );
  }
  return (
    <div class="list-loading">
      <output class="sr">{strings.listLoading}</output>
      {[0, 1, 2, 3, 4].map((index) => (
        <span key={index} class="skeleton" />
      ))}
    </div>
  );
};

const EmptyArchive = (): JSX.Element => (
  <div class="list-empty">
    <p class="list-empty-title">{strings.people.archiveEmpty}</p>
  </div>
);

const unsentOf = (client: ParleyClient, id: ConversationId): ChatMessage | undefined => {
  const newest = client.messages(id).at(-1);
  return newest?.status === "pending" || newest?.status === "failed" ? newest : undefined;
};

/** Keeps the chosen row in view when it is chosen by keyboard or moves to the top. */
const useRevealed = (box: { current: HTMLDivElement | null }, index: number, current: string | undefined): void => {
  useEffect(() => {
    const element = box.current;
    if (element === null || index < 0) return;
    const top = index * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_PX > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + ROW_PX - element.clientHeight;
    }
  }, [current]);
};

/** The way into what was put away, with its unread ones counted quietly, and the way back. */
const ArchiveDoor = ({ open }: { readonly open: boolean }): JSX.Element | null => {
  const { client } = useChat();
  const archived = client.conversations().filter(isArchived);
  if (archived.length === 0 && !open) return null;
  const unread = archived.reduce((sum, { unread_count: count }) => sum + count, 0);
  return (
    <button
      type="button"
      class="archive-door"
      aria-expanded={open}
      data-testid="archive"
      onClick={() => inArchive.set(!open)}
    >
      <Icon name={open ? "back" : "archive"} size={20} />
      <span class="archive-words">{open ? strings.people.leaveArchive : strings.people.archived}</span>
      {!open && unread > 0 && (
        <span class="badge badge-quiet" title={strings.unread(unread)}>
          {unread}
        </span>
      )}
    </button>
  );
};

/** Who is followed: the other ones of the direct conversations that are in view. */
const peersOf = (shown: readonly Conversation[], userId: string): readonly string[] =>
  shown.flatMap((conversation) => peerOf(conversation, userId) ?? []);

export const ConversationList = (): JSX.Element => {
  const chat = useChat();
  useClientEvents(["conversations", "messages", "typing", "state"]);
  useSignal(chat.drafts.changes);
  const archive = useSignal(inArchive);
  const current = useSignal(route);
  const listed = listedConversations(chat, current);
  const { ref, first, last } = useWindow(listed.length);
  const shown = listed.slice(first, last);
  useWatched(peersOf(shown, chat.userId));
  const menu = useConversationMenu();
  useRevealed(
    ref,
    listed.findIndex((conversation) => conversation.conversation_id === current),
    current,
  );
  return (
    <>
      <ArchiveDoor open={archive} />
      <div ref={ref} class="list" id="conversations">
        {listed.length === 0 && (archive ? <EmptyArchive /> : <Empty client={chat.client} />)}
        <ul class="list-rows" style={{ height: `${listed.length * ROW_PX}px` }}>
          {shown.map((conversation, index) => (
            <li
              key={conversation.conversation_id}
              class="list-item"
              aria-setsize={listed.length}
              aria-posinset={first + index + 1}
              style={{ transform: `translateY(${(first + index) * ROW_PX}px)` }}
            >
              <ConversationRow
                conversation={conversation}
                selected={conversation.conversation_id === current}
                draft={conversation.conversation_id === current ? "" : chat.drafts.newest(conversation).text}
                unsent={unsentOf(chat.client, conversation.conversation_id)}
                typing={chat.client.typingUsers(conversation.conversation_id)}
                openMenu={menu.open}
              />
            </li>
          ))}
        </ul>
      </div>
      {menu.menu}
    </>
  );
};
