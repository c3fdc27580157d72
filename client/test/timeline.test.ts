import "fake-indexeddb/auto";
import { openDB } from "idb";
import { expect, test } from "vitest";
import type { ParleyClient } from "../src/api.ts";
import { indexedDbStore } from "../src/indexed-db-store.ts";
import { memoryStore } from "../src/memory-store.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import type { FakeLog } from "./support/fake-log.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person, texts } from "./support/person.ts";

const world = () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  return { clock, server, log: server.conversation("c1", "group", ["ben", "ann", "cem"]) };
};
const invite = (server: FakeServer, log: FakeLog, user_id: string) =>
  server.append(log, { kind: "member", op: "add", sender_id: "ben", user_id, role: "member" });
const lines = (client: ParleyClient): string[] =>
  client.timeline("c1").map((item) => {
    if (item.kind === "message") return item.message.content;
    return item.entry.kind === "member" ? `${item.entry.op} ${item.entry.user_id}` : "settings";
  });

test("[SEQ-1] events stand between the messages, the outbox last, and offline too", async () => {
  const { clock, server, log } = world();
  const store = memoryStore();
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  server.say(log, "ben", "one");
  invite(server, log, "dan");
  server.say(log, "ben", "two");
  server.append(log, { kind: "settings", sender_id: "ben", changes: { name: "Boat" } });
  await settle();
  expect(lines(ann)).toEqual(["settings", "one", "add dan", "two", "settings"]);
  expect(ann.conversation("c1")).toMatchObject({ name: "Boat", member_count: 4 });
  const [before, again] = [ann.timeline("c1"), ann.timeline("c1")];
  expect(again).toBe(before);
  await ann.close();
  const offline = person(clock, server, "ann", { store });
  await offline.start();
  offline.send("c1", "three");
  expect(lines(offline)).toEqual(["settings", "one", "add dan", "two", "settings", "three"]);
  expect(texts(offline, "c1")).toEqual(["one", "two", "three"]);
});

test("[SEQ-1] a line keeps its identity while others come", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.say(log, "ben", "one");
  invite(server, log, "dan");
  await settle();
  const before = ann.timeline("c1");
  server.say(log, "ben", "two");
  await settle();
  const after = ann.timeline("c1");
  expect(after.slice(0, 3)).toHaveLength(3);
  for (const [index, item] of before.entries()) expect(after[index]).toBe(item);
});

test("[LOG-1] older pages bring the events that lie between their messages", async () => {
  const { clock, server, log } = world();
  for (let count = 0; count < 60; count++) {
    server.say(log, "ben", `m${count}`, true);
    if (count % 20 === 10) invite(server, log, `guest${count}`);
  }
  server.newest = 10;
  const ann = person(clock, server, "ann");
  await ann.connect();
  expect(lines(ann)).toHaveLength(10);
  while ((await ann.loadOlder("c1")).more);
  expect(lines(ann)).toHaveLength(64);
  expect(lines(ann).filter((line) => line.startsWith("add"))).toEqual(["add guest10", "add guest30", "add guest50"]);
  expect(lines(ann).indexOf("add guest30")).toBe(lines(ann).indexOf("m30") + 1);
});

test("[LOG-1] messages without anything between them cost no read of the log", async () => {
  const { clock, server, log } = world();
  for (let count = 0; count < 200; count++) server.say(log, "ben", `m${count}`, true);
  server.newest = 10;
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.requests.length = 0;
  await ann.loadOlder("c1");
  expect(server.requests.map(({ path }) => path)).toEqual(["/conversations/c1/messages"]);
});

test("the window is of messages and events together, in memory and out of the store", async () => {
  const { clock, server, log } = world();
  const store = memoryStore();
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  server.say(log, "ben", "first");
  for (let count = 0; count < 600; count++) invite(server, log, `guest${count}`);
  server.say(log, "ben", "last");
  await clock.until(() => ann.conversation("c1")?.head_seq === log.head);
  expect(ann.timeline("c1").length).toBeLessThanOrEqual(550);
  expect(texts(ann, "c1")).toEqual(["last"]);
  await ann.close();
  const again = person(clock, server, "ann", { store });
  await again.start();
  expect(lines(again)).toHaveLength(50);
  while ((await again.loadOlder("c1")).more);
  expect(lines(again)).toHaveLength(603);
  expect(lines(again).slice(0, 3)).toEqual(["settings", "first", "add guest0"]);
});

test("[SEQ-6] another epoch drops the events with the messages", async () => {
  const { clock, server, log } = world();
  const store = memoryStore();
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  invite(server, log, "dan");
  server.say(log, "ben", "one");
  await settle();
  log.entries = log.entries.slice(0, 1);
  log.epoch = 2;
  server.say(log, "ben", "other");
  await settle();
  expect(lines(ann)).toEqual(["other"]);
  await expect(store.page("c1", 99, 99)).resolves.toMatchObject({ messages: [{ content: "other" }], events: [] });
});

test("a store of the first version is taken over, with everything that is in it", async () => {
  const old = await openDB("old", 1, {
    upgrade: (database) => {
      database.createObjectStore("meta");
      for (const name of ["conversations", "logs"]) database.createObjectStore(name, { keyPath: "conversation_id" });
      const messages = database.createObjectStore("messages", { keyPath: ["conversation_id", "seq"] });
      messages.createIndex("message_id", "message_id");
      database.createObjectStore("outbox", { keyPath: "client_message_id" });
    },
  });
  const common = { conversation_id: "c1", content: "kept" };
  await old.put("meta", { rev: 7, userId: "ann" }, "meta");
  await old.put("messages", { ...common, seq: 2, message_id: "m2", sender_id: "ben", type: "text", timestamp: "t" });
  await old.put("outbox", { ...common, client_message_id: "x", order: 1, options: {}, created_at: "t" });
  old.close();
  const store = indexedDbStore("old", undefined);
  await expect(store.load()).resolves.toMatchObject({ meta: { rev: 7 }, outbox: [{ content: "kept" }] });
  const event = { seq: 3, message_id: "m3", sender_id: "ben", timestamp: "t", kind: "settings", changes: {} } as const;
  await store.apply({ events: [{ ...event, conversation_id: "c1" }] });
  await expect(store.page("c1", 9, 9)).resolves.toMatchObject({ messages: [{ seq: 2 }], events: [{ seq: 3 }] });
  await expect(store.page("c1", 9, 1)).resolves.toMatchObject({ messages: [], events: [{ seq: 3 }] });
});
