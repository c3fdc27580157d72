import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Confirm } from "../components/confirm.tsx";
import { IconButton } from "../components/icons.tsx";
import { Menu, type MenuEntry } from "../components/menu.tsx";
import { usePopover } from "../components/use-popover.ts";
import { about, useChat, useClientEvents } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { usePeople } from "../state/people.ts";
import { usePages } from "../state/remote.ts";
import { openConversation } from "../state/route.ts";
import { strings, wordsFor } from "../strings.ts";
import type { Conversation, Member, Role } from "../types.ts";
import { PersonRow } from "./person-row.tsx";

const words = strings.group;

/** Whether the role of somebody, or his membership, is in one's hands: those below, and for an owner everybody. */
const mayTouch = (own: Role, other: Role): boolean =>
  own === "owner" || (own === "admin" && (other === "member" || other === "subscriber"));

type Asking = { readonly what: "remove" | "owner"; readonly member: Member };

const useMemberActions = (
  conversation: Conversation,
  ask: (asking: Asking) => void,
): ((member: Member) => readonly MenuEntry[]) => {
  const { client, userId, drafts } = useChat();
  const { conversation_id: id, role: own, type } = conversation;
  const lowest: Role = type === "channel" ? "subscriber" : "member";
  const setRole = (member: Member, role: Role) => () => void attempt(client.setRole(id, member.user_id, role));
  const writeTo = async (person: string): Promise<void> => {
    const direct = await client.createDirect(person);
    drafts.start(direct.conversation_id);
    openConversation(direct.conversation_id);
  };
  return (member) => {
    if (member.user_id === userId) return [];
    const entries: MenuEntry[] = [
      { id: "write", label: words.write, icon: "write", run: () => void attempt(writeTo(member.user_id)) },
    ];
    if (!client.permissions(id).manage || !mayTouch(own, member.role)) return entries;
    if (member.role !== "admin") {
      entries.push({ id: "make-admin", label: words.makeAdmin, icon: "up", run: setRole(member, "admin") });
    } else {
      entries.push({ id: "dismiss-admin", label: words.dismissAdmin, icon: "down", run: setRole(member, lowest) });
    }
    if (own === "owner" && member.role !== "owner") {
      const run = (): void => ask({ what: "owner", member });
      entries.push({ id: "make-owner", label: words.makeOwner, icon: "at", run });
    }
    const run = (): void => ask({ what: "remove", member });
    entries.push({ id: "remove", label: words.remove, icon: "bin", danger: true, run });
    return entries;
  };
};

const Ask = ({
  id,
  asking,
  onClose,
}: {
  readonly id: string;
  readonly asking: Asking;
  readonly onClose: () => void;
}): JSX.Element => {
  const { client } = useChat();
  const { name } = usePeople();
  const { user_id: who } = asking.member;
  return asking.what === "remove" ? (
    <Confirm
      title={words.removeTitle(name(who))}
      lead={words.removeLead}
      submit={words.remove}
      onConfirm={() => attempt(client.removeMember(id, who))}
      onClose={onClose}
    />
  ) : (
    <Confirm
      title={words.ownerTitle(name(who))}
      lead={words.ownerLead}
      submit={words.makeOwner}
      danger={false}
      onConfirm={() => attempt(client.setRole(id, who, "owner"))}
      onClose={onClose}
    />
  );
};

/** Raised by each entry that says that somebody came, went or got another role. */
const useMembersVersion = (conversation: Conversation): string => {
  const { client } = useChat();
  const id = conversation.conversation_id;
  useClientEvents(["messages", "conversations"], about(id));
  const last = client.timeline(id).findLast((item) => item.kind === "event" && item.entry.kind === "member");
  return `${last?.kind === "event" ? last.entry.seq : 0} ${conversation.member_count} ${conversation.role}`;
};

const MANY = 12;

const Row = ({ member, actions }: { readonly member: Member; readonly actions: readonly MenuEntry[] }): JSX.Element => {
  const { place, open, close } = usePopover();
  const note = member.role === "member" || member.role === "subscriber" ? "" : words.roles[member.role];
  const label = words.memberMenu(usePeople().name(member.user_id));
  return (
    <PersonRow userId={member.user_id} note={note} testId="member">
      {actions.length > 0 && (
        <IconButton icon="more" label={label} testId="member-menu" expanded={place !== undefined} onClick={open} />
      )}
      {place !== undefined && (
        <Menu {...place} label={label} testId="member-actions" onClose={close} entries={actions} />
      )}
    </PersonRow>
  );
};

const RANK: Readonly<Record<Role, number>> = { owner: 0, admin: 1, member: 2, subscriber: 3 };

/** Who is in it, with their roles, page by page, and what one may do about each. */
export const MemberList = ({ conversation }: { readonly conversation: Conversation }): JSX.Element => {
  const { client } = useChat();
  const id = conversation.conversation_id;
  const version = useMembersVersion(conversation);
  const { name } = usePeople();
  const [typed, setTyped] = useState("");
  const [asking, setAsking] = useState<Asking>();
  const actionsFor = useMemberActions(conversation, setAsking);
  const list = usePages(
    async (cursor) => {
      const page = await client.members(id, cursor);
      return { items: page.members, next: page.next_cursor };
    },
    [client, id, version],
  );
  const wanted = typed.trim().toLowerCase();
  // Whoever looks for somebody looks among all.
  useEffect(() => {
    if (wanted !== "" && list.state === "idle") list.more();
  }, [wanted, list.state]);
  const shown = list.items
    .filter((member) => `${member.user_id} ${wanted === "" ? "" : name(member.user_id)}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => RANK[a.role] - RANK[b.role]);
  const hidden = list.state === "failed" && list.items.length === 0;
  return (
    <>
      {conversation.member_count > MANY && !hidden && (
        <div class="field">
          <input
            type="search"
            value={typed}
            aria-label={words.filterMembers}
            placeholder={words.filterMembers}
            data-testid="member-filter"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </div>
      )}
      {hidden && <p class="problem">{wordsFor(list.error)}</p>}
      {!hidden && shown.length === 0 && list.state === "complete" && <p class="hint">{words.noMember}</p>}
      <ul class="people" data-testid="members">
        {shown.map((member) => (
          <Row key={member.user_id} member={member} actions={actionsFor(member)} />
        ))}
      </ul>
      {list.state === "loading" && <p class="hint">{strings.message.loading}</p>}
      {list.state === "idle" && (
        <button type="button" class="link-button" data-testid="more-members" onClick={list.more}>
          {words.moreMembers}
        </button>
      )}
      {asking !== undefined && <Ask id={id} asking={asking} onClose={() => setAsking(undefined)} />}
    </>
  );
};
