import { expect, test } from "vitest";
import type { LocalMessage } from "../src/api.ts";
import { settle } from "./support/fake-clock.ts";
import { connectedWorld } from "./support/world.ts";
import { person } from "./support/person.ts";

const world = async () => {
  const { clock, server, log, store, ann } = await connectedWorld("group", ["ben", "ann", "cem"]);
  const root = server.say(log, "ben", "root").message_id;
  await settle();
  const answer = (content: string, sender = "ben", silently = false) =>
    server.say(log, sender, content, silently, { thread_root: root });
  return { clock, server, log, store, ann, root, answer };
};
const contents = (messages: readonly LocalMessage[]): string[] => messages.map((message) => message.content);

test("[THREAD-1] replies raise the counts of what they hang on; replying and reading bring unread down", async () => {
  const { clock, server, ann, log, root, answer } = await world();
  const summary = () => ann.messages("c1")[0]?.thread;
  expect(summary()).toBeUndefined();
  answer("one");
  const two = answer("two", "cem");
  await settle();
  expect(summary()).toEqual({ replies: 2, unread: 2, last_reply_at: two.timestamp });
  ann.markThreadRead("c1", root);
  expect(summary()).toMatchObject({ replies: 2, unread: 0 });
  await clock.until(() => log.threadRead.get(`ann ${root}`) !== undefined);
  answer("three");
  await settle();
  expect(summary()).toMatchObject({ replies: 3, unread: 1 });
  const { sent } = ann.send("c1", "four", { thread_root: root });
  expect(contents(ann.thread("c1", root))).toEqual(["one", "two", "three", "four"]);
  await sent;
  await settle();
  expect(summary()).toMatchObject({ replies: 4, unread: 0 });
  expect(contents(ann.messages("c1"))).toEqual(["root", "one", "two", "three", "four"]);
  server.append(log, { kind: "delete", sender_id: "ben", target: two.message_id });
  await settle();
  expect(summary()).toMatchObject({ replies: 3, unread: 0 });
  expect(server.breaches).toEqual([]);
});

test("[EVT-11] what another device read in a thread is read here", async () => {
  const { clock, server, ann, answer, root } = await world();
  const phone = person(clock, server, "ann", { deviceId: "phone" });
  await phone.connect();
  answer("one");
  answer("two");
  await settle();
  expect(ann.messages("c1")[0]?.thread?.unread).toBe(2);
  phone.markThreadRead("c1", root);
  await clock.until(() => ann.messages("c1")[0]?.thread?.unread === 0);
  answer("three");
  await settle();
  expect(ann.messages("c1")[0]?.thread).toMatchObject({ replies: 3, unread: 1 });
});

test("[CMD-4] what was read of a thread without a network is told by the next run", async () => {
  const { clock, server, store, ann, log, root, answer } = await world();
  answer("one");
  await settle();
  await ann.close();
  ann.markThreadRead("c1", root);
  await settle();
  const again = person(clock, server, "ann", { store });
  await again.start();
  expect(again.messages("c1")[0]?.thread).toMatchObject({ unread: 0 });
  await again.connect();
  await clock.until(() => log.threadRead.get(`ann ${root}`) === 3);
  await clock.advance(90_000);
  expect((await store.load()).logs[0]?.threadMarks).toBeUndefined();
});

test("[MSG-4] a thread that lies far back is paged, and kept up to date", async () => {
  const { clock, server, ann, log, root, answer } = await world();
  const first = answer("reply 0");
  for (let count = 1; count < 70; count++) answer(`reply ${count}`);
  for (let count = 0; count < 600; count++) server.say(log, "cem", `filler ${count}`);
  await clock.until(() => ann.conversation("c1")?.head_seq === log.head);
  await ann.open("c1");
  expect(ann.thread("c1", root)).toEqual([]);
  await expect(ann.loadThread("c1", root)).resolves.toEqual({ more: true });
  expect(contents(ann.thread("c1", root))).toHaveLength(50);
  await expect(ann.loadThread("c1", root)).resolves.toEqual({ more: false });
  answer("reply 70", "cem");
  server.append(log, { kind: "edit", sender_id: "ben", target: first.message_id, content: "reply nought" });
  server.append(log, { kind: "reaction", sender_id: "cem", target: first.message_id, emoji: "👍", op: "add" });
  await settle();
  const thread = ann.thread("c1", root);
  expect(thread).toHaveLength(71);
  expect(thread[0]).toMatchObject({ content: "reply nought", reactions: [{ emoji: "👍", count: 1, me: false }] });
  expect(thread.at(-1)?.content).toBe("reply 70");
  expect(ann.thread("c1", root)).toBe(thread);
  await expect(ann.message("c1", root)).resolves.toMatchObject({ thread: { replies: 71, unread: 71 } });
  ann.markThreadRead("c1", root);
  await clock.until(() => log.threadRead.has(`ann ${root}`));
  await expect(ann.message("c1", root)).resolves.toMatchObject({ thread: { replies: 71, unread: 0 } });
  ann.leave("c1");
  expect(ann.thread("c1", root).map((message) => message.content)).toEqual(["reply 70"]);
});

test("[MSG-4] a thread within what is here needs no request", async () => {
  const { server, ann, root, answer } = await world();
  answer("one");
  await settle();
  server.requests.length = 0;
  await expect(ann.loadThread("c1", root)).resolves.toEqual({ more: false });
  expect(server.requests).toEqual([]);
});

test("[THREAD-1] counts that a page told are not counted again, whichever came first", async () => {
  const { clock, server, ann, log, root, answer, store } = await world();
  await ann.close();
  for (let count = 0; count < 80; count++) answer(`reply ${count}`, "ben", true);
  server.newest = 30;
  const again = person(clock, server, "ann", { store, deviceId: "second" });
  await again.connect();
  // The page leaves the server with the replies to come, and arrives before their entries.
  let late: (() => void)[] = [];
  server.faults.slow = async () => {
    for (const say of ["late 1", "late 2"]) late.push(() => answer(say));
    for (const one of late) one();
    late = [];
    await settle();
  };
  await again.loadOlder("c1");
  delete server.faults.slow;
  while ((await again.loadOlder("c1")).more);
  await settle();
  const expected = log.message("ann", root)?.thread;
  expect(again.messages("c1").find((message) => message.message_id === root)?.thread).toEqual(expected);
});

test("[MSG-4] one message, wherever it is", async () => {
  const { clock, server, ann, log, root } = await world();
  for (let count = 0; count < 600; count++) server.say(log, "cem", `filler ${count}`);
  await clock.until(() => ann.conversation("c1")?.head_seq === log.head);
  await settle();
  server.requests.length = 0;
  await expect(ann.message("c1", root)).resolves.toMatchObject({ content: "root" });
  expect(server.requests).toEqual([]);
  await expect(ann.message("c1", "nowhere")).resolves.toBeUndefined();
  const fresh = person(clock, server, "ann", { deviceId: "fresh" });
  server.newest = 10;
  await fresh.connect();
  const [one, two] = await Promise.all([fresh.message("c1", root), fresh.message("c1", root)]);
  expect([one?.content, two]).toEqual(["root", one]);
  expect(server.requests.filter(({ path }) => path.endsWith(root))).toHaveLength(1);
  server.append(log, { kind: "edit", sender_id: "ben", target: root, content: "stem" });
  await settle();
  await expect(fresh.message("c1", root)).resolves.toMatchObject({ content: "stem" });
  server.faults.rest = () => "unreachable";
  const missing = fresh.message("c1", log.messages("ann")[1]?.message_id ?? "");
  await Promise.all([expect(missing).rejects.toMatchObject({ code: "overloaded" }), clock.advance(60_000)]);
});

test("[MSG-4] the list of threads brings counts that this device has wrong", async () => {
  const { server, ann, log, root, answer } = await world();
  answer("one");
  await settle();
  // Read elsewhere while this device was away: nothing told it.
  log.threadRead.set(`ann ${root}`, 99);
  await expect(ann.threads("c1")).resolves.toMatchObject([{ message_id: root, thread: { replies: 1, unread: 0 } }]);
  expect(ann.messages("c1")[0]?.thread).toMatchObject({ replies: 1, unread: 0 });
  log.threadRead.delete(`ann ${root}`);
  answer("two");
  await settle();
  log.threadRead.set(`ann ${root}`, 99);
  await ann.open("c1");
  expect(ann.messages("c1")[0]?.thread).toMatchObject({ replies: 2, unread: 0 });
  expect(server.breaches).toEqual([]);
});
