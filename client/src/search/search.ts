import type { ConversationId } from "../../../src/shared/ids.ts";
import type { LocalMessage, ParleyClient } from "../api.ts";

export interface SearchingOptions {
  readonly conversationId?: ConversationId;
  /** How many at a time. */
  readonly limit?: number;
}

/** One of the two places where messages are found, the newest first. */
interface Source {
  readonly found: LocalMessage[];
  done: boolean;
  fetch(): Promise<void>;
}

const SHOWN = 30;
/** Pages without a result that are asked for before what there is is shown. */
const EMPTY_MAX = 8;
const idOf = ({ message_id: id = "" }: LocalMessage): string => id;

/**
 * A search in everything that a user may read: the server's results and, between them, what only this device can
 * read. Without the server: what this device has.
 */
export class Search {
  readonly #client: Pick<ParleyClient, "search" | "searchHere">;
  readonly #query: string;
  readonly #options: SearchingOptions;
  readonly #limit: number;
  readonly #there: Source;
  readonly #here: Source;
  readonly #incomplete = new Set<ConversationId>();
  #cursor: string | undefined;
  #rest: string | undefined;
  #offline: unknown;
  #asked = false;

  constructor(client: Pick<ParleyClient, "search" | "searchHere">, query: string, options: SearchingOptions = {}) {
    this.#client = client;
    this.#query = query;
    this.#options = options;
    this.#limit = options.limit ?? SHOWN;
    this.#there = { found: [], done: false, fetch: () => this.#askServer() };
    this.#here = { found: [], done: false, fetch: () => this.#askStore() };
  }

  /** Nothing more is to be found. */
  get done(): boolean {
    return [this.#there, this.#here].every(({ found, done }) => done && found.length === 0);
  }

  /** Conversations that could not be asked: what they have is missing. */
  get incomplete(): readonly ConversationId[] {
    return [...this.#incomplete];
  }

  /** The server was not reached: why. What is found is what this device has. */
  get offline(): unknown {
    return this.#offline;
  }

  /** The next ones. Rejects when neither could be asked; may be tried again. */
  async more(): Promise<readonly LocalMessage[]> {
    const shown: LocalMessage[] = [];
    for (let empty = 0; shown.length < this.#limit && empty < EMPTY_MAX;) {
      const short = [this.#there, this.#here].filter(({ found, done }) => !done && found.length === 0);
      if (short.length > 0) {
        await Promise.all(short.map((source) => source.fetch()));
        empty += 1;
        continue;
      }
      const next = this.#next();
      if (next === undefined) return shown;
      shown.push(next);
    }
    return shown;
  }

  /** The newer of the two; what both have once. */
  #next(): LocalMessage | undefined {
    const [there, here] = [this.#there.found[0], this.#here.found[0]];
    if (there === undefined || here === undefined) return (there ? this.#there : this.#here).found.shift();
    if (idOf(there) === idOf(here)) this.#here.found.shift();
    return (idOf(there) >= idOf(here) ? this.#there : this.#here).found.shift();
  }

  async #askServer(): Promise<void> {
    const { conversationId } = this.#options;
    const options = {
      limit: this.#limit,
      ...(conversationId === undefined ? {} : { conversationId }),
      ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }),
    };
    try {
      const { results, next_cursor, incomplete = [] } = await this.#client.search(this.#query, options);
      for (const id of incomplete) this.#incomplete.add(id);
      this.#there.found.push(...results);
      this.#cursor = next_cursor;
      this.#there.done = next_cursor === undefined;
      this.#asked = true;
    } catch (error) {
      // What it said already stays: whoever wants the rest tries again.
      if (this.#asked || !this.#isUnreachable(error)) throw error;
      this.#offline = error;
      this.#there.done = true;
      this.#here.found.length = 0;
      this.#here.done = false;
      this.#rest = undefined;
    }
  }

  #isUnreachable(error: unknown): boolean {
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
    return code === "overloaded" || code === "internal";
  }

  async #askStore(): Promise<void> {
    const { conversationId } = this.#options;
    const query = conversationId === undefined ? this.#query : `${this.#query} in:${conversationId}`;
    const encrypted = this.#offline === undefined;
    const { results, rest } = await this.#client.searchHere(query, {
      limit: this.#limit,
      encrypted,
      ...(this.#rest === undefined ? {} : { before: this.#rest }),
    });
    // Meanwhile the server was found to be out of reach: then everything is wanted.
    if (encrypted !== (this.#offline === undefined)) return;
    this.#here.found.push(...results);
    this.#rest = rest;
    this.#here.done = rest === undefined;
  }
}
