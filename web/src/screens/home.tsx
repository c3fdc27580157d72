import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Announcer } from "../components/announcer.tsx";
import { AskLine } from "../components/ask-line.tsx";
import { ConnectionBar } from "../components/connection-bar.tsx";
import { ConversationList } from "../components/conversation-list.tsx";
import { ConversationPane, NoConversation } from "../components/conversation-pane.tsx";
import { Icon, IconButton, Mark } from "../components/icons.tsx";
import { PersonAvatar } from "../components/person-avatar.tsx";
import { SearchBox } from "../components/search-box.tsx";
import { SearchResults } from "../components/search-results.tsx";
import { Toast } from "../components/toast.tsx";
import { UpdateLine } from "../components/update-line.tsx";
import { followAttention } from "../state/attention.ts";
import { followPush } from "../state/follow-push.ts";
import { useChat, useConnection } from "../state/client-context.ts";
import { usePeople } from "../state/people.ts";
import { beginning, endErrand, inSettings, joining, openSettings, panel, route } from "../state/route.ts";
import { searchText } from "../state/searching.ts";
import { useShortcuts, type Page } from "../state/shortcut-keys.ts";
import { useSignal } from "../state/signal.ts";
import { useUnreadCount } from "../state/unread-count.ts";
import { strings } from "../strings.ts";
import { Join } from "./join.tsx";
import { NewConversation } from "./new-conversation.tsx";
import { Settings } from "./settings.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { Stopped } from "./stopped.tsx";

const ListPane = ({ show }: { readonly show: (page: Page) => void }): JSX.Element => {
  const { userId } = useChat();
  const name = usePeople().name(userId);
  const open = useSignal(inSettings);
  const wanted = useSignal(searchText);
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
      <SearchBox />
      {wanted.trim() === "" ? <ConversationList /> : <SearchResults text={wanted} />}
      <AskLine where="list" />
      <UpdateLine />
      <footer class="list-foot">
        <button
          type="button"
          class="list-me"
          title={strings.setting.openAs(name)}
          aria-current={open ? "page" : undefined}
          data-testid="open-settings"
          onClick={openSettings}
        >
          <PersonAvatar id={userId} />
          <span class="sr">{strings.setting.openAs("")}</span>
          <bdi class="list-me-name">{name}</bdi>
          <Icon name="gear" />
        </button>
      </footer>
    </nav>
  );
};

const MainPane = ({ show }: { readonly show: (page: Page) => void }): JSX.Element => {
  const current = useSignal(route);
  if (useSignal(inSettings)) return <Settings showShortcuts={() => show("shortcuts")} />;
  return current === undefined ? <NoConversation /> : <ConversationPane key={current} id={current} />;
};

const viewOf = (inMain: boolean, inPanel: boolean): string => {
  if (!inMain) return "list";
  return inPanel ? "panel" : "main";
};

const Panes = (): JSX.Element => {
  const chat = useChat();
  const inMain = [useSignal(route) !== undefined, useSignal(inSettings)].includes(true);
  const inPanel = useSignal(panel) !== undefined;
  const token = useSignal(joining);
  const begun = useSignal(beginning);
  const [page, setPage] = useState<Page>();
  const shown = page ?? begun;
  const close = (): void => {
    setPage(undefined);
    if (beginning.value !== undefined) endErrand();
  };
  useUnreadCount();
  useEffect(() => followAttention(chat.client), [chat.client]);
  useEffect(() => followPush(chat), [chat]);
  useShortcuts(chat, setPage);
  return (
    <main class="panes" data-view={viewOf(inMain, inPanel)}>
      <h1 class="sr">{strings.app}</h1>
      <ListPane show={setPage} />
      <MainPane show={setPage} />
      <ConnectionBar />
      <Announcer />
      <Toast />
      {shown !== undefined && shown !== "shortcuts" && <NewConversation kind={shown} onClose={close} />}
      {shown === "shortcuts" && <Shortcuts onClose={close} />}
      {token !== undefined && <Join key={token} token={token} />}
    </main>
  );
};

/** Everything behind the sign-in. */
export const Home = (): JSX.Element => {
  const connection = useConnection();
  const stopped = connection.name === "stopped" && connection.reason !== "closed" ? connection.reason : undefined;
  // What was removed or signed out stays so: emptying the store behind it makes another state of it.
  const [final, setFinal] = useState<typeof stopped>();
  useEffect(() => {
    if (stopped === "removed" || stopped === "destroyed") setFinal(stopped);
  }, [stopped]);
  const reason = final ?? stopped;
  return reason === undefined ? <Panes /> : <Stopped reason={reason} />;
};
