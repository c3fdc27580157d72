import type { ClientMessageId, ConversationId, MessageId, Seq } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { LogState, OutboxRow, Store, StoreBatch, StoredMessage, StoreMeta, StoreSnapshot } from "./store.ts";

class MemoryStore implements Store {
  #meta: StoreMeta = { rev: 0 };
  readonly #conversations = new Map<ConversationId, Conversation>();
  readonly #logs = new Map<ConversationId, LogState>();
  readonly #messages = new Map<ConversationId, Map<Seq, StoredMessage>>();
  readonly #outbox = new Map<ClientMessageId, OutboxRow>();

  async load(): Promise<StoreSnapshot> {
    return {
      meta: this.#meta,
      conversations: [...this.#conversations.values()],
      logs: [...this.#logs.values()],
      outbox: [...this.#outbox.values()],
    };
  }

  async apply(batch: StoreBatch): Promise<void> {
    if (batch.meta !== undefined) this.#meta = batch.meta;
    for (const id of batch.dropped ?? []) this.#messages.delete(id);
    for (const row of batch.conversations ?? []) this.#conversations.set(row.conversation_id, row);
    for (const log of batch.logs ?? []) this.#logs.set(log.conversation_id, log);
    for (const message of batch.messages ?? []) this.#of(message.conversation_id).set(message.seq, message);
    for (const row of batch.outbox ?? []) this.#outbox.set(row.client_message_id, row);
    for (const id of batch.sent ?? []) this.#outbox.delete(id);
  }

  async page(id: ConversationId, before: Seq, limit: number): Promise<readonly StoredMessage[]> {
    const found = [...(this.#messages.get(id)?.values() ?? [])].filter((message) => message.seq < before);
    return found.sort((a, b) => a.seq - b.seq).slice(-limit);
  }

  async message(id: ConversationId, messageId: MessageId): Promise<StoredMessage | undefined> {
    for (const message of this.#messages.get(id)?.values() ?? []) if (message.message_id === messageId) return message;
    return undefined;
  }

  async clear(): Promise<void> {
    this.#meta = { rev: 0 };
    for (const map of [this.#conversations, this.#logs, this.#messages, this.#outbox]) map.clear();
  }

  async close(): Promise<void> {
    // Nothing is held open; what is in memory stays until the store itself is let go.
  }

  #of(id: ConversationId): Map<Seq, StoredMessage> {
    const known = this.#messages.get(id);
    if (known !== undefined) return known;
    const messages = new Map<Seq, StoredMessage>();
    this.#messages.set(id, messages);
    return messages;
  }
}

/** A store that lives as long as the process: for Node, for tests, and where IndexedDB is refused. */
export const memoryStore = (): Store => new MemoryStore();
