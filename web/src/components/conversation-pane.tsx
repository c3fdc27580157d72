import type { Presence } from "@parley/client";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { InfoPanel } from "../panels/info-panel.tsx";
import { MessagePanel } from "../panels/message-panel.tsx";
import { PinsPanel } from "../panels/pins-panel.tsx";
import { ScheduledPanel } from "../panels/scheduled-panel.tsx";
import { ThreadPanel } from "../panels/thread-panel.tsx";
import { about, useChat, useClientEvents } from "../state/client-context.ts";
import { makePane, PaneContext } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { usePresence, useWatched } from "../state/presence.ts";
import { backToList, closePanel, openPanel, panel } from "../state/route.ts";
import { jumpTarget } from "../state/searching.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { peerOf, titleOf } from "../text/previews.ts";
import { lastSeenWords } from "../text/times.ts";
import type { Conversation, ConversationId } from "../types.ts";
import { AskLine } from "./ask-line.tsx";
import { IconButton, Mark } from "./icons.tsx";
import { MessagePane } from "./message-pane.tsx";
import { ConversationAvatar } from "./person-avatar.tsx";
import { PinBar } from "./pin-bar.tsx";
import { useConversationMenu } from "./use-conversation-menu.tsx";

/** Of a direct conversation: whether the other one is there, or when they last were, as far as they let it be seen. */
const noteOf = ({ type, member_count: count }: Conversation, presence: Presence | undefined): string => {
  if (type !== "direct") return type === "channel" ? strings.group.subscribers(count) : strings.members(count);
  if (presence?.status === "online") return strings.people.online;
  return presence?.last_seen === undefined ? "" : strings.people.lastSeen(lastSeenWords(presence.last_seen));
};

const Subtitle = ({ conversation }: { readonly conversation: Conversation }): JSX.Element => {
  const { client, userId } = useChat();
  const { name } = usePeople();
  const peer = peerOf(conversation, userId);
  useWatched(peer === undefined ? [] : [peer]);
  const presence = usePresence(peer);
  const typing = client.typingUsers(conversation.conversation_id);
  if (typing.length > 0) {
    const words = conversation.type === "direct" ? strings.typing : strings.somebodyTyping(typing.map(name));
    return <span class="head-note head-typing">{words}</span>;
  }
  return (
    <span class="head-note" data-testid="head-note">
      {noteOf(conversation, presence)}
    </span>
  );
};

const Head = ({
  conversation,
  title,
}: {
  readonly conversation: Conversation;
  readonly title: string;
}): JSX.Element => {
  const menu = useConversationMenu();
  const open = useSignal(panel)?.at === "info";
  const toggle = (): void => (open ? closePanel() : openPanel({ at: "info" }));
  return (
    <header class="head">
      <IconButton class="head-back" icon="back" label={strings.back} testId="back" onClick={backToList} />
      <button type="button" class="head-main" title={strings.group.openInfo} data-testid="head" onClick={toggle}>
        <ConversationAvatar conversation={conversation} />
        <span class="head-words">
          <bdi class="head-title">{title}</bdi>
          <Subtitle conversation={conversation} />
        </span>
      </button>
      <IconButton icon="info" label={strings.group.openInfo} testId="open-info" expanded={open} onClick={toggle} />
      <IconButton
        icon="more"
        label={strings.people.menu(title)}
        testId="conversation-more"
        expanded={menu.isOpen}
        onClick={({ currentTarget }) => {
          if (currentTarget instanceof HTMLElement) menu.open(conversation, currentTarget);
        }}
      />
      {menu.menu}
    </header>
  );
};

/** What stands where no conversation is open. */
export const NoConversation = (): JSX.Element => (
  <section class="pane" aria-label={strings.conversation}>
    <div class="nothing">
      <Mark size={56} />
      <p class="nothing-title">{strings.chooseTitle}</p>
      <p>{strings.chooseLead}</p>
    </div>
  </section>
);

const SidePanel = ({ conversation }: { readonly conversation: Conversation }): JSX.Element | null => {
  const open = useSignal(panel);
  const id = conversation.conversation_id;
  switch (open?.at) {
    case undefined:
      return null;
    case "info":
      return <InfoPanel conversation={conversation} />;
    case "pins":
      return <PinsPanel />;
    case "scheduled":
      return <ScheduledPanel id={id} />;
    case "thread":
      return <ThreadPanel key={open.message} conversation={conversation} root={open.message} />;
    case "message":
      return <MessagePanel key={open.message} id={id} messageId={open.message} />;
    default:
      return null;
  }
};

const Missing = (): JSX.Element => {
  const { client } = useChat();
  const missing = client.state.name === "online";
  return (
    <section class="pane" aria-label={strings.conversation}>
      <div class="nothing">
        <IconButton
          class="head-back nothing-back"
          icon="back"
          label={strings.back}
          testId="back"
          onClick={backToList}
        />
        <p class="nothing-title">{missing ? strings.errors.not_found : strings.listLoading}</p>
      </div>
    </section>
  );
};

export const ConversationPane = ({ id }: { readonly id: ConversationId }): JSX.Element => {
  const { client, userId } = useChat();
  const { name } = usePeople();
  useClientEvents(["conversations", "typing", "state"], about(id));
  const conversation = client.conversation(id);
  const type = conversation?.type ?? "direct";
  const pane = useMemo(() => makePane(id, type), [id, type]);
  const jump = useSignal(jumpTarget);
  useEffect(() => {
    if (jump?.conversation !== id) return;
    jumpTarget.set(undefined);
    pane.target.set(jump.message);
  }, [jump, pane]);
  if (conversation === undefined) return <Missing />;
  const title = titleOf(conversation, userId, name);
  return (
    <PaneContext.Provider value={pane}>
      <section class="pane" aria-label={strings.conversation}>
        <h2 class="sr">{title}</h2>
        <Head conversation={conversation} title={title} />
        <AskLine where="conversation" />
        <PinBar />
        <MessagePane conversation={conversation} title={title} />
      </section>
      <SidePanel conversation={conversation} />
    </PaneContext.Provider>
  );
};
