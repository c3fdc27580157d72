import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Avatar } from "../components/avatar.tsx";
import { Confirm } from "../components/confirm.tsx";
import { Icon, IconButton } from "../components/icons.tsx";
import { ConversationAvatar } from "../components/person-avatar.tsx";
import { ConfirmBlock } from "../components/use-conversation-menu.tsx";
import { useChat, useClientEvents } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { peopleOf, usePeople } from "../state/people.ts";
import { closePanel, openPanel } from "../state/route.ts";
import { strings } from "../strings.ts";
import { useSignal } from "../state/signal.ts";
import { peerOf, titleOf } from "../text/previews.ts";
import type { Conversation } from "../types.ts";
import { AddPeople } from "./add-people.tsx";
import { InvitesSection } from "./invites-section.tsx";
import { MemberList } from "./member-list.tsx";
import { Panel } from "./panel.tsx";
import { PictureField } from "./picture-field.tsx";
import { SettingsSection } from "./settings-section.tsx";

const words = strings.group;
const NAME_CHARS = 128;

interface OfConversation {
  readonly conversation: Conversation;
}

/** Name and picture, to change. */
const NameForm = ({ conversation, onDone }: OfConversation & { readonly onDone: () => void }): JSX.Element => {
  const { client } = useChat();
  const { conversation_id: id, name: before = "", avatar: pictureBefore } = conversation;
  const [name, setName] = useState(before);
  const [picture, setPicture] = useState(pictureBefore);
  const save = async (): Promise<void> => {
    const title = name.trim();
    const changes = {
      ...(title === before || title === "" ? {} : { name: title }),
      ...(picture === pictureBefore || picture === undefined ? {} : { avatar: picture }),
    };
    if (Object.keys(changes).length === 0 || (await attempt(client.changeConversation(id, changes), words.saved))) {
      onDone();
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div class="info-face">
        <Avatar id={id} name={name} group size="large" picture={picture} />
      </div>
      <label class="field">
        <span>{words.nameLabel}</span>
        <input
          type="text"
          value={name}
          maxLength={NAME_CHARS}
          dir="auto"
          autocomplete="off"
          data-testid="info-name"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <PictureField onPicture={setPicture} />
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={onDone}>
          {strings.cancel}
        </button>
        <button type="submit" class="button" data-testid="info-save">
          {words.save}
        </button>
      </div>
    </form>
  );
};

const Face = ({ conversation }: OfConversation): JSX.Element => {
  const { client, userId } = useChat();
  const { name } = usePeople();
  const [changing, setChanging] = useState(false);
  const { conversation_id: id, type, member_count: count } = conversation;
  if (changing) return <NameForm conversation={conversation} onDone={() => setChanging(false)} />;
  const title = titleOf(conversation, userId, name);
  const group = type !== "direct";
  const peer = peerOf(conversation, userId);
  return (
    <div class="info-face">
      <ConversationAvatar conversation={conversation} size="large" />
      <p class="info-name" dir="auto" data-testid="info-title">
        {title}
      </p>
      {peer !== undefined && <PersonFacts userId={peer} />}
      {group && <p class="person-note">{type === "channel" ? words.subscribers(count) : strings.members(count)}</p>}
      {client.permissions(id).rename && (
        <button type="button" class="link-button" data-testid="info-rename" onClick={() => setChanging(true)}>
          {words.rename}
        </button>
      )}
    </div>
  );
};

const Section = ({
  title,
  action,
  children,
}: {
  readonly title: string;
  readonly action?: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element => (
  <section class="section" aria-label={title}>
    <header class="section-head">
      <h3>{title}</h3>
      {action}
    </header>
    {children}
  </section>
);

const Leave = ({ conversation }: OfConversation): JSX.Element => {
  const { client, userId } = useChat();
  const [asking, setAsking] = useState(false);
  const { conversation_id: id, role, participants = [] } = conversation;
  const lastOwner = role === "owner" && !participants.some((one) => one.role === "owner" && one.user_id !== userId);
  return (
    <>
      <button type="button" class="danger-button" data-testid="leave" onClick={() => setAsking(true)}>
        <Icon name="leave" size={20} />
        {words.leave}
      </button>
      {asking && (
        <Confirm
          title={words.leaveTitle(titleOf(conversation, userId, peopleOf(client).name))}
          lead={lastOwner ? `${words.leaveLead} ${words.leaveLastOwner}` : words.leaveLead}
          submit={words.leave}
          onConfirm={() => attempt(client.leaveConversation(id))}
          onClose={() => {
            setAsking(false);
            if (client.conversation(id)?.left_at !== undefined) closePanel();
          }}
        />
      )}
    </>
  );
};

/** What is known of the other one, beside the name. */
const PersonFacts = ({ userId }: { readonly userId: string }): JSX.Element | null => {
  const { client } = useChat();
  useClientEvents(["people"]);
  const { username, display_name: name } = client.person(userId) ?? {};
  if (!username && !name) return null;
  return <p class="person-note">{username ? `@${username}` : userId}</p>;
};

const BlockEntry = ({ userId }: { readonly userId: string }): JSX.Element => {
  const { blocked } = useChat();
  const { name } = usePeople();
  const isBlocked = useSignal(blocked.people).has(userId);
  const [asking, setAsking] = useState(false);
  const act = (): void => {
    if (isBlocked) void attempt(blocked.unblock(userId));
    else setAsking(true);
  };
  return (
    <>
      <button
        type="button"
        class={isBlocked ? "link-row" : "danger-button"}
        data-testid={isBlocked ? "info-unblock" : "info-block"}
        onClick={act}
      >
        <Icon name="block" size={20} />
        {isBlocked ? strings.people.unblock(name(userId)) : strings.people.block(name(userId))}
      </button>
      {asking && <ConfirmBlock userId={userId} onClose={() => setAsking(false)} />}
    </>
  );
};

/** Everything about a conversation that is not its messages: as much of it as the role permits. */
export const InfoPanel = ({ conversation }: OfConversation): JSX.Element => {
  const { client, userId } = useChat();
  const peer = peerOf(conversation, userId);
  const [adding, setAdding] = useState(false);
  const { conversation_id: id, type, role, left_at: left } = conversation;
  const may = client.permissions(id);
  const group = type !== "direct";
  const listed = type === "group" || role !== "subscriber";
  return (
    <Panel title={words.info[type]} testId="panel-info">
      <div class="panel-body">
        <Face conversation={conversation} />
        <div class="info-links">
          <button type="button" class="link-row" data-testid="info-pins" onClick={() => openPanel({ at: "pins" })}>
            <Icon name="pin" size={20} />
            {strings.message.pins}
          </button>
        </div>
        {group && left === undefined && (
          <>
            <Section
              title={words.members}
              action={
                may.addMembers && (
                  <IconButton icon="plus" label={words.add} testId="add-people" onClick={() => setAdding(true)} />
                )
              }
            >
              {listed ? <MemberList conversation={conversation} /> : <p class="hint">{words.membersHidden}</p>}
            </Section>
            {may.invite && (
              <Section title={words.invites}>
                <InvitesSection id={id} />
              </Section>
            )}
            <Section title={words.settings}>
              <SettingsSection conversation={conversation} />
            </Section>
            {may.leave && <Leave conversation={conversation} />}
          </>
        )}
        {peer !== undefined && <BlockEntry userId={peer} />}
      </div>
      {adding && <AddPeople id={id} onClose={() => setAdding(false)} />}
    </Panel>
  );
};
