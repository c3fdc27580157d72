import type { ConversationId, DeviceId, Rev, Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import type { LocalState } from "./local-state.ts";
import type { StoreBatch, StoredEvent, StoredMessage } from "./store.ts";

/** What one frame, answer or call changes: collected, then stored whole and announced once. */
export class Change {
  readonly #state: LocalState;
  readonly #rows = new Set<ConversationId>();
  readonly #copies = new Set<ConversationId>();
  readonly #dropped = new Set<ConversationId>();
  readonly #announced = new Set<ConversationId>();
  #messages: StoredMessage[] = [];
  #events: StoredEvent[] = [];
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

  events(copy: ConversationCopy, events: readonly StoredEvent[]): void {
    this.#events.push(...events);
    this.copy(copy, events.length > 0);
  }

  /** The copy begins anew; its messages and events go. */
  restart(copy: ConversationCopy, epoch: number, from: Seq): void {
    copy.restart(epoch, from);
    this.#dropped.add(copy.id);
    this.#messages = this.#messages.filter((message) => message.conversation_id !== copy.id);
    this.#events = this.#events.filter((event) => event.conversation_id !== copy.id);
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
    state.onMessages(this.#messages);
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
      events: this.#events,
    };
  }
}
