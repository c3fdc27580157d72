import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Announcer } from "../components/announcer.tsx";
import { Avatar } from "../components/avatar.tsx";
import { ConnectionBar } from "../components/connection-bar.tsx";
import { ConversationList } from "../components/conversation-list.tsx";
import { ConversationPane, NoConversation } from "../components/conversation-pane.tsx";
import { IconButton, Mark } from "../components/icons.tsx";
import { Toast } from "../components/toast.tsx";
import { followAttention } from "../state/attention.ts";
import { useChat, useClientEvents, useConnection } from "../state/client-context.ts";
import { useShortcuts, type Page } from "../state/shortcut-keys.ts";
import { joining, panel, route } from "../state/route.ts";
import { useSignal } from "../state/signal.ts";
import { switchTheme, theme } from "../state/theme.ts";
import { strings } from "../strings.ts";
import { Join } from "./join.tsx";
import { NewConversation } from "./new-conversation.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { Stopped } from "./stopped.tsx";

const ListPane = ({ show }: { readonly show: (page: Page) => void }): JSX.Element => {
  const { userId, signOut } = useChat();
  const dark = useSignal(theme) === "dark";
  return (
    <nav class="list-pane" aria-label={strings.conversations}>
      <header class="list-head">
        <p class="brand">
          <Mark size={32} />
          {strings.app}
        </p>
        <IconButton
          icon="channel"
          label={strings.group.newChannel}
          testId="new-channel"
          onClick={() => show("channel")}
        />
        <IconButton icon="group" label={strings.newGroup} testId="new-group" onClick={() => show("group")} />
        <IconButton icon="write" label={strings.newDirect} testId="new-direct" onClick={() => show("direct")} />
      </header>
      <ConversationList />
      <footer class="list-foot">
        <Avatar id={userId} name={userId} size="small" />
        <span class="list-me" title={strings.signedInAs(userId)}>
          <span class="sr">{strings.signedInAs("")}</span>
          {userId}
        </span>
        <IconButton icon="help" label={strings.shortcuts} testId="shortcuts" onClick={() => show("shortcuts")} />
        <IconButton
          icon={dark ? "sun" : "moon"}
          label={dark ? strings.themeToLight : strings.themeToDark}
          testId="theme-switch"
          onClick={switchTheme}
        />
        <IconButton icon="leave" label={strings.signOut} testId="sign-out" onClick={signOut} />
      </footer>
    </nav>
  );
};

/** The window's title counts what is unread. */
const useTitle = (): void => {
  const { client } = useChat();
  useClientEvents(["conversations"]);
  const unread = client.conversations().reduce((sum, conversation) => sum + conversation.unread_count, 0);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${strings.app}` : strings.app;
  }, [unread]);
};

const Panes = (): JSX.Element => {
  const chat = useChat();
  const current = useSignal(route);
  const open = useSignal(panel);
  const token = useSignal(joining);
  const [page, setPage] = useState<Page>();
  const close = (): void => setPage(undefined);
  useTitle();
  useEffect(() => followAttention(chat.client), [chat.client]);
  useShortcuts(chat, setPage);
  const inside = open === undefined ? "conversation" : "panel";
  return (
    <main class="panes" data-view={current === undefined ? "list" : inside}>
      <h1 class="sr">{strings.app}</h1>
      <ListPane show={setPage} />
      {current === undefined ? <NoConversation /> : <ConversationPane key={current} id={current} />}
      <ConnectionBar />
      <Announcer />
      <Toast />
      {(page === "direct" || page === "group" || page === "channel") && <NewConversation kind={page} onClose={close} />}
      {page === "shortcuts" && <Shortcuts onClose={close} />}
      {token !== undefined && <Join key={token} token={token} />}
    </main>
  );
};

/** Everything behind the sign-in. */
export const Home = (): JSX.Element => {
  const connection = useConnection();
  if (connection.name === "stopped" && connection.reason !== "closed") return <Stopped reason={connection.reason} />;
  return <Panes />;
};
