import type { ConversationId } from "../types.ts";
import { createSignal, type Signal } from "./signal.ts";
import { browserShelf } from "./storage.ts";

/** What was begun and not sent, and which direct conversations were started here: kept per user in this browser. */
export class Drafts {
  readonly #prefix: string;
  readonly #startedKey: string;
  #started: ReadonlySet<string>;
  /** Counts changes, for those who show drafts. */
  readonly changes: Signal<number> = createSignal(0);

  constructor(userId: string) {
    this.#prefix = `parley.draft.${userId}.`;
    this.#startedKey = `parley.started.${userId}`;
    this.#started = new Set((browserShelf.get(this.#startedKey) ?? "").split(" ").filter((id) => id !== ""));
  }

  get(id: ConversationId): string {
    return browserShelf.get(this.#prefix + id) ?? "";
  }

  set(id: ConversationId, text: string): void {
    if (text === this.get(id)) return;
    if (text.trim() === "") browserShelf.remove(this.#prefix + id);
    else browserShelf.set(this.#prefix + id, text);
    this.changes.set(this.changes.value + 1);
  }

  /** Whether this user opened the conversation from here: shown even while nothing is in it. */
  started(id: ConversationId): boolean {
    return this.#started.has(id);
  }

  start(id: ConversationId): void {
    this.#started = new Set([...this.#started, id]);
    browserShelf.set(this.#startedKey, [...this.#started].join(" "));
    this.changes.set(this.changes.value + 1);
  }

  /** Signing out leaves nothing behind. */
  clear(): void {
    browserShelf.remove(this.#startedKey);
    for (const key of browserShelf.keys()) if (key.startsWith(this.#prefix)) browserShelf.remove(key);
  }
}
