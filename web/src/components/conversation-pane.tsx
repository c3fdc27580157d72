import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { about, useChat, useClientEvents } from "../state/client-context.ts";
import { backToList } from "../state/route.ts";
import { strings } from "../strings.ts";
import { titleOf } from "../text/previews.ts";
import type { Conversation, ConversationId } from "../types.ts";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { IconButton, Mark } from "./icons.tsx";
import { MessagePane } from "./message-pane.tsx";

const Members = ({
  conversation,
  onClose,
}: {
  readonly conversation: Conversation;
  readonly onClose: () => void;
}): JSX.Element => {
  const { userId } = useChat();
  return (
    <Dialog title={strings.membersTitle} onClose={onClose}>
      <ul class="members">
        {(conversation.participants ?? []).map(({ user_id: member, role }) => (
          <li key={member}>
            <Avatar id={member} name={member} size="small" />
            <span class="members-name">{member === userId ? `${member} (${strings.you.toLowerCase()})` : member}</span>
            <span class="members-role">{strings.roles[role]}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
};

const Subtitle = ({
  conversation,
  onMembers,
}: {
  readonly conversation: Conversation;
  readonly onMembers: () => void;
}): JSX.Element => {
  const { client } = useChat();
  const typing = client.typingUsers(conversation.conversation_id);
  if (typing.length > 0) {
    const words = conversation.type === "direct" ? strings.typing : strings.somebodyTyping(typing);
    return <span class="head-note head-typing">{words}</span>;
  }
  if (conversation.type === "direct") return <span class="head-note">{strings.direct}</span>;
  return (
    <button
      type="button"
      class="head-note head-members"
      title={strings.showMembers(conversation.member_count)}
      onClick={onMembers}
    >
      {strings.members(conversation.member_count)}
    </button>
  );
};

const Head = ({
  conversation,
  title,
}: {
  readonly conversation: Conversation;
  readonly title: string;
}): JSX.Element => {
  const [members, setMembers] = useState(false);
  const group = conversation.type !== "direct";
  return (
    <header class="head">
      <IconButton class="head-back" icon="back" label={strings.back} testId="back" onClick={backToList} />
      <Avatar id={group ? conversation.conversation_id : title} name={title} group={group} />
      <div class="head-words">
        <h2 class="head-title">
          <bdi>{title}</bdi>
        </h2>
        <Subtitle conversation={conversation} onMembers={() => setMembers(true)} />
      </div>
      {members && <Members conversation={conversation} onClose={() => setMembers(false)} />}
    </header>
  );
};

/** What stands where no conversation is open. */
export const NoConversation = (): JSX.Element => (
  <div class="nothing">
    <Mark size={56} />
    <p class="nothing-title">{strings.chooseTitle}</p>
    <p>{strings.chooseLead}</p>
  </div>
);

export const ConversationPane = ({ id }: { readonly id: ConversationId }): JSX.Element => {
  const { client, userId } = useChat();
  useClientEvents(["conversations", "typing", "state"], about(id));
  const conversation = client.conversation(id);
  if (conversation === undefined) {
    const missing = client.state.name === "online";
    return (
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
    );
  }
  const title = titleOf(conversation, userId);
  return (
    <>
      <Head conversation={conversation} title={title} />
      <MessagePane conversation={conversation} title={title} />
    </>
  );
};
