import { expect, test } from "vitest";
import { settle } from "./support/fake-clock.ts";
import { connectedWorld } from "./support/world.ts";
import { person, texts } from "./support/person.ts";

const world = () => connectedWorld("group", ["ann", "ben", "cem"]);
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

test("[SEQ-3] what comes out of order is shown in order, and the gap is asked for", async () => {
  const { clock, server, log, ann } = await world();
  const entries = ["2", "3", "4"].map((text) => server.say(log, "ben", text, true));
  server.push(log, entries.slice(2), "ann");
  await settle();
  await clock.until(() => texts(ann, "c1").length === 3);
  expect(texts(ann, "c1")).toEqual(["2", "3", "4"]);
  expect(server.commands.filter((one) => one.type === "log")).toMatchObject([{ after: 1, conversation_id: "c1" }]);
});

test("[SEQ-3] entries that are only on their way are not asked for", async () => {
  const { clock, server, log, ann } = await world();
  const entries = ["2", "3"].map((text) => server.say(log, "ben", text, true));
  for (const entry of entries) server.push(log, [entry], "ann");
  await clock.advance(5000);
  expect(texts(ann, "c1")).toEqual(["2", "3"]);
  expect(server.commands.filter((one) => one.type === "log")).toEqual([]);
});

test("[SYNC-2] a crash behind a gap loses nothing: `rev` waits until the gap is closed", async () => {
  const { clock, server, log, ann, store } = await world();
  server.faults.refuse = (command) => (command.type === "log" ? { code: "overloaded" } : undefined);
  const entries = ["2", "3"].map((text) => server.say(log, "ben", text, true));
  server.push(log, entries.slice(1), "ann");
  await clock.advance(200);
  await ann.close();
  server.faults.refuse = () => undefined;
  const again = person(clock, server, "ann", { store });
  await again.connect();
  await clock.until(() => texts(again, "c1").length === 2);
  expect(texts(again, "c1")).toEqual(["2", "3"]);
});

test("[LIM-5] a truncated conversation keeps its newest stretch and pages back", async () => {
  const { clock, server, log, ann } = await world();
  for (const text of numbers(2, 10)) server.say(log, "ben", text);
  await settle();
  server.cutAll();
  server.newest = 30;
  for (const text of numbers(11, 100)) server.say(log, "ben", text, true);
  await settle();
  await clock.until(() => ann.state.name === "online");
  expect(texts(ann, "c1")).toEqual(numbers(71, 100));
  await expect(ann.loadOlder("c1")).resolves.toEqual({ more: true });
  expect(texts(ann, "c1")).toEqual(numbers(21, 100));
  await expect(ann.loadOlder("c1")).resolves.toEqual({ more: false });
  expect(texts(ann, "c1")).toEqual(numbers(2, 100));
});

test("[SEQ-6] another epoch drops the copy and reads anew", async () => {
  const { clock, server, log, ann } = await world();
  await ann.open("c1");
  for (const text of ["a", "b", "c"]) server.say(log, "ben", text);
  await settle();
  expect(texts(ann, "c1")).toEqual(["a", "b", "c"]);
  log.entries = log.entries.slice(0, 2);
  log.epoch = 2;
  server.say(log, "ben", "other");
  await clock.until(() => texts(ann, "c1").length === 2);
  expect(texts(ann, "c1")).toEqual(["a", "other"]);
  expect(ann.conversation("c1")).toMatchObject({ epoch: 2, head_seq: 3 });
});

test("[MSG-1] edits, deletions and reactions are folded in, wherever the message lies", async () => {
  const { clock, server, log, ann, store } = await world();
  const [first, second] = [server.say(log, "ben", "frist"), server.say(log, "ben", "oops")];
  await settle();
  const again = person(clock, server, "ann", { store, deviceId: "second" });
  server.append(log, { kind: "edit", sender_id: "ben", target: first.message_id, content: "first" });
  server.append(log, { kind: "delete", sender_id: "ben", target: second.message_id });
  for (const sender_id of ["ben", "cem", "ben", "ann"]) {
    server.append(log, { kind: "reaction", sender_id, target: first.message_id, emoji: "👍", op: "add" });
  }
  server.append(log, { kind: "reaction", sender_id: "cem", target: first.message_id, emoji: "👍", op: "remove" });
  await settle();
  expect(ann.messages("c1")).toMatchObject([
    { content: "first", reactions: [{ emoji: "👍", count: 2, me: true }] },
    { content: "" },
  ]);
  expect(ann.messages("c1")[0]?.edited_at).toBeDefined();
  expect(ann.messages("c1")[1]?.deleted_at).toBeDefined();
  expect(ann.conversation("c1")?.unread_count).toBe(1);
  await ann.close();
  await again.start();
  expect(again.messages("c1")).toEqual(ann.messages("c1"));
});

test("[MSG-1] a change to a message that only the store holds reaches the store", async () => {
  const { clock, server, log, ann, store } = await world();
  const target = server.say(log, "ben", "old");
  for (const text of numbers(1, 600)) server.say(log, "cem", text);
  await clock.until(() => ann.conversation("c1")?.head_seq === 602);
  expect(texts(ann, "c1")).not.toContain("old");
  server.append(log, { kind: "delete", sender_id: "ben", target: target.message_id });
  await settle();
  await expect(store.message("c1", target.message_id)).resolves.toMatchObject({ content: "" });
  expect(ann.conversation("c1")?.unread_count).toBe(600);
});

test("[EVT-3] a conversation that nobody announced is fetched", async () => {
  const { clock, server, ann } = await world();
  const incoming: string[] = [];
  ann.on("incoming", ({ message }) => incoming.push(message.content));
  const fresh = server.conversation("c2", "direct", ["ann", "dan"]);
  server.say(fresh, "dan", "hello");
  await clock.until(() => ann.conversation("c2") !== undefined);
  expect(incoming).toEqual(["hello"]);
  expect(ann.conversation("c2")).toMatchObject({ unread_count: 1, last_message: { content: "hello" } });
  expect(ann.conversations()[0]?.conversation_id).toBe("c2");
});

test("[SEQ-3] a gap that the server cannot fill is left out, and does not stop what follows", async () => {
  const { clock, server, log, ann } = await world();
  const entries = numbers(2, 6).map((text) => server.say(log, "ben", text, true));
  server.faults.down = (event) => {
    if (event.type === "entries" && event.ref !== undefined) event.entries = event.entries.filter((one) => one.seq > 3);
    return "pass";
  };
  server.push(log, entries.slice(4), "ann");
  await clock.until(() => texts(ann, "c1").length === 3);
  server.say(log, "ben", "7");
  await clock.until(() => texts(ann, "c1").length === 4);
  expect(texts(ann, "c1")).toEqual(["4", "5", "6", "7"]);
  expect(ann.conversation("c1")).toMatchObject({ unread_count: 6, head_seq: 7 });
});

test("[SEQ-3] a gap too wide to fill keeps the newest stretch, with counts from the server", async () => {
  const { clock, server, log, ann } = await world();
  const entries = numbers(2, 1500).map((text) => server.say(log, "ben", text, true));
  server.push(log, entries.slice(-3), "ann");
  await clock.until(() => ann.conversation("c1")?.unread_count === 1499);
  expect(texts(ann, "c1")).toEqual(["1498", "1499", "1500"]);
  await ann.loadOlder("c1");
  expect(texts(ann, "c1")).toEqual(numbers(1448, 1500));
});

test("[BLOCK-1] the place of what somebody does not see is a place of the log, and shows nothing", async () => {
  const { server, log, ann } = await world();
  server.say(log, "ben", "before");
  await settle();
  const shown = ann.timeline("c1").length;
  server.append(log, { kind: "settings", sender_id: "ben", changes: {} });
  await settle();
  expect(ann.timeline("c1").length).toBe(shown);
  server.say(log, "ben", "after");
  await settle();
  expect(texts(ann, "c1")).toEqual(["before", "after"]);
  expect(server.commands.filter((one) => one.type === "log")).toEqual([]);
});

test("[RET-2] what is too old is let go of, on a device that has it open too, and the store has it no more", async () => {
  const { clock, server, log, ann, store } = await world();
  await ann.open("c1");
  for (const text of ["a", "b", "c"]) server.say(log, "ben", text);
  await clock.until(() => texts(ann, "c1").length === 3);
  const from = log.entries.at(-1)?.seq ?? 0;
  // The server gives nothing of before any more.
  const before = log.messages.bind(log);
  log.messages = (me) => before(me).filter((message) => message.seq >= from);
  server.append(log, { kind: "settings", sender_id: ":service", changes: { retained_from: from } });
  await clock.until(() => texts(ann, "c1").length === 1);
  expect(texts(ann, "c1")).toEqual(["c"]);
  await ann.close();
  const again = person(clock, server, "ann", { store });
  await again.connect();
  await again.open("c1");
  await clock.until(() => texts(again, "c1").length > 0);
  expect(texts(again, "c1")).toEqual(["c"]);
});
