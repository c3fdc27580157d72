import type { ClientMessageId, ConversationId, UserId } from "../../../src/shared/ids.ts";
import type { LocalMessage, SendOptions, Sending } from "../api.ts";
import type { Environment } from "../environment.ts";
import type { OutboxJournal } from "../outbox-journal.ts";
import { checkSize, itemOf } from "../outbox-item.ts";
import type { OutboxRow } from "../store.ts";
import { uuidV7 } from "../uuid.ts";

export interface TabOutboxDeps {
  readonly environment: Environment;
  readonly journal: OutboxJournal;
  /** Hands it to the leader, whoever that will be: resolves when the server has it. */
  readonly put: (row: OutboxRow) => Promise<LocalMessage>;
  readonly changed: (id: ConversationId) => void;
}

/** Messages that this tab wrote and the leader does not show yet: written down before they are shown. */
export class TabOutbox {
  readonly #deps: TabOutboxDeps;
  readonly #waiting = new Map<ClientMessageId, LocalMessage>();
  #order = 0;
  /** Changes with what waits. */
  version = 0;

  constructor(deps: TabOutboxDeps) {
    this.#deps = deps;
  }

  add(me: UserId, conversation_id: ConversationId, content: string, options: SendOptions): Sending {
    const { environment, journal, put } = this.#deps;
    const now = environment.now();
    this.#order = Math.max(this.#order + 1, now);
    const client_message_id = uuidV7(now);
    const created_at = new Date(now).toISOString();
    const row: OutboxRow = { client_message_id, conversation_id, order: this.#order, content, options, created_at };
    checkSize(row);
    journal.put(row);
    const { local } = itemOf(row, me);
    this.#waiting.set(client_message_id, local);
    this.version++;
    const sent = put(row).finally(() => this.#shown(client_message_id));
    // An app that shows the status need not wait for the promise.
    sent.catch(() => undefined);
    this.#deps.changed(conversation_id);
    return { message: local, sent };
  }

  /** Those of a conversation that are not in `items`, which is what the leader shows. */
  beyond(id: ConversationId, items: readonly LocalMessage[]): readonly LocalMessage[] {
    const mine = [...this.#waiting.values()].filter((message) => message.conversation_id === id);
    if (mine.length === 0) return mine;
    const shown = new Set(items.map((message) => message.client_message_id));
    for (const { client_message_id } of mine) if (shown.has(client_message_id)) this.#shown(client_message_id);
    return mine.filter((message) => !shown.has(message.client_message_id));
  }

  clear(): void {
    this.#waiting.clear();
    this.version++;
  }

  #shown(id: ClientMessageId | undefined): void {
    if (id !== undefined && this.#waiting.delete(id)) this.version++;
  }
}
