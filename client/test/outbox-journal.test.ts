import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { indexedDbStore } from "../src/indexed-db-store.ts";
import type { OutboxRow } from "../src/store.ts";

/** What `localStorage` is, as far as it is used. */
class PageStorage {
  readonly #items = new Map<string, string>();
  get length(): number {
    return this.#items.size;
  }
  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
  clear(): void {
    this.#items.clear();
  }
}

const row = (id: string, order: number): OutboxRow => ({
  client_message_id: id,
  conversation_id: "c",
  order,
  content: `message ${order}`,
  options: {},
  created_at: "2026-01-01T00:00:00.000Z",
});

test("[IDEM-1] a message that was written just before the page ended is in the outbox of the next one", async () => {
  const storage = new PageStorage();
  const first = indexedDbStore("journal", storage);
  await first.load();
  await first.apply({ outbox: [row("a", 1)] });
  // The page ends here: noted, and never applied.
  first.note?.({ outbox: [row("b", 2)] });
  const { outbox } = await indexedDbStore("journal", storage).load();
  expect(outbox.map(({ client_message_id }) => client_message_id)).toEqual(["a", "b"]);
});

test("[IDEM-1] what is stored, sent or discarded leaves nothing in the journal", async () => {
  const storage = new PageStorage();
  const store = indexedDbStore("journal-2", storage);
  store.note?.({ outbox: [row("a", 1)] });
  expect(storage.length).toBe(1);
  await store.apply({ outbox: [row("a", 1)] });
  expect(storage.length).toBe(0);
  store.note?.({ outbox: [row("b", 2)] });
  store.note?.({ sent: ["b"] });
  expect(storage.length).toBe(0);
  store.note?.({ outbox: [row("c", 3)] });
  storage.setItem("somebody else's", "x");
  await store.clear();
  expect(storage.length).toBe(1);
});

test("a storage that is full loses nothing that IndexedDB keeps", async () => {
  const storage = new PageStorage();
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const store = indexedDbStore("journal-3", storage);
  store.note?.({ outbox: [row("a", 1)] });
  await store.apply({ outbox: [row("a", 1)] });
  expect((await store.load()).outbox).toHaveLength(1);
});
