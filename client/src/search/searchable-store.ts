import type { MessageId } from "../../../src/shared/ids.ts";
import { matches, parseQuery, traitsOf } from "../../../src/shared/search-query.ts";
import type { SearchQuery } from "../../../src/shared/search-query.ts";
import { wordsOf } from "../../../src/shared/search-words.ts";
import { ParleyError } from "../parley-error.ts";
import type { Store, StoreBatch, StoredMessage, StoreFound, StoreSearch, StoreSnapshot } from "../store.ts";
import { IndexedDbWords } from "./indexed-db-words.ts";
import { MemoryWordIndex } from "./word-index.ts";
import type { IndexedMessage, Name, Wanted, WordIndex } from "./word-index.ts";

export interface SearchableOptions {
  /** Of the database in the browser that has the index. Without one it is in memory, and made anew by each process. */
  readonly name?: string;
  /**
   * What a message says. Of an encrypted one: what it says when it is decrypted, `undefined` where that is not known. By
   * default nothing is known of those. The words of what it answers are in the index as they are.
   */
  readonly textOf?: (message: StoredMessage) => string | undefined | Promise<string | undefined>;
}

const PAGE = 200;
/** Messages that are looked at for one answer; for the rest it is asked again. */
const LOOKS_MAX = 500;
/** No word begins so. */
const ENCRYPTED = "_e";
const exactly = (word: string): Wanted => ({ word, prefix: false });

/** Each of these has to be there, in one of its forms. */
const wantedBy = ({ phrases, from, has }: SearchQuery, encrypted: boolean): readonly (readonly Wanted[])[] => [
  ...phrases.flatMap(({ words, prefix }) =>
    words.map((word, index) => [{ word, prefix: prefix && index === words.length - 1 }]),
  ),
  ...(from.length > 0 ? [from.map((user) => exactly(`_f:${user}`))] : []),
  ...has.map((trait) => [exactly(`_h:${trait}`)]),
  ...(encrypted ? [[exactly(ENCRYPTED)]] : []),
];

class SearchableStore implements Store {
  readonly #inner: Store;
  readonly #textOf: NonNullable<SearchableOptions["textOf"]>;
  #index: WordIndex;
  #logs: StoreSnapshot["logs"] = [];
  /** What changes the index goes one after the other. */
  #line: Promise<unknown> = Promise.resolve();
  readonly note?: (batch: StoreBatch) => void;
  readonly noted?: NonNullable<Store["noted"]>;

  constructor(inner: Store, { name, textOf }: SearchableOptions) {
    this.#inner = inner;
    this.#textOf = textOf ?? ((message) => (message.type === "encrypted" ? undefined : message.content));
    this.#index = name === undefined ? new MemoryWordIndex() : new IndexedDbWords(name);
    if (inner.note) this.note = (batch) => inner.note?.(batch);
    if (inner.noted) this.noted = () => inner.noted?.() ?? [];
  }

  async load(): Promise<StoreSnapshot> {
    const snapshot = await this.#inner.load();
    this.#logs = snapshot.logs;
    return snapshot;
  }

  /** The index first: what it says too much of is seen when a message is looked at, what it lacks is not. */
  apply(batch: StoreBatch): Promise<void> {
    return this.#inLine(async () => {
      const messages = await Promise.all((batch.messages ?? []).map((message) => this.#indexed(message)));
      await this.#onIndex((index) => index.put(messages, batch.dropped ?? []));
      await this.#inner.apply(batch);
    });
  }

  page(...asked: Parameters<Store["page"]>): ReturnType<Store["page"]> {
    return this.#inner.page(...asked);
  }

  message(...asked: Parameters<Store["message"]>): ReturnType<Store["message"]> {
    return this.#inner.message(...asked);
  }

  async search(text: string, { me, limit, before, encrypted = false }: StoreSearch): Promise<StoreFound> {
    const parsed = parseQuery(text, me);
    if (!parsed.ok) throw new ParleyError(parsed.refusal.code, parsed.refusal.message);
    await this.#fill();
    const names = await this.#candidates(parsed.value, encrypted, before);
    const results: StoredMessage[] = [];
    for (const [looked, [messageId, conversationId]] of names.entries()) {
      const message = await this.#inner.message(conversationId, messageId);
      if (message !== undefined && (await this.#fits(message, parsed.value))) results.push(message);
      const isEnough = results.length >= limit || looked + 1 >= LOOKS_MAX;
      if (isEnough && looked + 1 < names.length) return { results, rest: messageId };
    }
    return { results };
  }

  async clear(): Promise<void> {
    await this.#inLine(async () => {
      await this.#onIndex((index) => index.clear());
      this.#logs = [];
      await this.#inner.clear();
    });
  }

  async close(): Promise<void> {
    await this.#index.close();
    await this.#inner.close();
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#line.then(work, work);
    this.#line = done.catch(() => undefined);
    return done;
  }

  /** Where the browser gives no database, memory stands in for it: nobody is kept from his messages by that. */
  async #onIndex<T>(work: (index: WordIndex) => Promise<T>): Promise<T> {
    try {
      return await work(this.#index);
    } catch (error) {
      if (this.#index instanceof MemoryWordIndex) throw error;
      this.#index = new MemoryWordIndex();
      return work(this.#index);
    }
  }

  /** The newest first. */
  async #candidates(query: SearchQuery, encrypted: boolean, before: MessageId | undefined): Promise<readonly Name[]> {
    let names: readonly Name[] | undefined;
    for (const wanted of wantedBy(query, encrypted)) {
      const having = await this.#onIndex((index) => index.having(wanted));
      const known = names && new Set(names.map(([id]) => id));
      names = having.filter(([id]) => known?.has(id) ?? true);
    }
    const places = new Map((names ?? []).map((name) => [name[0], name]));
    return [...places.values()]
      .filter(([id, conversation]) => (before === undefined || id < before) && this.#isWithin(query, conversation))
      .sort(([a], [b]) => (a < b ? 1 : -1));
  }

  #isWithin({ within }: SearchQuery, conversation: string): boolean {
    return within.length === 0 || within.includes(conversation);
  }

  async #fits(message: StoredMessage, query: SearchQuery): Promise<boolean> {
    const { sender_id, type, timestamp } = message;
    const content = await this.#says(message);
    return content !== undefined && matches(query, { sender_id, type, content, at: Date.parse(timestamp) });
  }

  async #says(message: StoredMessage): Promise<string | undefined> {
    const { deleted_at, expired, expires_at } = message;
    const isGone =
      deleted_at !== undefined || expired || (expires_at !== undefined && Date.parse(expires_at) <= Date.now());
    return isGone ? undefined : this.#textOf(message);
  }

  async #indexed(message: StoredMessage): Promise<IndexedMessage> {
    const { conversation_id, message_id, sender_id, type } = message;
    const content = await this.#says(message);
    const traits = content === undefined ? [] : traitsOf({ type, content }).map((trait) => `_h:${trait}`);
    const marks = [`_f:${sender_id}`, ...traits, ...(type === "encrypted" ? [ENCRYPTED] : [])];
    const words = content === undefined ? [] : [...new Set([...marks, ...wordsOf(content)])];
    return { conversation_id, message_id, words };
  }

  /** Once: what was stored before there was an index. */
  async #fill(): Promise<void> {
    if (await this.#onIndex((index) => index.isComplete())) return;
    for (const { conversation_id: id } of this.#logs) {
      let before: number | undefined = Number.MAX_SAFE_INTEGER;
      while (before !== undefined) before = await this.#fillPage(id, before);
    }
    await this.#onIndex((index) => index.complete());
  }

  async #fillPage(id: string, before: number): Promise<number | undefined> {
    return this.#inLine(async () => {
      const { messages, events } = await this.#inner.page(id, before, PAGE);
      const indexed = await Promise.all(messages.map((message) => this.#indexed(message)));
      await this.#onIndex((index) => index.put(indexed, []));
      const lowest = Math.min(...[...messages, ...events].map(({ seq }) => seq));
      return messages.length + events.length < PAGE ? undefined : lowest;
    });
  }
}

/** A store that can be searched: the one that is given, with an index of the words of what is in it. */
export const searchableStore = (store: Store, options: SearchableOptions = {}): Store =>
  new SearchableStore(store, options);
