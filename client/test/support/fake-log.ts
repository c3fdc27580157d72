import type { Conversation, Draft as BegunDraft } from "../../../src/shared/protocol/conversation.ts";
import type { Entry, MessageEntry } from "../../../src/shared/protocol/entry.ts";
import type { ConversationSettings, ConversationType, Role } from "../../../src/shared/protocol/fields.ts";
import type { Message } from "../../../src/shared/protocol/message.ts";
import type { Preferences } from "../../src/answers.ts";
import { effectiveSettings } from "../../../src/shared/permissions.ts";

export type Draft = Entry extends infer E
  ? E extends Entry
    ? Omit<E, "seq" | "message_id" | "timestamp">
    : never
  : never;

interface Member {
  role: Role;
  readonly joined_at: string;
  /** His log begins here. */
  readonly from: number;
  /** His log ended here. */
  leftAt?: number;
}

/** One conversation of the double: a log, who takes part, and who has read how far. */
export class FakeLog {
  readonly id: string;
  readonly type: ConversationType;
  readonly people = new Map<string, Member>();
  epoch = 1;
  name: string | undefined;
  settings: ConversationSettings;
  entries: Entry[] = [];
  readonly read = new Map<string, number>();
  readonly delivered = new Map<string, number>();
  /** `user root` → what he has read of a thread. */
  readonly threadRead = new Map<string, number>();
  readonly drafts = new Map<string, BegunDraft>();
  /** What each has set for himself. */
  readonly preferences = new Map<string, Preferences>();
  /** `user` → the rev with which the row changed last. */
  readonly revs = new Map<string, number>();
  readonly now: () => number;

  constructor(id: string, type: ConversationType, members: readonly string[], now: () => number) {
    this.now = now;
    this.id = id;
    this.type = type;
    this.settings = effectiveSettings(type);
    for (const [index, user] of members.entries()) {
      const other = type === "channel" ? "subscriber" : "member";
      this.people.set(user, { role: index === 0 && type !== "direct" ? "owner" : other, joined_at: at(0), from: 1 });
    }
    this.add({ kind: "settings", sender_id: members[0] ?? "", changes: { type } });
  }

  get members(): readonly string[] {
    return [...this.people].flatMap(([user, { leftAt }]) => (leftAt === undefined ? user : []));
  }

  get head(): number {
    return this.entries.length;
  }

  /** Up to where somebody's log goes. */
  headOf(user: string): number {
    return this.people.get(user)?.leftAt ?? this.head;
  }

  /** The entries that somebody may see. */
  seenBy(user: string): readonly Entry[] {
    return this.entries.slice((this.people.get(user)?.from ?? 1) - 1, this.headOf(user));
  }

  add(draft: Draft): Entry {
    const seq = this.head + 1;
    const entry: Entry = {
      ...draft,
      seq,
      message_id: `${this.id.toUpperCase()}${String(seq).padStart(8, "0")}`,
      timestamp: at(seq),
    };
    this.entries.push(entry);
    if (entry.kind === "member") this.#changeMember(entry);
    if (entry.kind === "settings") {
      this.name = entry.changes.name ?? this.name;
      this.settings = { ...this.settings, ...(entry.changes.settings as Partial<ConversationSettings>) };
    }
    return entry;
  }

  /** The entry that a write of this id made before. */
  known(sender: string, clientMessageId: string): Entry | undefined {
    return this.entries.find((entry) => entry.sender_id === sender && entry.client_message_id === clientMessageId);
  }

  messages(me: string): Message[] {
    const own = this.seenBy(me).filter((entry): entry is MessageEntry => entry.kind === "message");
    return own.map((entry) => this.#standing(entry, me));
  }

  message(me: string, id: string): Message | undefined {
    return this.messages(me).find((message) => message.message_id === id);
  }

  pins(me: string): Message[] {
    const pinned: string[] = [];
    for (const entry of this.seenBy(me)) {
      if (entry.kind !== "settings") continue;
      const { pin, unpin } = entry.changes;
      if (pin !== undefined) pinned.unshift(pin);
      if (unpin !== undefined) pinned.splice(pinned.indexOf(unpin), 1);
    }
    const messages = pinned.flatMap((id) => this.message(me, id) ?? []);
    return messages.filter((message) => message.deleted_at === undefined);
  }

  row(me: string): Conversation {
    const member = this.people.get(me);
    const readUpTo = this.read.get(me) ?? 0;
    const messages = this.messages(me);
    const unread = messages.filter((one) => one.sender_id !== me && one.seq > readUpTo && one.deleted_at === undefined);
    const mentioning = unread.filter((one) => one.mentions?.some((whom) => whom === me || whom === "@all"));
    const last = messages.at(-1);
    const draft = this.drafts.get(me);
    const { muted_until, ...preferences } = this.preferences.get(me) ?? {};
    return {
      conversation_id: this.id,
      type: this.type,
      ...(this.name === undefined ? {} : { name: this.name }),
      created_at: at(0),
      region: "local",
      member_count: this.members.length,
      role: member?.role ?? "member",
      epoch: this.epoch,
      head_seq: this.headOf(me),
      ...(last === undefined ? {} : { last_message: last }),
      unread_count: unread.length,
      mention_count: mentioning.length,
      read_up_to: readUpTo,
      delivered_up_to: this.delivered.get(me) ?? 0,
      notify: "all",
      ...preferences,
      ...(typeof muted_until === "string" ? { muted_until } : {}),
      rev: this.revs.get(me) ?? 0,
      ...(this.type === "direct" ? {} : { settings: this.settings }),
      ...(member?.leftAt === undefined ? {} : { left_at: at(member.leftAt) }),
      ...(draft === undefined ? {} : { draft }),
      ...(this.type === "channel" ? {} : { participants: this.participants() }),
    };
  }

  participants() {
    return this.members.map((user_id) => {
      const { role = "member", joined_at = at(0) } = this.people.get(user_id) ?? {};
      return { user_id, role, joined_at };
    });
  }

  #changeMember({ op, user_id, role = "member", seq, timestamp }: Extract<Entry, { kind: "member" }>): void {
    const known = this.people.get(user_id);
    if (op === "add")
      this.people.set(user_id, { role, joined_at: timestamp, from: this.settings.history === "all" ? 1 : seq });
    else if (known !== undefined && op === "remove") known.leftAt = seq;
    else if (known !== undefined) known.role = role;
  }

  #standing({ kind: _kind, ...fields }: MessageEntry, me: string): Message {
    const { message_id } = fields;
    const seen = this.seenBy(me);
    const edit = seen.findLast((one) => one.kind === "edit" && one.target === message_id);
    const gone = seen.find((one) => one.kind === "delete" && one.target === message_id);
    const others = this.members.filter((member) => member !== me);
    const count = (marks: Map<string, number>) => others.filter((one) => (marks.get(one) ?? 0) >= fields.seq).length;
    const receipts = { delivered: count(this.delivered), read: count(this.read), of: others.length };
    const reactions = this.reactors(message_id).map(({ emoji, users }) => ({
      emoji,
      count: users.length,
      me: users.includes(me),
    }));
    const thread = this.#thread(message_id, me);
    return {
      ...fields,
      conversation_id: this.id,
      ...(edit?.kind === "edit" ? { content: edit.content, edited_at: edit.timestamp } : {}),
      ...(reactions.length === 0 ? {} : { reactions }),
      ...(gone === undefined ? {} : { content: "", deleted_at: gone.timestamp, reactions: [] }),
      ...(fields.sender_id === me ? { receipts } : {}),
      ...(thread === undefined ? {} : { thread }),
    };
  }

  /** Who reacted to a message with what. */
  reactors(messageId: string): { emoji: string; users: string[] }[] {
    const byEmoji = new Map<string, string[]>();
    for (const entry of this.entries) {
      if (entry.kind !== "reaction" || entry.target !== messageId) continue;
      const others = (byEmoji.get(entry.emoji) ?? []).filter((user) => user !== entry.sender_id);
      byEmoji.set(entry.emoji, entry.op === "add" ? [...others, entry.sender_id] : others);
    }
    return [...byEmoji].filter(([, users]) => users.length > 0).map(([emoji, users]) => ({ emoji, users }));
  }

  #thread(root: string, me: string): Message["thread"] {
    const replies = this.seenBy(me).filter(
      (one): one is MessageEntry =>
        one.kind === "message" &&
        one.thread_root === root &&
        !this.entries.some((other) => other.kind === "delete" && other.target === one.message_id),
    );
    const own = replies.findLast((one) => one.sender_id === me)?.seq ?? 0;
    const read = Math.max(own, this.threadRead.get(`${me} ${root}`) ?? 0);
    const last = replies.at(-1);
    if (last === undefined) return undefined;
    const unread = replies.filter((one) => one.sender_id !== me && one.seq > read).length;
    return { replies: replies.length, unread, last_reply_at: last.timestamp };
  }
}

const at = (seq: number): string => new Date(Date.UTC(2026, 0, 1) + seq).toISOString();
