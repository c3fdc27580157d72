import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { InfoPanel } from "../panels/info-panel.tsx";
import { MessagePanel } from "../panels/message-panel.tsx";
import { PinsPanel } from "../panels/pins-panel.tsx";
import { ScheduledPanel } from "../panels/scheduled-panel.tsx";
import { ThreadPanel } from "../panels/thread-panel.tsx";
import { about, useChat, useClientEvents } from "../state/client-context.ts";
import { makePane, PaneContext } from "../state/pane.ts";
import { backToList, closePanel, openPanel, panel } from "../state/route.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { titleOf } from "../text/previews.ts";
import type { Conversation, ConversationId } from "../types.ts";
import { Avatar } from "./avatar.tsx";
import { IconButton, Mark } from "./icons.tsx";
import { MessagePane } from "./message-pane.tsx";
import { PinBar } from "./pin-bar.tsx";

const noteOf = ({ type, member_count: count }: Conversation): string => {
  if (type === "direct") return strings.direct;
  return type === "channel" ? strings.group.subscribers(count) : strings.members(count);
};

const Subtitle = ({ conversation }: { readonly conversation: Conversation }): JSX.Element => {
  const { client } = useChat();
  const typing = client.typingUsers(conversation.conversation_id);
  if (typing.length > 0) {
    const words = conversation.type === "direct" ? strings.typing : strings.somebodyTyping(typing);
    return <span class="head-note head-typing">{words}</span>;
  }
  return <span class="head-note">{noteOf(conversation)}</span>;
};

const Head = ({
  conversation,
  title,
}: {
  readonly conversation: Conversation;
  readonly title: string;
}): JSX.Element => {
  const group = conversation.type !== "direct";
  const open = useSignal(panel)?.at === "info";
  const toggle = (): void => (open ? closePanel() : openPanel({ at: "info" }));
  return (
    <header class="head">
      <IconButton class="head-back" icon="back" label={strings.back} testId="back" onClick={backToList} />
      <button type="button" class="head-main" title={strings.group.openInfo} data-testid="head" onClick={toggle}>
        <Avatar
          id={group ? conversation.conversation_id : title}
          name={title}
          group={group}
          picture={conversation.avatar}
        />
        <span class="head-words">
          <bdi class="head-title">{title}</bdi>
          <Subtitle conversation={conversation} />
        </span>
      </button>
      <IconButton icon="info" label={strings.group.openInfo} testId="open-info" expanded={open} onClick={toggle} />
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
  useClientEvents(["conversations", "typing", "state"], about(id));
  const conversation = client.conversation(id);
  const type = conversation?.type ?? "direct";
  const pane = useMemo(() => makePane(id, type), [id, type]);
  if (conversation === undefined) return <Missing />;
  const title = titleOf(conversation, userId);
  return (
    <PaneContext.Provider value={pane}>
      <section class="pane" aria-label={strings.conversation}>
        <h2 class="sr">{title}</h2>
        <Head conversation={conversation} title={title} />
        <PinBar />
        <MessagePane conversation={conversation} title={title} />
      </section>
      <SidePanel conversation={conversation} />
    </PaneContext.Provider>
  );
};
