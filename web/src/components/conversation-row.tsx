import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { useLongPress } from "../state/long-press.ts";
import { usePeople } from "../state/people.ts";
import { usePresence } from "../state/presence.ts";
import { openConversation } from "../state/route.ts";
import { strings } from "../strings.ts";
import { FOR_EVER, isQuiet, mutedUntil } from "../text/muting.ts";
import { peerOf, previewOf, titleOf } from "../text/previews.ts";
import { exactTime, listTime, momentWords } from "../text/times.ts";
import type { ChatMessage, Conversation } from "../types.ts";
import { Icon } from "./icons.tsx";
import { ConversationAvatar } from "./person-avatar.tsx";
import type { OpenConversationMenu } from "./use-conversation-menu.tsx";

export interface ConversationRowProps {
  readonly conversation: Conversation;
  readonly selected: boolean;
  readonly draft: string;
  readonly typing: readonly string[];
  /** The newest message while it has not left the outbox. */
  readonly unsent: ChatMessage | undefined;
  readonly openMenu: OpenConversationMenu["open"];
}

const Preview = ({ conversation, draft, typing, unsent }: ConversationRowProps): JSX.Element => {
  const { userId } = useChat();
  const { name } = usePeople();
  if (typing.length > 0) {
    const words = conversation.type === "direct" ? strings.typing : strings.somebodyTyping(typing.map(name));
    return <span class="row-preview row-typing">{words}</span>;
  }
  if (draft !== "") {
    return (
      <span class="row-preview">
        <span class="row-draft">{strings.draft}</span> <bdi>{draft.slice(0, 160)}</bdi>
      </span>
    );
  }
  return (
    <span class="row-preview">
      {unsent !== undefined && (
        <span class={`row-tick tick-${unsent.status}`}>
          <Icon name={unsent.status === "failed" ? "alert" : "clock"} size={14} />
          <span class="sr">{strings.status[unsent.status ?? "pending"]}</span>
        </span>
      )}
      <bdi>{previewOf(conversation, unsent ?? conversation.last_message, userId, name)}</bdi>
    </span>
  );
};

const Mark = ({ icon, label, testId }: { icon: "mute" | "pin"; label: string; testId: string }): JSX.Element => (
  <span class="row-mark" title={label} data-testid={testId}>
    <Icon name={icon} size={16} />
    <span class="sr">{label}</span>
  </span>
);

/** What stands at the end of the second line. */
const Marks = ({ conversation }: { readonly conversation: Conversation }): JSX.Element => {
  const now = Date.now();
  const { unread_count: unread, mention_count: mentions, pinned } = conversation;
  const until = mutedUntil(conversation, now);
  const silent = until === undefined || until === FOR_EVER ? strings.people.muted : undefined;
  return (
    <>
      {until !== undefined && (
        <Mark icon="mute" label={silent ?? strings.people.mutedUntil(momentWords(until))} testId="muted" />
      )}
      {pinned === true && <Mark icon="pin" label={strings.people.pinned} testId="pinned" />}
      {mentions > 0 && (
        <span class="badge badge-mention" data-testid="mention-badge" title={strings.message.mentioned}>
          <Icon name="at" size={14} />
          <span class="sr">{strings.message.mentioned}</span>
        </span>
      )}
      {unread > 0 && (
        <span
          class={isQuiet(conversation, now) ? "badge badge-quiet" : "badge"}
          data-testid="unread-badge"
          title={strings.unread(unread)}
        >
          {unread}
        </span>
      )}
    </>
  );
};

const useMenuHandlers = ({ conversation, openMenu }: ConversationRowProps) => ({
  ...useLongPress((element) => openMenu(conversation, element)),
  onContextMenu: (event: MouseEvent & { readonly currentTarget: HTMLElement }): void => {
    event.preventDefault();
    // From the keyboard it has no place.
    openMenu(conversation, event.currentTarget, event.clientX > 0 ? { x: event.clientX, y: event.clientY } : undefined);
  },
});

export const ConversationRow = (props: ConversationRowProps): JSX.Element => {
  const { conversation, selected } = props;
  const { userId } = useChat();
  const { name } = usePeople();
  const id = conversation.conversation_id;
  const online = usePresence(peerOf(conversation, userId))?.status === "online";
  const at = (props.unsent ?? conversation.last_message)?.timestamp ?? conversation.created_at;
  const loud = conversation.unread_count > 0 && !isQuiet(conversation, Date.now());
  return (
    <a
      class="row"
      href={`#/c/${encodeURIComponent(id)}`}
      aria-current={selected ? "true" : undefined}
      data-testid="conversation-row"
      data-conversation-id={id}
      onClick={(event) => {
        event.preventDefault();
        openConversation(id);
      }}
      {...useMenuHandlers(props)}
    >
      <ConversationAvatar conversation={conversation} />
      <span class="row-body">
        <span class="row-line">
          <span class="row-title">
            <bdi>{titleOf(conversation, userId, name)}</bdi>
            {online && <span class="sr">, {strings.people.online}</span>}
          </span>
          <time class={loud ? "row-time row-time-unread" : "row-time"} dateTime={at} title={exactTime(at)}>
            {listTime(at)}
          </time>
        </span>
        <span class="row-line">
          <Preview {...props} />
          <Marks conversation={conversation} />
        </span>
      </span>
    </a>
  );
};
