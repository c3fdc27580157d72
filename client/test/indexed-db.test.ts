import "fake-indexeddb/auto";
import { openDB } from "idb";
import { expect, test } from "vitest";
import { indexedDbStore } from "../src/indexed-db-store.ts";
import type { OutboxRow, StoredMessage } from "../src/store.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person, texts } from "./support/person.ts";

let names = 0;
const freshName = (): string => `database-${++names}`;

const meta = { rev: 7, userId: "ann", deviceId: "ann-device" };
const log = {
  conversation_id: "c1",
  epoch: 1,
  from: 1,
  upTo: 1,
  acked: 1,
  readHere: 0,
  readThere: 0,
  othersDelivered: 0,
  othersRead: 0,
};
const message: StoredMessage = {
  message_id: "m1",
  conversation_id: "c1",
  seq: 1,
  sender_id: "ben",
  type: "text",
  content: "from long ago",
  timestamp: "2026-01-01T00:00:00.000Z",
};
const waiting: OutboxRow = {
  client_message_id: "0190a7b6-0000-7000-8000-000000000001",
  conversation_id: "c1",
  order: 1,
  content: "still waiting",
  options: {},
  created_at: "2026-01-01T00:00:00.000Z",
};
const event = {
  kind: "settings",
  seq: 2,
  message_id: "e1",
  conversation_id: "c1",
  sender_id: "ben",
  changes: {},
  timestamp: "2026-01-01T00:00:00.000Z",
};

/** What the first versions made, with their own steps and content: never to be changed. */
const madeBy = async (version: 1 | 2, name: string): Promise<void> => {
  const database = await openDB(name, version, {
    upgrade: (opened) => {
      opened.createObjectStore("meta");
      opened.createObjectStore("conversations", { keyPath: "conversation_id" });
      opened.createObjectStore("logs", { keyPath: "conversation_id" });
      const messages = opened.createObjectStore("messages", { keyPath: ["conversation_id", "seq"] });
      messages.createIndex("message_id", "message_id");
      opened.createObjectStore("outbox", { keyPath: "client_message_id" });
      if (version === 2) opened.createObjectStore("events", { keyPath: ["conversation_id", "seq"] });
    },
  });
  const row = new FakeServer(new FakeClock()).conversation("c1", "direct", ["ann", "ben"]).row("ann");
  await database.put("meta", meta, "meta");
  await database.put("conversations", row);
  await database.put("logs", log);
  await database.put("messages", message);
  await database.put("outbox", waiting);
  if (version === 2) await database.put("events", event);
  database.close();
};

test.each([1, 2] as const)("a database of version %i is upgraded with everything in it", async (version) => {
  const name = freshName();
  await madeBy(version, name);
  const store = indexedDbStore(name);
  const snapshot = await store.load();
  expect(snapshot).toMatchObject({ meta, logs: [log], outbox: [waiting], people: [] });
  expect(snapshot.conversations.map((row) => row.conversation_id)).toEqual(["c1"]);
  const page = await store.page("c1", 100, 10);
  expect(page).toEqual({ messages: [message], events: version === 2 ? [event] : [] });
  await expect(store.message("c1", "m1")).resolves.toEqual(message);
  await store.apply({ people: [{ user_id: "ben", profile: { user_id: "ben" }, at: 1 }] });
  await store.close();
  const clock = new FakeClock();
  const ann = person(clock, new FakeServer(clock), "ann", { store: indexedDbStore(name) });
  await ann.start();
  expect(texts(ann, "c1")).toEqual(["from long ago", "still waiting"]);
});

test("a database of a newer version is left as it is, and the client says what to do", async () => {
  const name = freshName();
  const newer = await openDB(name, 1000, { upgrade: (opened) => void opened.createObjectStore("meta") });
  await newer.put("meta", meta, "meta");
  const clock = new FakeClock();
  const ann = person(clock, new FakeServer(clock), "ann", { store: indexedDbStore(name) });
  await expect(ann.start()).rejects.toMatchObject({ code: "conflict" });
  expect(ann.state).toEqual({ name: "stopped", reason: "outdated" });
  await expect(newer.get("meta", "meta")).resolves.toEqual(meta);
  newer.close();
});

test("a newer version of the app in another tab upgrades at once; the client of before stops", async () => {
  const name = freshName();
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const thread = server.conversation("c1", "direct", ["ann", "ben"]);
  const ann = person(clock, server, "ann", { store: indexedDbStore(name) });
  await ann.connect();
  await clock.advance(100);
  const newer = await openDB(name, 1000);
  server.say(thread, "ben", "hello");
  await clock.until(() => ann.state.name === "stopped");
  expect(ann.state).toEqual({ name: "stopped", reason: "outdated" });
  await expect(newer.getAll("conversations")).resolves.toHaveLength(1);
  newer.close();
});

test("whoever loads a store last is the one who writes; the other stops before it harms anything", async () => {
  const name = freshName();
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const thread = server.conversation("c1", "direct", ["ann", "ben"]);
  const first = person(clock, server, "ann", { store: indexedDbStore(name) });
  await first.connect();
  await clock.advance(100);
  const second = indexedDbStore(name);
  const { meta: before } = await second.load();
  server.say(thread, "ben", "hello");
  await clock.until(() => first.state.name === "stopped");
  expect(first.state).toEqual({ name: "stopped", reason: "replaced" });
  await expect(second.page("c1", 100, 10)).resolves.toEqual({ messages: [], events: [expect.anything()] });
  await second.apply({ meta: { ...before, rev: 99 } });
  await expect(second.load()).resolves.toMatchObject({ meta: { rev: 99 } });
});

test("where the browser gives no database the client lives in memory, and says so", async () => {
  const real = indexedDB.open.bind(indexedDB);
  indexedDB.open = () => {
    throw new DOMException("denied", "SecurityError");
  };
  try {
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    const thread = server.conversation("c1", "direct", ["ann", "ben"]);
    const ann = person(clock, server, "ann", { store: indexedDbStore(freshName()) });
    const errors: string[] = [];
    ann.on("error", (error) => errors.push(error.message));
    await ann.connect();
    await ann.send("c1", "hello").sent;
    expect(errors).toEqual(["denied"]);
    expect(thread.entries.at(-1)).toMatchObject({ content: "hello" });
    await ann.destroy();
  } finally {
    indexedDB.open = real;
  }
});

test("a full disk is told once; messages go out all the same, and are stored when there is room", async () => {
  const name = freshName();
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const thread = server.conversation("c1", "direct", ["ann", "ben"]);
  const store = indexedDbStore(name);
  const apply = store.apply.bind(store);
  const ann = person(clock, server, "ann", { store });
  const errors: string[] = [];
  ann.on("error", (error) => errors.push(error.message));
  await ann.connect();
  await clock.advance(100);
  store.apply = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  await ann.send("c1", "hello").sent;
  await clock.advance(5000);
  expect(errors).toEqual(["full"]);
  expect(thread.delivered.get("ann") ?? 0).toBeLessThan(thread.head);
  store.apply = apply;
  await clock.advance(5000);
  await settle();
  const again = indexedDbStore(name);
  const { messages } = await again.page("c1", 100, 10);
  expect(messages.map((one) => one.content)).toEqual(["hello"]);
  expect(thread.delivered.get("ann")).toBe(thread.head);
});
