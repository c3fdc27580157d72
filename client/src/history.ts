import type { ConversationId, MessageId, Seq } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import { recounted, withLast } from "./conversation-row.ts";
import { eventOf, isEvent } from "./fold.ts";
import type { Known } from "./known.ts";
import { PAGE_MESSAGES } from "./local-state.ts";
import type { LocalState } from "./local-state.ts";
import type { Outbox } from "./outbox.ts";
import { ParleyError } from "./parley-error.ts";
import { learnReceipts, withPageReceipts, withReceipts } from "./receipts.ts";
import type { Rest } from "./rest.ts";
import type { StoredEvent, StoredMessage } from "./store.ts";
import { paged, unreadReplies, withThreadRead } from "./thread-fold.ts";

interface MessagePage {
  readonly messages: readonly Message[];
  readonly next_cursor?: string;
}

export interface HistoryDeps {
  readonly state: LocalState;
  readonly rest: Rest;
  readonly outbox: Outbox;
  readonly online: () => boolean;
  readonly applyRow: (row: Conversation) => void;
  readonly known: Known;
  /** Asks for what a copy is missing. */
  readonly fill: (copy: ConversationCopy) => void;
}

/** Fewer than this do not fill a screen. */
const SCREEN_MESSAGES = 20;

/** Reads of the log for the events between the messages of one page. */
const EVENT_READS = 4;

export const pathOf = (id: ConversationId): string => `/conversations/${encodeURIComponent(id)}`;

/** A message as the server told it, with what only this device knows of it. */
const retold = (before: StoredMessage, message: StoredMessage): StoredMessage => {
  if (message.deleted_at === undefined && (before.deleted_at !== undefined || before.expired === true)) return before;
  return before.threadRead === undefined ? message : { ...message, threadRead: before.threadRead };
};

/** Reads what the log did not bring: older pages, receipts of what was sent before, single messages, rows. */
export class History {
  readonly #deps: HistoryDeps;
  readonly #loading = new Map<ConversationId, Promise<{ more: boolean }>>();
  readonly #refreshing = new Set<MessageId>();
  /** Changed while they were being asked for. */
  readonly #again = new Set<MessageId>();

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

  /** What a screen that shows the conversation needs: its row, its newest page, its ticks, its threads' counts. */
  async opened(id: ConversationId): Promise<void> {
    const { state } = this.#deps;
    const copy = state.copies.get(id) ?? (await this.#fetchCopy(id));
    if (copy === undefined) return;
    if (copy.messages.length < PAGE_MESSAGES) await state.loadPage(id);
    if (!this.#deps.online()) return;
    // Of a channel nothing came while it was not on the screen.
    if (state.rows.get(id)?.type === "channel") {
      await this.row(id);
      this.#deps.fill(copy);
    }
    if (copy.messages.length < SCREEN_MESSAGES && copy.from > 1) await this.older(id);
    else await this.#refreshReceipts(copy);
    if (copy.messages.some((message) => (message.thread?.unread ?? 0) > 0)) await this.threads(id);
  }

  /** The row of a conversation that is not in the list yet. */
  async row(id: ConversationId): Promise<void> {
    this.#deps.applyRow(await this.#deps.rest.call<Conversation>({ method: "GET", path: pathOf(id) }));
  }

  /** Messages as they stand now, where the log alone does not tell. Of those that are not here nothing is asked. */
  async refresh(copy: ConversationCopy, ids: readonly MessageId[]): Promise<void> {
    for (const id of ids) {
      if (this.#refreshing.has(id)) this.#again.add(id);
      else if ((await this.#deps.known.find(copy, id)) !== undefined) await this.#refresh(copy, id);
    }
  }

  /** The messages that threads hang on, as the server has them. Their counts here follow. */
  async threads(id: ConversationId): Promise<readonly Message[]> {
    const { state, rest, known } = this.#deps;
    const copy = state.copies.get(id);
    const asked = copy?.upTo ?? 0;
    const { messages } = await rest.call<MessagePage>({ method: "GET", path: `${pathOf(id)}/threads` });
    const again: MessageId[] = [];
    for (const { message_id, thread } of copy === undefined ? [] : messages) {
      if (copy?.byId(message_id) === undefined || thread === undefined) continue;
      await known.update(copy, message_id, (before) => {
        const told = { ...before, thread, threadTold: thread.last_reply_at ?? "" };
        const { messages: current, stale } = copy.broughtUp([told], asked, state.me);
        again.push(...stale);
        return this.#marked(copy, current[0] ?? told);
      });
    }
    if (copy !== undefined && again.length > 0) await this.refresh(copy, again);
    return messages;
  }

  /** One message of the server's. */
  message(id: ConversationId, messageId: MessageId): Promise<Message> {
    const path = `${pathOf(id)}/messages/${encodeURIComponent(messageId)}`;
    return this.#deps.rest.call<Message>({ method: "GET", path });
  }

  async #refresh(copy: ConversationCopy, id: MessageId): Promise<void> {
    this.#refreshing.add(id);
    try {
      do {
        this.#again.delete(id);
        const { generation, upTo: asked } = copy;
        const fetched = paged(await this.message(copy.id, id));
        if (copy.generation !== generation) return;
        const { messages, stale } = copy.broughtUp([fetched], asked, this.#deps.state.me);
        const standing = messages[0] ?? fetched;
        if (stale.length > 0) this.#again.add(id);
        const after = await this.#deps.known.update(copy, id, (before) => this.#marked(copy, retold(before, standing)));
        if (after !== undefined) this.#shown(copy, [after]);
      } while (this.#again.has(id));
    } catch (error) {
      // It is gone, and the entry that says so is on its way.
      if (!(error instanceof ParleyError) || error.code !== "not_found") throw error;
    } finally {
      this.#refreshing.delete(id);
      this.#again.delete(id);
    }
  }

  /** A message with what was read of its thread here, and the server may not know. */
  #marked(copy: ConversationCopy, message: StoredMessage): StoredMessage {
    const mark = copy.threadMarks.get(message.message_id);
    if (mark === undefined) return message;
    const read = Math.max(mark, message.threadRead ?? 0);
    return withThreadRead(message, read, unreadReplies(copy, message.message_id, read, 0, this.#deps.state.me));
  }

  async #older(id: ConversationId): Promise<{ more: boolean }> {
    const { state, outbox } = this.#deps;
    const copy = state.copies.get(id) ?? (await this.#fetchCopy(id));
    if (copy === undefined) throw new ParleyError("not_found", "unable to load older messages; not connected");
    const read = await state.loadPage(id);
    if (read > 0 || copy.from <= 1 || copy.windowFrom > copy.from) return { more: copy.windowFrom > 1 };
    const { generation, from, upTo: asked } = copy;
    const { messages, next_cursor } = await this.#page(id, from, PAGE_MESSAGES);
    const older = messages.filter((message) => message.seq < from);
    const complete = older.length === 0 || next_cursor === undefined;
    const reached = complete ? 1 : Math.min(...older.map((message) => message.seq));
    const events = await this.#events(id, reached, from, older.length);
    // The log began anew meanwhile, or was let go of: the page belongs to what was.
    if (copy.generation !== generation || copy.from !== from || copy.windowFrom !== from) return { more: true };
    const { messages: current, stale } = copy.broughtUp(older.map(paged), asked, state.me);
    copy.from = reached;
    copy.putOlder({ messages: current, events }, reached);
    for (const { client_message_id, sender_id, ...rest } of older) {
      if (sender_id === state.me && client_message_id !== undefined) outbox.accepted({ ...rest, client_message_id });
    }
    const change = state.begin();
    change.events(copy, events);
    this.#put(copy, current, change);
    if (stale.length > 0) await this.refresh(copy, stale);
    return { more: copy.from > 1 };
  }

  /** The events of `from`…`before`, where there is room for any besides `messages`. */
  async #events(id: ConversationId, from: Seq, before: Seq, messages: number): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    if (before - from === messages) return events;
    let after = from - 1;
    for (let reads = 0; reads < EVENT_READS && after < before - 1; reads++) {
      const { entries } = await this.#deps.rest.call<{ readonly entries: readonly Entry[] }>({
        method: "GET",
        path: `${pathOf(id)}/log`,
        query: { after, limit: Math.min(LIMITS.pageMax, before - 1 - after) },
      });
      const older = entries.filter((entry) => entry.seq < before);
      events.push(...older.filter(isEvent).map((entry) => eventOf(id, entry)));
      const last = entries.at(-1)?.seq;
      if (last === undefined) break;
      after = last;
    }
    return events;
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
    if (!rose && changed.length === 0) return;
    copy.put(changed);
    this.#put(copy, changed);
  }

  /** Stores messages that are in the copy, and shows what they tell. */
  #put(copy: ConversationCopy, messages: readonly StoredMessage[], change = this.#deps.state.begin()): void {
    change.messages(copy, messages);
    change.copy(copy);
    this.#shown(copy, messages, change);
  }

  #shown(copy: ConversationCopy, messages: readonly StoredMessage[], change = this.#deps.state.begin()): void {
    const { state } = this.#deps;
    if (learnReceipts(copy, messages, state.me)) change.copy(copy);
    const row = state.rows.get(copy.id);
    if (row !== undefined) {
      const shown = messages.reduce((before, message) => withLast(before, message), row);
      change.row(withReceipts(recounted(shown, copy, state.me), copy, state.me));
    }
    void change.commit();
  }

  #page(id: ConversationId, before: Seq, limit: number): Promise<MessagePage> {
    return this.#deps.rest.call<MessagePage>({
      method: "GET",
      path: `${pathOf(id)}/messages`,
      query: { before, limit },
    });
  }
}
