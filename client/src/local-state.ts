import type { ConversationId, Rev, Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { LocalMessage, MessageStatus, TimelineItem } from "./api.ts";
import { Change } from "./change.ts";
import { ConversationCopy } from "./conversation-copy.ts";
import { plainMessage } from "./conversation-row.ts";
import type { Emitter } from "./emitter.ts";
import { hasExpired, overlaid } from "./fold.ts";
import type {
  LogState,
  OutboxRow,
  Store,
  StoredEvent,
  StoredMessage,
  StoredPerson,
  StoreMeta,
  StoreSnapshot,
} from "./store.ts";
import type { StoreWriter } from "./store-writer.ts";

/** Messages of one conversation that stay in memory when it is not on the screen. */
const WINDOW_MESSAGES = 500;
/** Read from the store at once: so much of so many conversations, the most recent. */
export const PAGE_MESSAGES = 50;
const PRELOADED_CONVERSATIONS = 30;

const activity = (row: Conversation): string => row.last_message?.timestamp ?? row.created_at;

const statusIn = (copy: ConversationCopy, seq: Seq): MessageStatus => {
  if (seq <= copy.othersRead) return "read";
  return seq <= copy.othersDelivered ? "delivered" : "sent";
};

/** Everything the client knows, in memory; written to the store by `Change`s. */
export class LocalState {
  readonly store: Store;
  readonly writer: StoreWriter;
  readonly emitter: Emitter;
  readonly rows = new Map<ConversationId, Conversation>();
  readonly copies = new Map<ConversationId, ConversationCopy>();
  /** On the screen. */
  readonly opened = new Set<ConversationId>();
  meta: StoreMeta = { rev: 0 };
  /** While catching up, `rev` waits: a higher one of a live frame would skip what is yet to come. */
  catchingUp = false;
  /** Own messages that wait in the outbox, as an app shows them. */
  outboxOf: (id: ConversationId) => readonly LocalMessage[] = () => [];
  /** Own changes to messages that wait there. */
  actionsOf: (id: ConversationId) => readonly OutboxRow[] = () => [];
  /** Messages came into memory out of the store. */
  onMessages: (messages: readonly StoredMessage[]) => void = () => undefined;
  /** People whom the store knows. */
  onPeople: (people: readonly StoredPerson[]) => void = () => undefined;
  #heldRev: Rev = 0;
  readonly #behind = new Set<ConversationId>();
  #sorted: readonly Conversation[] | undefined;
  readonly #snapshots = new Map<ConversationId, readonly LocalMessage[]>();
  readonly #timelines = new Map<ConversationId, readonly TimelineItem[]>();
  readonly #overlays = new Map<ConversationId, ReadonlyMap<string, readonly OutboxRow[]>>();
  readonly #locals = new WeakMap<StoredMessage, LocalMessage>();
  readonly #items = new WeakMap<LocalMessage | StoredEvent, TimelineItem>();

  constructor(store: Store, writer: StoreWriter, emitter: Emitter) {
    this.store = store;
    this.writer = writer;
    this.emitter = emitter;
  }

  get me(): UserId | undefined {
    return this.meta.userId;
  }

  /** Reads the store. Returns it, for what the outbox holds. */
  async load(): Promise<StoreSnapshot> {
    const snapshot = await this.store.load();
    const { meta, conversations, logs, people } = snapshot;
    this.meta = meta;
    this.#heldRev = meta.rev;
    for (const row of conversations) this.rows.set(row.conversation_id, row);
    for (const log of logs) this.#adopt(log);
    this.onPeople(people);
    const recent = this.conversations().slice(0, PRELOADED_CONVERSATIONS);
    await Promise.all(recent.map((row) => this.loadPage(row.conversation_id)));
    return snapshot;
  }

  /** Forgets everything, after the store was emptied. */
  reset(): void {
    this.meta = { rev: 0 };
    this.#heldRev = 0;
    this.catchingUp = false;
    this.#sorted = undefined;
    for (const map of [this.rows, this.copies, this.opened, this.#behind]) map.clear();
    for (const map of [this.#snapshots, this.#timelines, this.#overlays]) map.clear();
  }

  /** Newest activity first; the same list until something changes. */
  conversations(): readonly Conversation[] {
    this.#sorted ??= [...this.rows.values()].sort(
      (a, b) => activity(b).localeCompare(activity(a)) || a.conversation_id.localeCompare(b.conversation_id),
    );
    return this.#sorted;
  }

  /** Oldest first, the outbox last; the same list until something changes. */
  messages(id: ConversationId): readonly LocalMessage[] {
    const known = this.#snapshots.get(id);
    if (known !== undefined) return known;
    const copy = this.copies.get(id);
    const stored = copy?.messages.filter((message) => !hasExpired(message)) ?? [];
    const acknowledged = [...(copy?.acknowledged.values() ?? [])].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
    const messages = [
      ...stored.map((message) => this.local(message)),
      ...[...acknowledged, ...this.outboxOf(id)].map((message) => this.#overlay(message)),
    ];
    this.#snapshots.set(id, messages);
    return messages;
  }

  /** The same with the events in between. */
  timeline(id: ConversationId): readonly TimelineItem[] {
    const known = this.#timelines.get(id);
    if (known !== undefined) return known;
    const items: TimelineItem[] = [];
    const events = [...(this.copies.get(id)?.events ?? [])];
    let next = 0;
    for (const message of this.messages(id)) {
      const { seq = Number.MAX_SAFE_INTEGER } = message;
      for (let event = events[next]; event !== undefined && event.seq < seq; event = events[++next])
        items.push(this.#item(event, { kind: "event", entry: event }));
      items.push(this.#item(message, { kind: "message", message }));
    }
    items.push(...events.slice(next).map((event) => this.#item(event, { kind: "event", entry: event })));
    this.#timelines.set(id, items);
    return items;
  }

  /** A stored message as an app shows it; the same object while nothing about it changes. */
  local(message: StoredMessage): LocalMessage {
    const copy = this.copies.get(message.conversation_id);
    const status = message.sender_id === this.me && copy !== undefined ? statusIn(copy, message.seq) : undefined;
    const known = this.#locals.get(message);
    if (known !== undefined && known.status === status) return this.#overlay(known);
    const local: LocalMessage = { ...plainMessage(message), ...(status === undefined ? {} : { status }) };
    this.#locals.set(message, local);
    return this.#overlay(local);
  }

  /** Whether the user is no member any more. */
  ended(id: ConversationId): boolean {
    return this.rows.get(id)?.left_at !== undefined;
  }

  /** A channel that is not on the screen: its entries are not pushed, and nobody misses them. */
  sleeping(id: ConversationId): boolean {
    return this.rows.get(id)?.type === "channel" && !this.opened.has(id);
  }

  /** Messages changed that no store knows of: those of the outbox. */
  messagesChanged(id: ConversationId): void {
    this.#forget(id);
    this.emitter.emit("messages", { conversationId: id });
  }

  /** Reads one more page from the store. Says how many messages and events there were. */
  async loadPage(id: ConversationId): Promise<number> {
    const copy = this.copies.get(id);
    if (copy === undefined || copy.windowFrom <= copy.from) return 0;
    const { generation } = copy;
    // What was trimmed from memory may still be on its way into the store.
    await this.writer.settled();
    const { windowFrom } = copy;
    const page = await this.store.page(id, windowFrom, PAGE_MESSAGES);
    if (copy.generation !== generation || copy.windowFrom !== windowFrom) return 0;
    const count = page.messages.length + page.events.length;
    const oldest = Math.min(...[page.messages[0], page.events[0]].flatMap((item) => item?.seq ?? []));
    const known = (item: StoredMessage | StoredEvent): boolean => item.seq >= copy.from;
    const from = count < PAGE_MESSAGES ? copy.from : Math.max(oldest, copy.from);
    copy.putOlder({ messages: page.messages.filter(known), events: page.events.filter(known) }, from);
    this.onMessages(page.messages);
    if (count > 0) this.messagesChanged(id);
    return count;
  }

  begin(): Change {
    return new Change(this);
  }

  holdRev(rev: Rev): void {
    this.#heldRev = Math.max(this.#heldRev, rev);
  }

  /** `rev` as far as nothing before it is missing. */
  settledRev(): Rev {
    return this.catchingUp || this.#behind.size > 0 ? this.meta.rev : Math.max(this.meta.rev, this.#heldRev);
  }

  /** Used by a change: what it touched is read anew, and trimmed where nobody looks. */
  touched(rows: ReadonlySet<ConversationId>, copies: ReadonlySet<ConversationId>): void {
    if (rows.size > 0) this.#sorted = undefined;
    for (const id of copies) {
      this.#forget(id);
      const copy = this.copies.get(id);
      if (copy === undefined) continue;
      this.#minds(copy);
      if (!this.opened.has(id)) copy.trim(WINDOW_MESSAGES);
    }
  }

  /** It is on the screen no more. */
  trim(id: ConversationId): void {
    const copy = this.copies.get(id);
    if (copy === undefined) return;
    this.#minds(copy);
    copy.trim(WINDOW_MESSAGES);
    this.#forget(id);
  }

  #minds(copy: ConversationCopy): void {
    if (copy.behind && !this.sleeping(copy.id)) this.#behind.add(copy.id);
    else this.#behind.delete(copy.id);
  }

  #forget(id: ConversationId): void {
    for (const map of [this.#snapshots, this.#timelines, this.#overlays]) map.delete(id);
  }

  #item(of: LocalMessage | StoredEvent, made: TimelineItem): TimelineItem {
    const item = this.#items.get(of) ?? made;
    this.#items.set(of, item);
    return item;
  }

  /** A message with one's own changes that the log does not hold yet. */
  #overlay(message: LocalMessage): LocalMessage {
    const overlays = this.#overlaysOf(message.conversation_id);
    if (overlays.size === 0) return message;
    const rows = overlays.get(message.message_id ?? "") ?? overlays.get(message.client_message_id ?? "");
    return rows === undefined ? message : overlaid(message, rows);
  }

  #overlaysOf(id: ConversationId): ReadonlyMap<string, readonly OutboxRow[]> {
    const known = this.#overlays.get(id);
    if (known !== undefined) return known;
    const acknowledged = [...(this.copies.get(id)?.changing.values() ?? [])];
    const overlays = Map.groupBy([...acknowledged, ...this.actionsOf(id)], ({ action }) => action?.target ?? "");
    this.#overlays.set(id, overlays);
    return overlays;
  }

  #adopt(log: LogState): void {
    const copy = new ConversationCopy(log);
    const row = this.rows.get(log.conversation_id);
    if (row?.epoch === copy.epoch) copy.head = Math.max(copy.head, row.head_seq);
    this.copies.set(copy.id, copy);
    this.#minds(copy);
  }
}
