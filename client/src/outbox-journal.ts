import type { ClientMessageId } from "../../src/shared/ids.ts";
import type { OutboxRow } from "./store.ts";

/** The page's own `localStorage`; none in workers and in Node, or where the browser forbids it. */
export const pageStorage = (): Storage | undefined => {
  try {
    return typeof window === "undefined" ? undefined : window.localStorage;
  } catch {
    // Forbidden by the user's settings.
    return undefined;
  }
};

/**
 * What was written but may not be in IndexedDB yet. A page that is reloaded or closed takes its unfinished
 * transactions with it; `localStorage` is written before the call returns. A row that stays behind by accident is
 * sent once more with the same id, which makes no second message.
 */
export class OutboxJournal {
  readonly #prefix: string;
  readonly #storage: Storage | undefined;

  constructor(name: string, storage: Storage | undefined) {
    this.#prefix = `${name}.outbox.`;
    this.#storage = storage;
  }

  put(row: OutboxRow): void {
    try {
      this.#storage?.setItem(this.#prefix + row.client_message_id, JSON.stringify(row));
    } catch {
      // Full or forbidden: then the row is as safe as IndexedDB alone makes it, a moment later.
    }
  }

  remove(id: ClientMessageId): void {
    this.#storage?.removeItem(this.#prefix + id);
  }

  rows(): OutboxRow[] {
    return this.#keys().flatMap((key) => {
      const text = this.#storage?.getItem(key);
      return text === null || text === undefined ? [] : [JSON.parse(text) as OutboxRow];
    });
  }

  clear(): void {
    for (const key of this.#keys()) this.#storage?.removeItem(key);
  }

  #keys(): string[] {
    const count = this.#storage?.length ?? 0;
    const keys = Array.from({ length: count }, (_, index) => this.#storage?.key(index) ?? "");
    return keys.filter((key) => key.startsWith(this.#prefix));
  }
}
