import "fake-indexeddb/auto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { environmentOf } from "./support/fake-clock.ts";
import { indexedDbStore } from "../src/indexed-db-store.ts";
import { fileStore } from "../src/node/file-store.ts";
import { memoryStore } from "../src/memory-store.ts";
import { mergeBatches, StoreWriter } from "../src/store-writer.ts";
import type { OutboxRow, Store, StoreBatch, StoredMessage } from "../src/store.ts";

let names = 0;
const directory = mkdtempSync(path.join(tmpdir(), "parley-stores-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const message = (seq: number, content = String(seq), conversation_id = "c1"): StoredMessage => ({
  message_id: `${conversation_id}-${seq}`,
  conversation_id,
  seq,
  sender_id: "ben",
  type: "text",
  content,
  timestamp: "2026-01-01T00:00:00.000Z",
});
const waiting = (client_message_id: string, order: number): OutboxRow => ({
  client_message_id,
  conversation_id: "c1",
  order,
  content: "hello",
  options: {},
  created_at: "2026-01-01T00:00:00.000Z",
});
const pageOf = async (...[store, id, before, limit]: [Store, string, number, number]) =>
  (await store.page(id, before, limit)).messages;
const seqs = (messages: readonly StoredMessage[]): number[] => messages.map((one) => one.seq);

describe.each([
  ["memory", () => memoryStore()],
  ["IndexedDB", () => indexedDbStore(`test-${++names}`)],
  ["a file", () => fileStore(path.join(directory, `${++names}.db`))],
])("a store in %s", (_name, open) => {
  test("is empty at first", async () => {
    await expect(open().load()).resolves.toEqual({
      meta: { rev: 0 },
      conversations: [],
      logs: [],
      outbox: [],
      people: [],
    });
  });

  test("pages messages by seq, of one conversation", async () => {
    const store = open();
    const messages = [12, 3, 7, 100, 9].map((seq) => message(seq));
    await store.apply({ messages: [...messages, message(8, "other", "c2")] });
    expect(seqs(await pageOf(store, "c1", Number.MAX_SAFE_INTEGER, 3))).toEqual([9, 12, 100]);
    expect(seqs(await pageOf(store, "c1", 9, 3))).toEqual([3, 7]);
    expect(await store.message("c1", "c1-7")).toEqual(message(7));
    expect(await store.message("c2", "c1-7")).toBeUndefined();
  });

  test("drops before it puts, and replaces", async () => {
    const store = open();
    await store.apply({ messages: [message(1), message(2), message(2, "other", "c2")] });
    await store.apply({ dropped: ["c1"], messages: [message(2, "anew")] });
    expect(await pageOf(store, "c1", 100, 10)).toEqual([message(2, "anew")]);
    expect(await pageOf(store, "c2", 100, 10)).toHaveLength(1);
  });

  test("keeps the outbox until sent, and everything over close and load", async () => {
    const store = open();
    await store.apply({ meta: { rev: 7, userId: "ann" }, outbox: [waiting("a", 1), waiting("b", 2)] });
    await store.apply({ sent: ["a"] });
    await store.close();
    const snapshot = await store.load();
    expect(snapshot.meta).toEqual({ rev: 7, userId: "ann" });
    expect(snapshot.outbox).toEqual([waiting("b", 2)]);
    await store.clear();
    await expect(store.load()).resolves.toEqual({
      meta: { rev: 0 },
      conversations: [],
      logs: [],
      outbox: [],
      people: [],
    });
  });
});

test("two changes as one have the effect of both", async () => {
  const first: StoreBatch = { meta: { rev: 1 }, messages: [message(1), message(2)], outbox: [waiting("a", 1)] };
  const second: StoreBatch = { dropped: ["c1"], messages: [message(3)], sent: ["a"] };
  const third: StoreBatch = { meta: { rev: 2 }, outbox: [waiting("a", 9)] };
  const [apart, together] = [memoryStore(), memoryStore()];
  for (const batch of [first, second, third]) await apart.apply(batch);
  await together.apply(mergeBatches(mergeBatches(first, second), third));
  // A row that goes and comes again in one change is put and not deleted.
  await expect(together.load()).resolves.toEqual(await apart.load());
  await expect(together.page("c1", 9, 9)).resolves.toEqual(await apart.page("c1", 9, 9));
});

test("a change that the storage refuses stays in front of those behind it", async () => {
  const clock = new FakeClock();
  const inner = memoryStore();
  let refusing = true;
  const batches: StoreBatch[] = [];
  const store: Pick<Store, "apply"> = {
    apply: async (batch) => {
      if (refusing) throw new Error("quota");
      batches.push(batch);
      await inner.apply(batch);
    },
  };
  const failures: unknown[] = [];
  const environment = environmentOf(clock, { WebSocket, fetch });
  const writer = new StoreWriter(store as Store, environment, (error) => failures.push(error));
  const written: number[] = [];
  for (const seq of [1, 2, 3]) void writer.write({ messages: [message(seq)] }).then(() => written.push(seq));
  await settle();
  expect([failures.length, written]).toEqual([1, []]);
  refusing = false;
  await clock.advance(2000);
  expect(written.sort((a, b) => a - b)).toEqual([1, 2, 3]);
  expect(seqs(await pageOf(inner, "c1", 9, 9))).toEqual([1, 2, 3]);
  expect(batches).toHaveLength(1);
});
