import { expect, test } from "vitest";
import { memoryStore } from "../src/memory-store.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person, texts } from "./support/person.ts";

const world = () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  return { clock, server };
};

test("[SYNC-7] the same answer twice changes nothing", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "direct", ["ann", "ben"]);
  for (const text of ["a", "b"]) server.say(log, "ben", text);
  server.faults.down = (event) => (event.type === "sync" ? "twice" : "pass");
  const ann = person(clock, server, "ann");
  await ann.connect();
  await settle();
  expect(texts(ann, "c1")).toEqual(["a", "b"]);
  expect(ann.conversation("c1")).toMatchObject({ unread_count: 2, head_seq: 3 });
  const [rows, messages, rev] = [ann.conversations(), ann.messages("c1"), ann.rev];
  server.cutAll();
  await settle();
  await clock.until(() => ann.state.name === "online");
  expect([ann.conversations(), ann.messages("c1"), ann.rev]).toEqual([rows, messages, rev]);
});

test("[CONV-5] live frames count as a fresh snapshot does", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "direct", ["ann", "ben"]);
  const live = person(clock, server, "ann");
  await live.connect();
  const first = server.say(log, "ben", "a");
  server.say(log, "ann", "mine");
  server.say(log, "ben", "b");
  server.append(log, { kind: "delete", sender_id: "ben", target: first.message_id });
  await settle();
  const fresh = person(clock, server, "ann", { deviceId: "other" });
  await fresh.connect();
  for (const field of ["unread_count", "head_seq", "read_up_to"] as const) {
    expect(live.conversation("c1")?.[field]).toBe(fresh.conversation("c1")?.[field]);
  }
  expect(live.conversation("c1")?.unread_count).toBe(1);
});

test("[SYNC-6] pages on while there is more, and a break between pages skips nothing", async () => {
  const { clock, server } = world();
  const store = memoryStore();
  for (let count = 0; count < 25; count++) server.conversation(`c${count}`, "direct", ["ann", "ben"]);
  server.page = 10;
  let answers = 0;
  server.faults.down = (event, socket) => {
    if (event.type !== "sync" || ++answers !== 2) return "pass";
    const first = server.logs.get("c0");
    // A live entry with the newest `rev` of all comes in front of the page that is lost.
    if (first !== undefined) server.say(first, "ben", "live");
    setImmediate(() => setImmediate(() => server.cut(socket)));
    return "hide";
  };
  const ann = person(clock, server, "ann", { store });
  const online = ann.connect();
  await clock.until(() => ann.state.name === "online");
  await online;
  expect(ann.conversations()).toHaveLength(25);
  expect(answers).toBeGreaterThan(3);
});

test("[SYNC-2] starts from the store without a network, and asks only for what is new", async () => {
  const { clock, server } = world();
  const store = memoryStore();
  const log = server.conversation("c1", "direct", ["ann", "ben"]);
  server.say(log, "ben", "a");
  const before = person(clock, server, "ann", { store });
  await before.connect();
  await before.close();
  const after = person(clock, server, "ann", { store });
  await after.start();
  expect(texts(after, "c1")).toEqual(["a"]);
  expect([after.userId, after.rev]).toEqual(["ann", before.rev]);
  await after.connect();
  expect([...server.sockets][0]?.address.searchParams.get("since")).toBe(String(before.rev));
});

test("a store is one user's: another's token does not mix with it", async () => {
  const { clock, server } = world();
  const store = memoryStore();
  server.conversation("c1", "direct", ["ann", "ben"]);
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  await ann.close();
  const ben = person(clock, server, "ben", { store });
  const errors: string[] = [];
  ben.on("error", ({ code }) => errors.push(code));
  await expect(ben.connect()).rejects.toMatchObject({ code: "forbidden" });
  expect(ben.state).toEqual({ name: "stopped", reason: "refused" });
  expect(errors).toEqual(["conflict"]);
  await ben.destroy();
  await ben.connect();
  expect(ben.userId).toBe("ben");
});

test("[SYNC-7] a row that is not newer is not applied", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "direct", ["ann", "ben"]);
  const old = log.row("ann");
  server.say(log, "ben", "a");
  const ann = person(clock, server, "ann");
  await ann.connect();
  const known = ann.conversation("c1");
  for (const socket of server.sockets) {
    server.down(socket, { type: "conversation", conversation: { ...old, name: "old" } });
    server.down(socket, { type: "conversation", conversation: { ...log.row("ann"), name: "same" } });
  }
  await settle();
  expect(ann.conversation("c1")).toBe(known);
  for (const socket of server.sockets) {
    const newer = { ...log.row("ann"), name: "newer", rev: (known?.rev ?? 0) + 1 };
    server.down(socket, { type: "conversation", conversation: newer });
  }
  await settle();
  expect(ann.conversation("c1")?.name).toBe("newer");
});
