import { expect, test } from "vitest";
import { memoryStore } from "../src/memory-store.ts";
import { ParleyError } from "../src/parley-error.ts";
import type { Store } from "../src/store.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import type { FakeLog } from "./support/fake-log.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person, texts } from "./support/person.ts";

const world = () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  return { clock, server, log: server.conversation("c1", "direct", ["ann", "ben"]) };
};
const said = (log: FakeLog): string[] =>
  log.entries.flatMap((entry) => (entry.kind === "message" ? entry.content : []));

test("[CMD-1] shows a message at once, then as sent, then with its place in the log", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  const { message, sent } = ann.send("c1", "hello");
  expect(message).toMatchObject({ content: "hello", status: "pending", sender_id: "ann" });
  expect(ann.messages("c1")).toEqual([message]);
  await expect(sent).resolves.toMatchObject({ status: "sent", seq: 2, client_message_id: message.client_message_id });
  await settle();
  expect(ann.messages("c1")).toMatchObject([{ seq: 2, status: "sent" }]);
  expect(said(log)).toEqual(["hello"]);
  expect(server.breaches).toEqual([]);
});

test("[IDEM-1] nothing leaves before it is stored", async () => {
  const { clock, server } = world();
  const inner = memoryStore();
  let stored = false;
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const store: Store = Object.assign(Object.create(inner) as Store, {
    load: () => inner.load(),
    page: (...call: Parameters<Store["page"]>) => inner.page(...call),
    apply: async (...call: Parameters<Store["apply"]>) => {
      if ((call[0].outbox?.length ?? 0) > 0) {
        await gate;
        stored = true;
      }
      await inner.apply(...call);
    },
  });
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  const { sent } = ann.send("c1", "hello");
  server.cutAll();
  await settle();
  await clock.until(() => ann.state.name === "online");
  await clock.advance(5000);
  expect(server.commands.filter((command) => command.type === "send")).toEqual([]);
  open();
  await sent;
  expect(stored).toBe(true);
});

test("[IDEM-3] survives the end of the process, and leaves with the same id and in order", async () => {
  const { clock, server, log } = world();
  const store = memoryStore();
  const before = person(clock, server, "ann", { store });
  await before.connect();
  server.faults.down = (event) => (event.type === "ack" ? "cut" : "pass");
  for (const text of ["a", "b", "c"]) before.send("c1", text);
  await settle();
  await before.close();
  server.faults.down = () => "pass";
  const after = person(clock, server, "ann", { store });
  await after.start();
  expect(texts(after, "c1")).toEqual(["a", "b", "c"]);
  await after.connect();
  await clock.until(() => said(log).length === 3 && after.messages("c1").every((one) => one.status === "sent"));
  expect(said(log)).toEqual(["a", "b", "c"]);
  expect(texts(after, "c1")).toEqual(["a", "b", "c"]);
  expect((await store.load()).outbox).toEqual([]);
});

test("[ERR-3] a refusal worth a retry holds back those behind it, and waits as told", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  let refusals = 3;
  server.faults.refuse = (command) =>
    command.type === "send" && refusals-- > 0 ? { code: "rate_limited", retry_after_ms: 2000 } : undefined;
  const started = clock.now;
  for (const text of ["a", "b", "c", "d"]) ann.send("c1", text);
  await clock.until(() => said(log).length === 4);
  expect(said(log)).toEqual(["a", "b", "c", "d"]);
  expect(clock.now - started).toBeGreaterThanOrEqual(6000);
});

test("[ERR-3] a refusal for good fails that message alone; it can be retried or discarded", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.faults.refuse = (command) =>
    command.type === "send" && command.content === "b" ? { code: "forbidden" } : undefined;
  const [, second] = ["a", "b", "c"].map((text) => ann.send("c1", text));
  await expect(second?.sent).rejects.toMatchObject({ code: "forbidden" });
  await clock.until(() => said(log).length === 2);
  await settle();
  const failed = ann.messages("c1").at(-1);
  expect(failed).toMatchObject({ content: "b", status: "failed", error: { code: "forbidden" } });
  server.faults.refuse = () => undefined;
  ann.retry("c1", failed?.client_message_id ?? "");
  await clock.until(() => said(log).length === 3);
  expect(said(log)).toEqual(["a", "c", "b"]);
});

test("discards what never left, and says when it may have", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.cutAll();
  await settle();
  const waiting = ann.send("c1", "never");
  await settle();
  expect(ann.discard("c1", waiting.message.client_message_id ?? "")).toBe(true);
  await expect(waiting.sent).rejects.toBeInstanceOf(ParleyError);
  await clock.until(() => ann.state.name === "online");
  server.faults.down = (event) => (event.type === "ack" || event.type === "entries" ? "hide" : "pass");
  const left = ann.send("c1", "left");
  await clock.until(() => said(log).length === 1);
  expect(ann.discard("c1", left.message.client_message_id ?? "")).toBe(false);
  expect(said(log)).toEqual(["left"]);
});

test("[IDEM-2] an answer that never comes is asked for again", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  let hidden = 0;
  server.faults.down = (event) =>
    (event.type === "ack" || event.type === "entries") && hidden++ < 3 ? "hide" : "pass";
  const { sent } = ann.send("c1", "once");
  const outcome = sent.then((message) => message.seq);
  await clock.until(() => ann.messages("c1")[0]?.status === "sent");
  await expect(outcome).resolves.toBe(2);
  expect(said(log)).toEqual(["once"]);
});

test("[LIM-1] [LIM-2] refuses what can never be sent, and has an end", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann");
  expect(() => ann.send("c1", "too early")).toThrow(ParleyError);
  await ann.connect();
  expect(() => ann.send("c1", "é".repeat(8193))).toThrow(/too long/);
  expect(() => ann.send("c1", "\u0001".repeat(16_000))).toThrow(/too long/);
  await ann.close();
  for (let count = 0; count < 1000; count++) ann.send("c1", "x");
  expect(() => ann.send("c1", "x")).toThrow(expect.objectContaining({ code: "limit_exceeded" }));
});

test("one conversation that is refused does not hold up another", async () => {
  const { clock, server } = world();
  const other = server.conversation("c2", "direct", ["ann", "cem"]);
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.faults.refuse = (command) =>
    command.type === "send" && command.conversation_id === "c1"
      ? { code: "overloaded", retry_after_ms: 60_000 }
      : undefined;
  ann.send("c1", "stuck");
  await ann.send("c2", "through").sent;
  expect(said(other)).toEqual(["through"]);
  expect(ann.messages("c1")).toMatchObject([{ status: "pending" }]);
});

test("[IDEM-1] a message whose entry comes is settled: not sent again, not shown twice", async () => {
  const { clock, server, log } = world();
  const store = memoryStore();
  const before = person(clock, server, "ann", { store });
  await before.connect();
  server.faults.down = (event) => (event.type === "ack" ? "cut" : "pass");
  before.send("c1", "once");
  await settle();
  await before.close();
  delete server.faults.down;
  const after = person(clock, server, "ann", { store });
  const shown: number[] = [];
  after.on("messages", () => shown.push(after.messages("c1").length));
  await after.connect();
  await clock.advance(30_000);
  expect(said(log)).toEqual(["once"]);
  expect(server.commands.filter((command) => command.type === "send")).toHaveLength(1);
  expect(Math.max(...shown)).toBe(1);
});
