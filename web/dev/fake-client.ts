import type {
  Conversation,
  ConversationChanges,
  FoundHere,
  Invite,
  Page,
  ParleyClient,
  Permissions,
  SearchPage,
  Writing,
} from "@parley/client";
import type { LinkPreview, Reaction, Receipt, Scheduled, SendOptions } from "@parley/client";
import type { ChatMessage, ConversationEvent, ConversationId, Member, MessageId, Role } from "../src/types.ts";
import { FakeAccount } from "./fake-account.ts";
import { ago, ME } from "./fake-core.ts";

const DONE: Writing = { done: Promise.resolve() };
type EventFields = ConversationEvent extends infer E
  ? E extends ConversationEvent
    ? Omit<E, "seq" | "message_id" | "sender_id" | "timestamp">
    : never
  : never;

/** A client with made-up conversations and without a server: for looking at the app. */
export class FakeClient extends FakeAccount implements ParleyClient {
  readonly #pins = new Map<ConversationId, MessageId[]>();
  readonly #invites: Invite[] = [];
  #scheduled: Scheduled[] = [];

  #change(id: ConversationId, messageId: string, change: (message: ChatMessage) => ChatMessage): Writing {
    const log = this.logs.get(id) ?? [];
    this.logs.set(
      id,
      log.map((message) => (message.message_id === messageId ? change(message) : message)),
    );
    this.emit("messages", { conversationId: id });
    return DONE;
  }
  /** An entry about the conversation: also for the console. */
  happen(id: ConversationId, fields: EventFields, sender: string = ME): void {
    const seq = (this.conversation(id)?.head_seq ?? 0) + 1;
    const common = { seq, message_id: `${id}E${seq}`, sender_id: sender, timestamp: ago(0) };
    this.events.set(id, [...(this.events.get(id) ?? []), { ...common, ...fields }]);
    this.patch(id, { head_seq: seq });
    this.emit("messages", { conversationId: id });
  }
  edit(id: ConversationId, messageId: string, content: string): Writing {
    return this.#change(id, messageId, (message) => ({ ...message, content, edited_at: ago(0) }));
  }
  deleteMessage(id: ConversationId, messageId: string): Writing {
    return this.#change(id, messageId, ({ reactions: _gone, ...message }) => ({
      ...message,
      content: "",
      deleted_at: ago(0),
    }));
  }
  react(id: ConversationId, messageId: string, emoji: string, on: boolean): Writing {
    return this.#change(id, messageId, (message) => {
      const others = (message.reactions ?? []).filter((one) => one.emoji !== emoji);
      const before = message.reactions?.find((one) => one.emoji === emoji)?.count ?? 0;
      const count = before + (on ? 1 : -1);
      return { ...message, reactions: count > 0 ? [...others, { emoji, count, me: on }] : others };
    });
  }
  async pin(id: ConversationId, messageId: MessageId): Promise<void> {
    this.#pins.set(id, [messageId, ...(this.#pins.get(id) ?? [])]);
    this.happen(id, { kind: "settings", changes: { pin: messageId } });
  }
  async unpin(id: ConversationId, messageId: MessageId): Promise<void> {
    this.#pins.set(
      id,
      (this.#pins.get(id) ?? []).filter((one) => one !== messageId),
    );
    this.happen(id, { kind: "settings", changes: { unpin: messageId } });
  }
  async pins(id: ConversationId): ReturnType<ParleyClient["pins"]> {
    const log = this.logs.get(id) ?? [];
    const pinned = (this.#pins.get(id) ?? []).map((pin) => log.find((message) => message.message_id === pin));
    return pinned as Awaited<ReturnType<ParleyClient["pins"]>>;
  }
  async message(id: ConversationId, messageId: MessageId): Promise<ChatMessage | undefined> {
    return (this.logs.get(id) ?? []).find((message) => message.message_id === messageId);
  }
  thread(id: ConversationId, rootId: MessageId): readonly ChatMessage[] {
    return (this.logs.get(id) ?? []).filter((message) => message.thread_root === rootId);
  }
  async loadThread(): Promise<{ more: boolean }> {
    return { more: false };
  }
  markThreadRead(id: ConversationId, rootId: MessageId): void {
    this.#change(id, rootId, (message) => ({
      ...message,
      thread: { replies: this.thread(id, rootId).length, unread: 0 },
    }));
  }
  async threads(): ReturnType<ParleyClient["threads"]> {
    return [];
  }
  override send(id: ConversationId, content: string, options: SendOptions = {}): ReturnType<ParleyClient["send"]> {
    const sending = super.send(id, content, options);
    const { thread_root: root } = options;
    if (root !== undefined) {
      this.#change(id, root, (message) => ({
        ...message,
        thread: { replies: this.thread(id, root).length, unread: 0, last_reply_at: ago(0) },
      }));
    }
    return sending;
  }
  async receipts(id: ConversationId): Promise<Page<"receipts", Receipt>> {
    const others = (this.conversation(id)?.participants ?? []).filter((one) => one.user_id !== ME);
    return {
      receipts: others.map(({ user_id }, index) => ({
        user_id,
        delivered_at: index < 3 ? ago(9000) : undefined,
        read_at: index < 2 ? ago(5000) : undefined,
      })),
    };
  }
  async reactions(id: ConversationId, messageId: MessageId): Promise<Page<"reactions", Reaction>> {
    const { reactions = [] } = (await this.message(id, messageId)) ?? {};
    const people = (this.conversation(id)?.participants ?? []).map((one) => one.user_id);
    return {
      reactions: reactions.flatMap(({ emoji, count }) =>
        people.slice(0, count).map((user_id) => ({ user_id, emoji, reacted_at: ago(60_000) })),
      ),
    };
  }
  async schedule(id: ConversationId, content: string, sendAt: Date): Promise<Scheduled> {
    const made: Scheduled = {
      conversation_id: id,
      client_message_id: crypto.randomUUID(),
      content,
      type: "text",
      send_at: sendAt.toISOString(),
      status: "scheduled",
    };
    this.#scheduled = [...this.#scheduled, made];
    return made;
  }
  async scheduled(id: ConversationId): Promise<readonly Scheduled[]> {
    return this.#scheduled.filter((one) => one.conversation_id === id);
  }
  async cancelScheduled(_id: ConversationId, clientMessageId: string): Promise<void> {
    this.#scheduled = this.#scheduled.filter((one) => one.client_message_id !== clientMessageId);
  }
  setDraft(): void {}
  async search(query: string): Promise<SearchPage> {
    const wanted = query.toLowerCase();
    const all = [...this.logs.values()].flat().filter(({ content }) => content.toLowerCase().includes(wanted));
    const newest = all.toSorted((a, b) => (a.timestamp < b.timestamp ? 1 : -1));
    return { results: newest.slice(0, 50) as SearchPage["results"] };
  }
  async searchHere(): Promise<FoundHere> {
    return { results: [] };
  }
  async linkPreview(url: string): Promise<LinkPreview | undefined> {
    return { url, title: "A walk up the hill", description: "Four hours, a view, and tea.", site_name: "Walks" };
  }

  async createDirect(userId: string): Promise<Conversation> {
    return this.create({ type: "direct", peers: [userId] });
  }
  async createGroup(name: string, memberIds: readonly string[]): Promise<Conversation> {
    return this.create({ type: "group", name, peers: memberIds });
  }
  async createChannel(name: string, memberIds: readonly string[]): Promise<Conversation> {
    return this.create({ type: "channel", name, peers: memberIds });
  }
  async changeConversation(id: ConversationId, changes: ConversationChanges): Promise<Conversation> {
    const { settings, ...rest } = changes;
    const row = this.conversation(id);
    const all = { ...DEFAULTS, ...row?.settings, ...settings };
    this.patch(id, { ...rest, settings: all });
    this.happen(id, { kind: "settings", changes: { ...rest, ...(settings === undefined ? {} : { settings }) } });
    return this.conversation(id) as Conversation;
  }
  permissions(id: ConversationId): Permissions {
    const { role = "member", type = "group", left_at: left } = this.conversation(id) ?? {};
    const staff = left === undefined && type !== "direct" && (role === "owner" || role === "admin");
    const write = left === undefined && (type !== "channel" || staff);
    return {
      write,
      addMembers: staff,
      rename: staff,
      pin: staff || type === "direct",
      manage: staff,
      deleteAny: staff,
      mentionAll: staff,
      invite: staff,
      leave: left === undefined && type !== "direct",
    };
  }
  async members(id: ConversationId): Promise<Page<"members", Member>> {
    return { members: this.conversation(id)?.participants ?? [] };
  }
  #people(id: ConversationId, change: (people: readonly Member[]) => readonly Member[]): void {
    const participants = [...change(this.conversation(id)?.participants ?? [])];
    this.patch(id, { participants, member_count: participants.length });
  }
  async addMembers(id: ConversationId, userIds: readonly string[], role: Role = "member"): Promise<void> {
    this.#people(id, (people) => [...people, ...userIds.map((user_id) => ({ user_id, role, joined_at: ago(0) }))]);
    for (const user_id of userIds) this.happen(id, { kind: "member", op: "add", user_id, role });
  }
  async removeMember(id: ConversationId, userId: string): Promise<void> {
    this.#people(id, (people) => people.filter((one) => one.user_id !== userId));
    this.happen(id, { kind: "member", op: "remove", user_id: userId });
  }
  async setRole(id: ConversationId, userId: string, role: Role): Promise<void> {
    this.#people(id, (people) =>
      people.map((one) => (one.user_id === userId ? Object.assign({}, one, { role }) : one)),
    );
    this.happen(id, { kind: "member", op: "role", user_id: userId, role });
  }
  async leaveConversation(id: ConversationId): Promise<void> {
    await this.removeMember(id, ME);
    this.patch(id, { left_at: ago(0) });
  }
  async createInvite(): Promise<Invite> {
    const token = crypto.randomUUID().replaceAll("-", "");
    const made: Invite = { token, url: `${location.origin}/#/join/${token}`, uses: 2, max_uses: 10 };
    this.#invites.push(made);
    return made;
  }
  async invites(): Promise<readonly Invite[]> {
    return [...this.#invites];
  }
  async revokeInvite(_id: ConversationId, token: string): Promise<void> {
    this.#invites.splice(0, Infinity, ...this.#invites.filter((one) => one.token !== token));
  }
  async previewInvite(): Promise<{ name: string; member_count: number }> {
    return { name: "Weekend walk", member_count: 12 };
  }
  async acceptInvite(): Promise<Conversation> {
    return this.createGroup("Weekend walk", ["grace"]);
  }
}

const DEFAULTS = {
  add: "admins",
  rename: "admins",
  pin: "admins",
  write: "everyone",
  history: "all",
  expires_in: 0,
} as const;
