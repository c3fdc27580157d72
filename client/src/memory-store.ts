import type { ClientMessageId, ConversationId, MessageId, Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import { newestOf } from "./store-page.ts";
import type {
  LogState,
  OutboxRow,
  Store,
  StoreBatch,
  StoredEvent,
  StoredMessage,
  StoredPage,
  StoredPerson,
  StoreMeta,
  StoreSnapshot,
} from "./store.ts";

const innerOf = <T>(outer: Map<ConversationId, Map<Seq, T>>, id: ConversationId): Map<Seq, T> => {
  const inner = outer.get(id) ?? new Map<Seq, T>();
  outer.set(id, inner);
  return inner;
};

const below = <T extends { readonly seq: Seq }>(items: ReadonlyMap<Seq, T> | undefined, before: Seq): T[] =>
  [...(items?.values() ?? [])].filter((item) => item.seq < before).sort((a, b) => a.seq - b.seq);

class MemoryStore implements Store {
  #meta: StoreMeta = { rev: 0 };
  readonly #conversations = new Map<ConversationId, Conversation>();
  readonly #logs = new Map<ConversationId, LogState>();
  readonly #messages = new Map<ConversationId, Map<Seq, StoredMessage>>();
  readonly #events = new Map<ConversationId, Map<Seq, StoredEvent>>();
  readonly #outbox = new Map<ClientMessageId, OutboxRow>();
  readonly #people = new Map<UserId, StoredPerson>();

  async load(): Promise<StoreSnapshot> {
    return {
      meta: this.#meta,
      conversations: [...this.#conversations.values()],
      logs: [...this.#logs.values()],
      outbox: [...this.#outbox.values()],
      people: [...this.#people.values()],
    };
  }

  async apply(batch: StoreBatch): Promise<void> {
    if (batch.meta !== undefined) this.#meta = batch.meta;
    for (const id of batch.dropped ?? []) {
      this.#messages.delete(id);
      this.#events.delete(id);
    }
    for (const row of batch.conversations ?? []) this.#conversations.set(row.conversation_id, row);
    for (const log of batch.logs ?? []) this.#logs.set(log.conversation_id, log);
    for (const message of batch.messages ?? [])
      innerOf(this.#messages, message.conversation_id).set(message.seq, message);
    for (const event of batch.events ?? []) innerOf(this.#events, event.conversation_id).set(event.seq, event);
    for (const row of batch.outbox ?? []) this.#outbox.set(row.client_message_id, row);
    for (const id of batch.sent ?? []) this.#outbox.delete(id);
    for (const one of batch.people ?? []) this.#people.set(one.user_id, one);
  }

  async page(id: ConversationId, before: Seq, limit: number): Promise<StoredPage> {
    return newestOf(below(this.#messages.get(id), before), below(this.#events.get(id), before), limit);
  }

  async message(id: ConversationId, messageId: MessageId): Promise<StoredMessage | undefined> {
    for (const message of this.#messages.get(id)?.values() ?? []) if (message.message_id === messageId) return message;
    return undefined;
  }

  async clear(): Promise<void> {
    this.#meta = { rev: 0 };
    for (const map of [this.#conversations, this.#logs, this.#messages, this.#events]) map.clear();
    for (const map of [this.#outbox, this.#people]) map.clear();
  }

  async close(): Promise<void> {
    // Nothing is held open; what is in memory stays until the store itself is let go.
  }
}

/** A store that lives as long as the process: for Node, for tests, and where IndexedDB is refused. */
export const memoryStore = (): Store => new MemoryStore();
