import { expect, test } from "vitest";
import { uuid7 } from "../support/random.ts";
import { useServer } from "../support/target.ts";

const target = useServer();

test("[EVT-5] typing reaches the other who has the conversation open, and not oneself", async () => {
  const { ann, bob, id } = await target.pair();
  const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
  a.tell({ type: "open", conversation_id: id });
  b.tell({ type: "open", conversation_id: id });
  await b.ask("sync", { type: "sync", since: 0 });
  a.tell({ type: "typing", conversation_id: id, state: "start" });
  expect(await b.waitFor("typing")).toMatchObject({ conversation_id: id, user_id: ann.userId, state: "start" });
  const { seq } = await b.ask("ack", { type: "send", conversation_id: id, client_message_id: uuid7(), content: "?" });
  await a.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === seq));
  expect(a.all("typing")).toEqual([]);
});

test("[EVT-5] stop is told as well, and other members of a group see both", async () => {
  const [ann, bob, carl] = await target.people("ann", "bob", "carl");
  if (!ann || !bob || !carl) throw new Error("three people are needed");
  const id = (await ann.group([bob, carl])).conversation_id;
  const [a, b, c] = await Promise.all([ann.connect(), bob.connect(), carl.connect()]);
  for (const session of [a, b, c]) session.tell({ type: "open", conversation_id: id });
  await Promise.all([b, c].map((session) => session.ask("sync", { type: "sync", since: 0 })));
  a.tell({ type: "typing", conversation_id: id, state: "start" });
  await Promise.all([b, c].map((session) => session.waitFor("typing", (event) => event.state === "start")));
  // One a second: the stop of the same second may be dropped, so it is told until it arrives.
  const told = setInterval(() => a.tell({ type: "typing", conversation_id: id, state: "stop" }), 300);
  try {
    await Promise.all([b, c].map((session) => session.waitFor("typing", (event) => event.state === "stop")));
  } finally {
    clearInterval(told);
  }
});

test("[CMD-6] typing does not reach who has not opened the conversation, or closed it again", async () => {
  const [ann, bob, carl, dora] = await target.people("ann", "bob", "carl", "dora");
  if (!ann || !bob || !carl || !dora) throw new Error("four people are needed");
  const id = (await ann.group([bob, carl, dora])).conversation_id;
  const [a, never, closed, open] = await Promise.all([ann.connect(), bob.connect(), carl.connect(), dora.connect()]);
  for (const session of [closed, open]) session.tell({ type: "open", conversation_id: id });
  closed.tell({ type: "close", conversation_id: id });
  await Promise.all([closed, open].map((session) => session.ask("sync", { type: "sync", since: 0 })));
  a.tell({ type: "typing", conversation_id: id, state: "start" });
  await open.waitFor("typing");
  const { seq } = await a.ask("ack", {
    type: "send",
    conversation_id: id,
    client_message_id: uuid7(),
    content: "done",
  });
  for (const session of [never, closed]) {
    await session.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === seq));
    expect(session.all("typing")).toEqual([]);
  }
});

test("[LIM-9] more than one typing a second is dropped silently", async () => {
  const { ann, bob, id } = await target.pair();
  const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
  b.tell({ type: "open", conversation_id: id });
  await b.ask("sync", { type: "sync", since: 0 });
  const started = Date.now();
  for (let i = 0; i < 40; i++) a.tell({ type: "typing", conversation_id: id, state: "start" });
  const { seq } = await a.ask("ack", {
    type: "send",
    conversation_id: id,
    client_message_id: uuid7(),
    content: "done",
  });
  await b.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === seq));
  const seconds = (Date.now() - started) / 1000;
  expect(b.all("typing").length).toBeGreaterThanOrEqual(1);
  expect(b.all("typing").length).toBeLessThanOrEqual(1 + Math.ceil(seconds));
  expect(a.all("error")).toEqual([]);
});

test("[SEQ-1] typing leaves nothing in the log", async () => {
  const { ann, bob, id } = await target.pair();
  const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
  b.tell({ type: "open", conversation_id: id });
  await b.ask("sync", { type: "sync", since: 0 });
  const before = await ann.log(id);
  a.tell({ type: "typing", conversation_id: id, state: "start" });
  await b.waitFor("typing");
  expect(await ann.log(id)).toEqual(before);
});
