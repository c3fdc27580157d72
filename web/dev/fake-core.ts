import type { ClientEvents, ConnectionState, SendOptions, Sending, TimelineItem } from "@parley/client";
import type { ChatMessage, Conversation, ConversationEvent, ConversationId } from "../src/types.ts";
import { GROUPS, LINES, PEOPLE } from "./people.ts";

export interface FakeOptions {
  readonly messages: number;
  readonly conversations: number;
  readonly state: string;
}

export const ME = "ada";
const PAGE = 200;
const MINUTE_MS = 60_000;

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
export const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

const stateOf = (name: string): ConnectionState => {
  if (name === "offline") return { name, retryAt: Date.now() + 12_000, attempt: 3 };
  if (name === "connecting") return { name, attempt: 1 };
  if (name === "syncing") return { name };
  if (name === "replaced" || name === "unauthenticated") return { name: "stopped", reason: name };
  return { name: "online" };
};

/** Connecting, reading and sending, made up. */
export class FakeCore {
  readonly userId = ME;
  readonly deviceId = "fake";
  readonly rev = 1;
  state: ConnectionState;
  protected readonly handlers = new Map<keyof ClientEvents, Set<(payload: never) => void>>();
  protected readonly logs = new Map<ConversationId, ChatMessage[]>();
  protected readonly loaded = new Map<ConversationId, number>();
  protected readonly events = new Map<ConversationId, ConversationEvent[]>();
  protected rows: Conversation[];
  protected typists: readonly string[] = [];

  constructor({ messages, conversations, state }: FakeOptions) {
    this.state = stateOf(state);
    this.rows = Array.from({ length: conversations }, (_, index) => this.rowMade(index, index === 0 ? messages : 30));
  }

  protected rowMade(index: number, count: number): Conversation {
    const id = `c${index}`;
    const group = index % 3 === 0;
    const peer = `${pick(PEOPLE, index)}${index >= PEOPLE.length ? `-${index}` : ""}`;
    const log = Array.from({ length: count }, (_, at) =>
      this.messageMade(id, at + 2, count, group ? undefined : peer, index),
    );
    this.logs.set(id, log);
    const unread = index === 0 ? 5 : index % 4 === 1 ? index : 0;
    return {
      conversation_id: id,
      type: group ? "group" : "direct",
      name: group ? `${pick(GROUPS, index / 3)}${index > 12 ? ` ${index}` : ""}` : undefined,
      created_at: ago(90 * 86_400_000),
      region: "local",
      member_count: group ? 5 : 2,
      role: group && index === 0 ? "owner" : "member",
      epoch: 1,
      head_seq: count + 1,
      last_message: log.at(-1) as Conversation["last_message"],
      unread_count: unread,
      mention_count: 0,
      read_up_to: count + 1 - unread,
      delivered_up_to: count + 1,
      notify: "all",
      rev: 1,
      participants: [ME, ...(group ? PEOPLE.slice(0, 4) : [peer])].map((user) => ({
        user_id: user,
        role: user === ME && group ? "owner" : "member",
        joined_at: ago(90 * 86_400_000),
      })),
    };
  }

  protected messageMade(id: string, seq: number, count: number, peer: string | undefined, salt: number): ChatMessage {
    const turn = Math.floor(((seq * 7919) % 97) / 24);
    const recent = seq > count - 4;
    const sender = turn === 0 && !recent ? ME : (peer ?? pick(PEOPLE.slice(0, 4), turn + (seq >> 2)));
    const status = seq > count - 25 ? "delivered" : "read";
    return {
      conversation_id: id,
      message_id: `${id}M${String(seq).padStart(8, "0")}`,
      seq,
      sender_id: sender,
      type: "text",
      content: pick(LINES, seq * 5 + salt),
      timestamp: ago((count + 2 - seq) * 3.3 * MINUTE_MS + salt * 41 * MINUTE_MS),
      client_message_id: `${id}-${seq}`,
      ...(sender === ME ? { status } : {}),
      ...(seq % 41 === 0 ? { deleted_at: ago(0), content: "" } : {}),
      ...(seq % 37 === 0 ? { edited_at: ago(0) } : {}),
    };
  }

  protected emit<E extends keyof ClientEvents>(event: E, payload: ClientEvents[E]): void {
    for (const handler of this.handlers.get(event) ?? []) (handler as (payload: ClientEvents[E]) => void)(payload);
  }
  protected patch(id: ConversationId, part: Partial<Conversation>): void {
    this.rows = this.rows.map((row) => (row.conversation_id === id ? { ...row, ...part } : row));
    this.emit("conversations", undefined);
  }
  protected append(message: ChatMessage): void {
    const id = message.conversation_id;
    const log = (this.logs.get(id) ?? []).filter((one) => one.client_message_id !== message.client_message_id);
    this.logs.set(id, [...log, message]);
    this.loaded.set(id, (this.loaded.get(id) ?? PAGE) + 1);
    this.patch(id, { last_message: message as Conversation["last_message"] });
    this.emit("messages", { conversationId: id });
  }

  /** For trying things out from the console: `fakeClient.receive("c0", "hello")`. */
  receive(id: ConversationId, content: string): void {
    const row = this.conversation(id);
    const seq = (row?.head_seq ?? 0) + 1;
    const sender = row?.participants?.at(-1)?.user_id ?? "grace";
    const message = { ...this.messageMade(id, seq, seq, sender, 0), sender_id: sender, content, timestamp: ago(0) };
    this.patch(id, { head_seq: seq, unread_count: (row?.unread_count ?? 0) + 1 });
    this.append(message);
    this.emit("incoming", { conversationId: id, message });
  }
  setTyping(userIds: readonly string[]): void {
    this.typists = userIds;
    this.emit("typing", { conversationId: "c0", userIds });
  }
  setState(name: string): void {
    this.state = stateOf(name);
    this.emit("state", this.state);
  }

  async start(): Promise<void> {}
  async connect(): Promise<void> {
    this.setState("connecting");
    setTimeout(() => this.setState("online"), 800);
  }
  async close(): Promise<void> {}
  async destroy(): Promise<void> {}

  on<E extends keyof ClientEvents>(event: E, handler: (payload: ClientEvents[E]) => void): () => void {
    const handlers = this.handlers.get(event) ?? new Set();
    this.handlers.set(event, handlers.add(handler));
    return () => {
      handlers.delete(handler);
    };
  }
  conversations(): readonly Conversation[] {
    return this.rows;
  }
  conversation(id: ConversationId): Conversation | undefined {
    return this.rows.find((row) => row.conversation_id === id);
  }
  messages(id: ConversationId): readonly ChatMessage[] {
    return (this.logs.get(id) ?? []).slice(-(this.loaded.get(id) ?? PAGE));
  }
  timeline(id: ConversationId): readonly TimelineItem[] {
    const messages = this.messages(id);
    const from = messages[0]?.seq ?? 1;
    const items: TimelineItem[] = messages.map((message) => ({ kind: "message", message }));
    for (const entry of this.events.get(id) ?? []) if (entry.seq >= from) items.push({ kind: "event", entry });
    const place = (item: TimelineItem): number =>
      (item.kind === "event" ? item.entry.seq : item.message.seq) ?? Number.MAX_SAFE_INTEGER;
    return items.sort((a, b) => place(a) - place(b));
  }
  async loadOlder(id: ConversationId): Promise<{ more: boolean }> {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const loaded = (this.loaded.get(id) ?? PAGE) + PAGE;
    this.loaded.set(id, loaded);
    this.emit("messages", { conversationId: id });
    return { more: loaded < (this.logs.get(id)?.length ?? 0) };
  }
  async open(): Promise<void> {}
  leave(): void {}
  setActive(): void {}

  send(id: ConversationId, content: string, options: SendOptions = {}): Sending {
    const cmid = crypto.randomUUID();
    const pending: ChatMessage = {
      conversation_id: id,
      client_message_id: cmid,
      sender_id: ME,
      type: "text",
      content,
      timestamp: ago(0),
      status: "pending",
      reply_to: options.reply_to,
      thread_root: options.thread_root,
      mentions: options.mentions === undefined ? undefined : [...options.mentions],
      forwarded: options.forwarded,
      preview: options.preview,
    };
    this.append(pending);
    if (content.startsWith("/fail")) {
      const error = { code: "forbidden", message: "unable to send" } as const;
      setTimeout(() => this.append({ ...pending, status: "failed", error }), 200);
      return { message: pending, sent: Promise.reject(new Error("refused")) };
    }
    if (content.startsWith("/wait")) return { message: pending, sent: new Promise(() => undefined) };
    const seq = (this.conversation(id)?.head_seq ?? 0) + 1;
    const sent: ChatMessage = { ...pending, seq, message_id: `${id}M${String(seq).padStart(8, "0")}`, status: "sent" };
    this.patch(id, { head_seq: seq });
    setTimeout(() => this.append(sent), 200);
    setTimeout(() => this.append({ ...sent, status: "read" }), 1500);
    return { message: pending, sent: Promise.resolve(sent) };
  }
  retry(): void {}
  discard(id: ConversationId, cmid: string): boolean {
    this.logs.set(
      id,
      (this.logs.get(id) ?? []).filter((message) => message.client_message_id !== cmid),
    );
    this.emit("messages", { conversationId: id });
    return true;
  }
  markRead(id: ConversationId, upTo?: number): void {
    const row = this.conversation(id);
    if (row !== undefined)
      this.patch(id, {
        unread_count: Math.max(0, row.head_seq - (upTo ?? row.head_seq)),
        read_up_to: upTo ?? row.head_seq,
      });
  }
  typing(): void {}
  typingUsers(id: ConversationId): readonly string[] {
    return id === "c0" ? this.typists : [];
  }
  protected create({
    type,
    name,
    peers,
  }: {
    type: "direct" | "group" | "channel";
    name?: string;
    peers: readonly string[];
  }): Conversation {
    const base = this.rowMade(this.rows.length, 0);
    const participants = [ME, ...peers].map((user) => ({ user_id: user, role: "member", joined_at: ago(0) }) as const);
    const made: Conversation = {
      ...base,
      type,
      name,
      participants,
      member_count: participants.length,
      unread_count: 0,
    };
    this.rows = [made, ...this.rows];
    this.emit("conversations", undefined);
    return made;
  }
}
