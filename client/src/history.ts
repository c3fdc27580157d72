import type { ConversationId, Seq } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import { withLast } from "./conversation-row.ts";
import { PAGE_MESSAGES } from "./local-state.ts";
import type { LocalState } from "./local-state.ts";
import type { Outbox } from "./outbox.ts";
import { ParleyError } from "./parley-error.ts";
import { learnReceipts, withPageReceipts, withReceipts } from "./receipts.ts";
import type { Rest } from "./rest.ts";
import type { StoredMessage } from "./store.ts";

interface Page {
  readonly messages: readonly Message[];
  readonly next_cursor?: string;
}

const paged = (message: Message): StoredMessage => Object.assign({ paged: true as const }, message);

export interface HistoryDeps {
  readonly state: LocalState;
  readonly rest: Rest;
  readonly outbox: Outbox;
  readonly online: () => boolean;
  readonly applyRow: (row: Conversation) => void;
}

/** Fewer than this do not fill a screen. */
const SCREEN_MESSAGES = 20;

export const pathOf = (id: ConversationId): string => `/conversations/${encodeURIComponent(id)}`;

/** Reads what the log did not bring: older pages, receipts of what was sent before, single messages, rows. */
export class History {
  readonly #deps: HistoryDeps;
  readonly #loading = new Map<ConversationId, Promise<{ more: boolean }>>();

  constructor(deps: HistoryDeps) {
    this.#deps = deps;
  }

  /** One older page, from the store while it has one, else from the server. */
  older(id: ConversationId): Promise<{ more: boolean }> {
    const known = this.#loading.get(id);
    if (known !== undefined) return known;
    const loading = this.#older(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  /** What a screen that shows the conversation needs: its row, its newest page, its ticks. */
  async opened(id: ConversationId): Promise<void> {
    const { state } = this.#deps;
    const copy = state.copies.get(id) ?? (await this.#fetchCopy(id));
    if (copy === undefined) return;
    if (copy.messages.length < PAGE_MESSAGES) await state.loadPage(id);
    if (!this.#deps.online()) return;
    if (copy.messages.length < SCREEN_MESSAGES && copy.from > 1) await this.older(id);
    else await this.#refreshReceipts(copy);
  }

  /** The row of a conversation that is not in the list yet. */
  async row(id: ConversationId): Promise<void> {
    this.#deps.applyRow(await this.#deps.rest.call<Conversation>({ method: "GET", path: pathOf(id) }));
  }

  /** Messages as they stand now, where the log alone does not tell. */
  async refresh(copy: ConversationCopy, seqs: readonly Seq[]): Promise<void> {
    for (const seq of seqs) {
      const { messages } = await this.#page(copy.id, seq + 1, 1);
      this.#put(copy, messages.filter((message) => message.seq === seq).map(paged));
    }
  }

  async #older(id: ConversationId): Promise<{ more: boolean }> {
    const { state, outbox } = this.#deps;
    const copy = state.copies.get(id) ?? (await this.#fetchCopy(id));
    if (copy === undefined) throw new ParleyError("not_found", "unable to load older messages; not connected");
    if ((await state.loadPage(id)) > 0 || copy.from <= 1) return { more: copy.windowFrom > 1 };
    const { generation, from } = copy;
    const { messages, next_cursor } = await this.#page(id, from, PAGE_MESSAGES);
    // The log began anew meanwhile: the page belongs to what was.
    if (copy.generation !== generation || copy.from !== from) return { more: true };
    const older = messages.filter((message) => message.seq < from);
    const complete = older.length === 0 || (messages.length < PAGE_MESSAGES && next_cursor === undefined);
    copy.from = complete ? 1 : Math.min(...older.map((message) => message.seq));
    copy.windowFrom = copy.from;
    for (const { client_message_id, sender_id, ...rest } of older) {
      if (sender_id === state.me && client_message_id !== undefined) outbox.accepted({ ...rest, client_message_id });
    }
    this.#put(copy, older.map(paged));
    return { more: copy.from > 1 };
  }

  async #fetchCopy(id: ConversationId): Promise<ConversationCopy | undefined> {
    if (!this.#deps.online()) return undefined;
    await this.row(id);
    return this.#deps.state.copies.get(id);
  }

  /** What others received and read while this device was away has no frame of its own. */
  async #refreshReceipts(copy: ConversationCopy): Promise<void> {
    const { state } = this.#deps;
    const newest = copy.messages.findLast((message) => message.sender_id === state.me);
    if (newest === undefined || newest.seq <= copy.othersRead) return;
    const { generation } = copy;
    const { messages } = await this.#page(copy.id, newest.seq + 1, PAGE_MESSAGES);
    if (copy.generation !== generation) return;
    const rose = learnReceipts(copy, messages, state.me);
    const changed = withPageReceipts(copy, messages);
    if (rose || changed.length > 0) this.#put(copy, changed);
  }

  #put(copy: ConversationCopy, messages: readonly StoredMessage[]): void {
    const { state } = this.#deps;
    const change = state.begin();
    copy.put(messages);
    learnReceipts(copy, messages, state.me);
    change.messages(copy, messages);
    change.copy(copy);
    const row = state.rows.get(copy.id);
    if (row !== undefined) {
      const shown = messages.reduce((before, message) => withLast(before, message), row);
      change.row(withReceipts(shown, copy, state.me));
    }
    void change.commit();
  }

  #page(id: ConversationId, before: Seq, limit: number): Promise<Page> {
    return this.#deps.rest.call<Page>({ method: "GET", path: `${pathOf(id)}/messages`, query: { before, limit } });
  }
}
