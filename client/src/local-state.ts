import type { ConversationId, DeviceId, Rev, Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { LocalMessage, MessageStatus } from "./api.ts";
import { ConversationCopy } from "./conversation-copy.ts";
import { plainMessage } from "./conversation-row.ts";
import type { Emitter } from "./emitter.ts";
import type { LogState, OutboxRow, Store, StoreBatch, StoredMessage, StoreMeta } from "./store.ts";
import type { StoreWriter } from "./store-writer.ts";

/** Messages of one conversation that stay in memory when it is not on the screen. */
const WINDOW_MESSAGES = 500;
/** Read from the store at once: so much of so many conversations, the most recent. */
export const PAGE_MESSAGES = 50;
const PRELOADED_CONVERSATIONS = 30;

const activity = (row: Conversation): string => row.last_message?.timestamp ?? row.created_at;

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
  #heldRev: Rev = 0;
  readonly #behind = new Set<ConversationId>();
  #sorted: readonly Conversation[] | undefined;
  readonly #snapshots = new Map<ConversationId, readonly LocalMessage[]>();
  readonly #locals = new WeakMap<StoredMessage, LocalMessage>();

  constructor(store: Store, writer: StoreWriter, emitter: Emitter) {
    this.store = store;
    this.writer = writer;
    this.emitter = emitter;
  }

  get me(): UserId | undefined {
    return this.meta.userId;
  }

  /** Reads the store. Returns what the outbox holds. */
  async load(): Promise<readonly OutboxRow[]> {
    const { meta, conversations, logs, outbox } = await this.store.load();
    this.meta = meta;
    this.#heldRev = meta.rev;
    for (const row of conversations) this.rows.set(row.conversation_id, row);
    for (const log of logs) this.#adopt(log);
    const recent = this.conversations().slice(0, PRELOADED_CONVERSATIONS);
    await Promise.all(recent.map((row) => this.loadPage(row.conversation_id)));
    return outbox;
  }

  /** Forgets everything, after the store was emptied. */
  reset(): void {
    this.meta = { rev: 0 };
    this.#heldRev = 0;
    this.catchingUp = false;
    this.#sorted = undefined;
    for (const map of [this.rows, this.copies, this.opened, this.#behind, this.#snapshots]) map.clear();
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
    const stored = copy?.messages.map((message) => this.local(copy, message)) ?? [];
    const acknowledged = [...(copy?.acknowledged.values() ?? [])].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
    const messages = [...stored, ...acknowledged, ...this.outboxOf(id)];
    this.#snapshots.set(id, messages);
    return messages;
  }

  /** A stored message as an app shows it; the same object while nothing about it changes. */
  local(copy: ConversationCopy, message: StoredMessage): LocalMessage {
    const status = message.sender_id === this.me ? this.#status(copy, message.seq) : undefined;
    const known = this.#locals.get(message);
    if (known !== undefined && known.status === status) return known;
    const local: LocalMessage = { ...plainMessage(message), ...(status === undefined ? {} : { status }) };
    this.#locals.set(message, local);
    return local;
  }

  /** Messages changed that no store knows of: those of the outbox. */
  messagesChanged(id: ConversationId): void {
    this.#snapshots.delete(id);
    this.emitter.emit("messages", { conversationId: id });
  }

  /** Reads one more page of messages from the store. Says how many there were. */
  async loadPage(id: ConversationId): Promise<number> {
    const copy = this.copies.get(id);
    if (copy === undefined || copy.windowFrom <= copy.from) return 0;
    const { generation } = copy;
    // What was trimmed from memory may still be on its way into the store.
    await this.writer.settled();
    const page = await this.store.page(id, copy.windowFrom, PAGE_MESSAGES);
    if (copy.generation !== generation) return 0;
    copy.put(page.filter((message) => message.seq >= copy.from && message.seq < copy.windowFrom));
    copy.windowFrom = page.length < PAGE_MESSAGES ? copy.from : (page[0]?.seq ?? copy.from);
    if (page.length > 0) this.messagesChanged(id);
    return page.length;
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
      this.#snapshots.delete(id);
      const copy = this.copies.get(id);
      if (copy === undefined) continue;
      if (copy.behind) this.#behind.add(id);
      else this.#behind.delete(id);
      if (!this.opened.has(id)) copy.trim(WINDOW_MESSAGES);
    }
  }

  trim(id: ConversationId): void {
    this.copies.get(id)?.trim(WINDOW_MESSAGES);
    this.#snapshots.delete(id);
  }

  #status(copy: ConversationCopy, seq: Seq): MessageStatus {
    if (seq <= copy.othersRead) return "read";
    return seq <= copy.othersDelivered ? "delivered" : "sent";
  }

  #adopt(log: LogState): void {
    const copy = new ConversationCopy(log);
    const row = this.rows.get(log.conversation_id);
    if (row?.epoch === copy.epoch) copy.head = Math.max(copy.head, row.head_seq);
    if (copy.behind) this.#behind.add(copy.id);
    this.copies.set(copy.id, copy);
  }
}

/** What one frame, answer or call changes: collected, then stored whole and announced once. */
export class Change {
  readonly #state: LocalState;
  readonly #rows = new Set<ConversationId>();
  readonly #copies = new Set<ConversationId>();
  readonly #dropped = new Set<ConversationId>();
  readonly #announced = new Set<ConversationId>();
  #messages: StoredMessage[] = [];
  #rev: Rev = 0;
  #identity: { readonly userId?: UserId; readonly deviceId?: DeviceId } | undefined;

  constructor(state: LocalState) {
    this.#state = state;
  }

  row(row: Conversation): void {
    if (this.#state.rows.get(row.conversation_id) === row) return;
    this.#state.rows.set(row.conversation_id, row);
    this.#rows.add(row.conversation_id);
  }

  /** The copy's marks changed; with `show`, what an app sees of it too. */
  copy(copy: ConversationCopy, show = true): void {
    this.#copies.add(copy.id);
    if (show) this.#announced.add(copy.id);
  }

  messages(copy: ConversationCopy, messages: readonly StoredMessage[]): void {
    this.#messages.push(...messages);
    this.copy(copy, messages.length > 0);
  }

  /** The copy begins anew; its messages go. */
  restart(copy: ConversationCopy, epoch: number, from: Seq): void {
    copy.restart(epoch, from);
    this.#dropped.add(copy.id);
    this.#messages = this.#messages.filter((message) => message.conversation_id !== copy.id);
    this.copy(copy);
  }

  identity(userId: UserId, deviceId: DeviceId): void {
    this.#identity = { userId, deviceId };
  }

  /** A `sync` answer is in this change, whole: what it told needs no telling again. */
  syncedTo(rev: Rev): void {
    this.#rev = rev;
  }

  /** Resolves when stored. What apps see has changed before. */
  commit(): Promise<void> {
    const state = this.#state;
    state.touched(this.#rows, this.#copies);
    const rev = Math.max(this.#rev, state.settledRev());
    const metaChanged = this.#identity !== undefined || rev !== state.meta.rev;
    if (metaChanged) state.meta = { ...state.meta, ...this.#identity, rev };
    if (!metaChanged && this.#rows.size === 0 && this.#copies.size === 0) return Promise.resolve();
    const stored = state.writer.write(this.#batch(metaChanged));
    for (const conversationId of this.#announced) state.emitter.emit("messages", { conversationId });
    if (this.#rows.size > 0) state.emitter.emit("conversations", undefined);
    return stored;
  }

  #batch(metaChanged: boolean): StoreBatch {
    const state = this.#state;
    return {
      ...(metaChanged ? { meta: state.meta } : {}),
      dropped: [...this.#dropped],
      conversations: [...this.#rows].flatMap((id) => state.rows.get(id) ?? []),
      logs: [...this.#copies].flatMap((id) => state.copies.get(id)?.state() ?? []),
      messages: this.#messages,
    };
  }
}
