import { expect, test } from "vitest";
import { memoryStore } from "../src/memory-store.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person } from "./support/person.ts";

const world = () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  return { clock, server, log: server.conversation("c1", "direct", ["ann", "ben"]) };
};
const marks = (server: FakeServer, type: "delivered" | "read"): number[] =>
  server.commands.flatMap((command) => (command.type === type ? command.up_to : []));

test("[EVT-4] ticks: sent, delivered, read", async () => {
  const { clock, server } = world();
  const [ann, ben] = [person(clock, server, "ann"), person(clock, server, "ben")];
  await ann.connect();
  const { sent } = ann.send("c1", "hello");
  await sent;
  expect(ann.messages("c1").map((message) => message.status)).toEqual(["sent"]);
  await ben.connect();
  await clock.until(() => ann.messages("c1")[0]?.status === "delivered");
  ben.markRead("c1");
  await clock.until(() => ann.messages("c1")[0]?.status === "read");
  expect(ann.conversation("c1")?.last_message?.receipts).toEqual({ delivered: 1, read: 1, of: 1 });
  expect(server.breaches).toEqual([]);
});

test("[MSG-3] ticks that came while away are there when the conversation is opened", async () => {
  const { clock, server, log } = world();
  const store = memoryStore();
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  await ann.send("c1", "hello").sent;
  await ann.close();
  log.read.set("ben", 2);
  log.delivered.set("ben", 2);
  const again = person(clock, server, "ann", { store });
  await again.connect();
  await again.open("c1");
  expect(again.messages("c1")).toMatchObject([{ status: "read" }]);
});

test("[EVT-4] in a group a message is read when all have read it", async () => {
  const { clock, server } = world();
  server.conversation("g", "group", ["ann", "ben", "cem"]);
  const ann = person(clock, server, "ann");
  await ann.connect();
  for (const text of ["one", "two"]) await ann.send("g", text).sent;
  await settle();
  const tell = (delivered: number, read: number): void => {
    for (const socket of server.sockets)
      server.down(socket, { type: "receipt", conversation_id: "g", delivered, read, of: 2 });
  };
  const ticks = async () => {
    await settle();
    return ann.messages("g").map((message) => message.status);
  };
  tell(1, 0);
  await expect(ticks()).resolves.toEqual(["sent", "sent"]);
  tell(2, 1);
  await expect(ticks()).resolves.toEqual(["delivered", "delivered"]);
  tell(2, 2);
  await expect(ticks()).resolves.toEqual(["read", "read"]);
  expect(ann.messages("g").at(-1)?.receipts).toEqual({ delivered: 2, read: 2, of: 2 });
});

test("[CMD-4] `delivered` goes at once after a quiet moment, then at most every 250 ms, and ends at the head", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  await clock.advance(1000);
  const before = marks(server, "delivered").length;
  for (let count = 0; count < 20; count++) {
    server.say(log, "ben", String(count));
    await clock.advance(50);
  }
  await clock.advance(1000);
  const sent = marks(server, "delivered").slice(before);
  expect(sent[0]).toBe(2);
  expect(sent.length).toBeLessThanOrEqual(6);
  expect(sent.at(-1)).toBe(log.head);
  expect(sent).toEqual([...sent].sort((a, b) => a - b));
});

test("[RCPT-1] reading counts at once, only rises, and is told again when it may be lost", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  for (const text of ["a", "b", "c"]) server.say(log, "ben", text);
  await ann.connect();
  await settle();
  ann.markRead("c1", 3);
  expect(ann.conversation("c1")).toMatchObject({ unread_count: 1, read_up_to: 3 });
  ann.markRead("c1", 2);
  expect(ann.conversation("c1")?.read_up_to).toBe(3);
  server.cutAll();
  await settle();
  ann.markRead("c1");
  expect(ann.conversation("c1")).toMatchObject({ unread_count: 0, read_up_to: 4 });
  await clock.until(() => log.read.get("ann") === 4);
  expect(ann.conversation("c1")).toMatchObject({ unread_count: 0, read_up_to: 4 });
});

test("[CMD-5] [EVT-5] is throttled on the way out and expires on the way in", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  for (let count = 0; count < 40; count++) {
    ann.typing("c1");
    await clock.advance(100);
  }
  await clock.advance(5000);
  const states = server.commands.flatMap((command) => (command.type === "typing" ? command.state : []));
  expect(states).toEqual(["start", "start", "stop"]);
  for (const socket of server.sockets) {
    server.down(socket, { type: "typing", conversation_id: "c1", user_id: "ben", state: "start" });
  }
  await settle();
  expect(ann.typingUsers("c1")).toEqual(["ben"]);
  await clock.advance(5900);
  expect(ann.typingUsers("c1")).toEqual(["ben"]);
  await clock.advance(200);
  expect(ann.typingUsers("c1")).toEqual([]);
});

test("[CONV-5] what was read behind a stretch that is not here is counted by the server, or when it is paged", async () => {
  const { clock, server, log } = world();
  const ann = person(clock, server, "ann");
  for (const text of ["a", "b", "c"]) server.say(log, "ben", text);
  await ann.connect();
  await settle();
  server.newest = 10;
  const readBehind = async (upTo: number): Promise<void> => {
    server.faults.upgrade = () => false;
    server.cutAll();
    await settle();
    ann.markRead("c1", upTo);
    for (let count = 0; count < 30; count++) server.say(log, "ben", String(count), true);
    delete server.faults.upgrade;
    await clock.until(() => ann.state.name === "online");
  };
  await readBehind(3);
  await clock.advance(90_000);
  expect(ann.conversation("c1")).toMatchObject({ read_up_to: 3, unread_count: 31 });
  await readBehind(5);
  await ann.loadOlder("c1");
  expect(ann.conversation("c1")).toMatchObject({ read_up_to: 5, unread_count: 59 });
  expect(log.row("ann").unread_count).toBe(59);
});
