import type { JSX } from "preact";
import { openConversation } from "../state/route.ts";
import { strings } from "../strings.ts";
import { previewOf, titleOf } from "../text/previews.ts";
import { exactTime, listTime } from "../text/times.ts";
import type { ChatMessage, Conversation } from "../types.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icons.tsx";

export interface ConversationRowProps {
  readonly conversation: Conversation;
  readonly userId: string;
  readonly selected: boolean;
  readonly draft: string;
  readonly typing: readonly string[];
  /** The newest message while it has not left the outbox. */
  readonly unsent: ChatMessage | undefined;
}

const Preview = (props: Omit<ConversationRowProps, "selected">): JSX.Element => {
  const { conversation, userId, draft, typing, unsent } = props;
  if (typing.length > 0) {
    const words = conversation.type === "direct" ? strings.typing : strings.somebodyTyping(typing);
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
        </span>
      )}
      <bdi>{previewOf(conversation, unsent ?? conversation.last_message, userId)}</bdi>
    </span>
  );
};

export const ConversationRow = (props: ConversationRowProps): JSX.Element => {
  const { conversation, userId, selected } = props;
  const id = conversation.conversation_id;
  const title = titleOf(conversation, userId);
  const group = conversation.type !== "direct";
  const at = (props.unsent ?? conversation.last_message)?.timestamp ?? conversation.created_at;
  const unread = conversation.unread_count;
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
    >
      <Avatar id={group ? id : title} name={title} group={group} picture={conversation.avatar} />
      <span class="row-body">
        <span class="row-line">
          <span class="row-title">
            <bdi>{title}</bdi>
          </span>
          <time class={unread > 0 ? "row-time row-time-unread" : "row-time"} dateTime={at} title={exactTime(at)}>
            {listTime(at)}
          </time>
        </span>
        <span class="row-line">
          <Preview {...props} />
          {conversation.mention_count > 0 && (
            <span class="badge badge-mention" data-testid="mention-badge" title={strings.message.mentioned}>
              <Icon name="at" size={14} />
              <span class="sr">{strings.message.mentioned}</span>
            </span>
          )}
          {unread > 0 && (
            <span class="badge" data-testid="unread-badge" title={strings.unread(unread)}>
              {unread}
            </span>
          )}
        </span>
      </span>
    </a>
  );
};
