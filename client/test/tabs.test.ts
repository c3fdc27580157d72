import { expect, test } from "vitest";
import type { ParleyClient } from "../src/api.ts";
import { OutboxJournal } from "../src/outbox-journal.ts";
import { ParleyError } from "../src/parley-error.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { FakeBrowser } from "./support/fake-tabs.ts";
import { texts } from "./support/person.ts";

const world = () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const log = server.conversation("c1", "direct", ["ann", "ben"]);
  return { clock, server, log, browser: new FakeBrowser(clock, server, "ann") };
};

/** Several tabs, of which the first one leads. */
const tabsOf = async (count: number) => {
  const { clock, server, log, browser } = world();
  const tabs = Array.from({ length: count }, () => browser.open());
  const clients = tabs.map((tab) => tab.client);
  for (const client of clients) {
    await client.connect();
    await client.open("c1");
  }
  return { clock, server, log, browser, tabs, clients };
};
const online = (client: ParleyClient) => () => client.state.name === "online";
const contents = (log: { entries: readonly object[] }): string[] =>
  log.entries.flatMap((entry) => ("content" in entry ? (entry.content as string) : []));

test("three tabs have one connection, and show the same", async () => {
  const { server, log, browser, clients } = await tabsOf(3);
  expect(browser.sockets).toBe(1);
  server.say(log, "ben", "hello");
  await settle();
  for (const client of clients) {
    expect(texts(client, "c1")).toEqual(["hello"]);
    expect(client.conversation("c1")).toMatchObject({ unread_count: 1 });
    expect(client.userId).toBe("ann");
    expect(client.conversations()).toBe(client.conversations());
    expect(client.timeline("c1")).toBe(client.timeline("c1"));
    expect(client.messages("c1")).toBe(client.messages("c1"));
  }
  clients[2]?.markRead("c1");
  await settle();
  for (const client of clients) expect(client.conversation("c1")).toMatchObject({ unread_count: 0 });
});

test("[IDEM-1] what any tab sends is shown there at once, in the others a moment later, and arrives once", async () => {
  const { log, clients } = await tabsOf(3);
  const [, second, third] = clients as [ParleyClient, ParleyClient, ParleyClient];
  const sending = second.send("c1", "from the second");
  expect(texts(second, "c1")).toEqual(["from the second"]);
  expect(sending.message.status).toBe("pending");
  await expect(sending.sent).resolves.toMatchObject({ status: "sent", content: "from the second" });
  await settle();
  expect(texts(third, "c1")).toEqual(["from the second"]);
  expect(texts(second, "c1")).toEqual(["from the second"]);
  expect(contents(log)).toEqual(["from the second"]);
});

test("[SEQ-2] two tabs that send at once keep the order of each", async () => {
  const { log, clients } = await tabsOf(3);
  const [first, second] = clients as [ParleyClient, ParleyClient, ParleyClient];
  const sent = Array.from({ length: 20 }, (_, index) => [
    first.send("c1", `a${index}`).sent,
    second.send("c1", `b${index}`).sent,
  ]).flat();
  await Promise.all(sent);
  const of = (letter: string): string[] => contents(log).filter((text) => text.startsWith(letter));
  for (const letter of ["a", "b"])
    expect(of(letter)).toEqual(Array.from({ length: 20 }, (_, index) => `${letter}${index}`));
  await settle();
  for (const client of clients) expect(texts(client, "c1")).toEqual(contents(log));
});

test("edits, deletions, reactions and refusals come from any tab", async () => {
  const { server, log, clients } = await tabsOf(2);
  const [first, second] = clients as [ParleyClient, ParleyClient];
  server.say(log, "ben", "hello");
  await settle();
  const id = second.messages("c1")[0]?.message_id ?? "";
  await second.react("c1", id, "👍", true).done;
  await settle();
  expect(first.messages("c1")[0]?.reactions).toEqual([{ emoji: "👍", count: 1, me: true }]);
  await expect(second.edit("c1", id, "not mine").done).rejects.toBeInstanceOf(ParleyError);
  expect(() => second.send("c1", "x".repeat(20_000))).toThrow(ParleyError);
  server.faults.refuse = (command) => (command.type === "send" ? { code: "forbidden" } : undefined);
  await expect(second.send("c1", "refused").sent).rejects.toMatchObject({ code: "forbidden" });
  await settle();
  const failed = first.messages("c1").at(-1);
  expect(failed).toMatchObject({ status: "failed", content: "refused" });
  expect(second.discard("c1", failed?.client_message_id ?? "")).toBe(true);
  await settle();
  for (const client of clients) expect(texts(client, "c1")).toEqual(["hello"]);
});

test("[DLV-3] when the leader is killed, another goes on: nothing is lost, nothing comes twice", async () => {
  const { clock, server, log, browser, tabs, clients } = await tabsOf(3);
  const [, second, third] = clients as [ParleyClient, ParleyClient, ParleyClient];
  server.faults.down = (event) => (event.type === "ack" ? "hide" : "pass");
  const inFlight = second.send("c1", "on its way");
  await settle();
  const together = second.send("c1", "at the moment");
  tabs[0]?.kill();
  delete server.faults.down;
  const after = third.send("c1", "after it");
  server.say(log, "ben", "meanwhile");
  await clock.until(() => browser.sockets === 1 && online(second)());
  await Promise.all([inFlight.sent, together.sent, after.sent]);
  await clock.advance(1000);
  expect(contents(log).toSorted()).toEqual(["after it", "at the moment", "meanwhile", "on its way"]);
  for (const client of [second, third]) expect(texts(client, "c1")).toEqual(contents(log));
});

test("a leader that is closed hands over at once", async () => {
  const { clock, browser, clients } = await tabsOf(2);
  const [first, second] = clients as [ParleyClient, ParleyClient];
  await first.close();
  expect(first.state).toEqual({ name: "stopped", reason: "closed" });
  await clock.until(() => browser.sockets === 1 && online(second)(), 1500);
  await first.connect();
  expect(online(first)()).toBe(true);
  expect(browser.sockets).toBe(1);
});

test("a tab that is looked at takes over from one that was not for a while", async () => {
  const { clock, server, browser, tabs, clients } = await tabsOf(2);
  const [first, second] = tabs;
  const leader = () => [...server.sockets].find((one) => one.user === "ann");
  const before = leader();
  first?.show(false);
  await clock.advance(5000);
  first?.show(true);
  await clock.advance(20_000);
  expect(leader()).toBe(before);
  const device = clients[0]?.deviceId;
  first?.show(false);
  await clock.advance(12_000);
  await clock.until(() => clients.every((client) => online(client)()));
  expect(leader()).not.toBe(before);
  first?.kill();
  await settle();
  // The one that is left led already: nobody notices.
  expect(second?.client.state.name).toBe("online");
  expect(browser.sockets).toBe(1);
  expect(second?.client.deviceId).toBe(device);
});

test.each([true, false])("a frozen leader mutes nobody, and wakes up as a follower (told before: %s)", async (told) => {
  const { clock, server, log, browser, tabs, clients } = await tabsOf(2);
  const [first, second] = clients as [ParleyClient, ParleyClient];
  await first.send("c1", "before").sent;
  tabs[0]?.freeze(told);
  await clock.until(() => browser.sockets === 1 && tabs[1]?.runs === true, 100);
  const sending = second.send("c1", "while it sleeps");
  await clock.until(() => contents(log).includes("while it sleeps"), 15_000);
  await sending.sent;
  server.say(log, "ben", "hello");
  await settle();
  tabs[0]?.thaw();
  await clock.advance(5000);
  await first.send("c1", "awake").sent;
  await settle();
  expect(browser.sockets).toBe(1);
  for (const client of clients) expect(texts(client, "c1")).toEqual(contents(log));
  expect(contents(log)).toEqual(["before", "while it sleeps", "hello", "awake"]);
  for (const client of clients) expect(client.state.name).toBe("online");
});

test("a message that two tabs lost with their lives is sent by the next one", async () => {
  const { clock, server, log, browser, tabs, clients } = await tabsOf(2);
  server.faults.refuse = (command) => (command.type === "send" ? { code: "overloaded" } : undefined);
  clients[1]?.send("c1", "written down");
  for (const tab of tabs) tab.kill();
  delete server.faults.refuse;
  const { client } = browser.open();
  await client.connect();
  await client.open("c1");
  await clock.until(() => contents(log).length === 1);
  await settle();
  expect(texts(client, "c1")).toEqual(["written down"]);
});

test("what a tab wrote down in its last moment is sent by the one that leads", async () => {
  const { clock, log, browser, tabs } = await tabsOf(2);
  const row = {
    client_message_id: "019b76da-a800-714d-a4e3-f6f22bb257fe",
    conversation_id: "c1",
    order: clock.now,
    content: "last words",
    options: {},
    created_at: new Date(clock.now).toISOString(),
  };
  new OutboxJournal("double", browser.database.storage).put(row);
  tabs[1]?.kill();
  await clock.until(() => contents(log).length === 1, 5000);
  await clock.advance(1000);
  expect(contents(log)).toEqual(["last words"]);
  expect(browser.database.storage.length).toBe(0);
});

test("[CMD-6] [CMD-7] [CMD-8] what is open, in use and watched in any tab is so for the server", async () => {
  const { clock, server, browser, tabs, clients } = await tabsOf(2);
  const [first, second] = clients as [ParleyClient, ParleyClient];
  const socket = () => [...server.sockets].find((one) => one.user === "ann");
  const states = () => server.commands.flatMap((command) => (command.type === "state" ? command.active : []));
  first.leave("c1");
  await settle();
  expect(socket()?.opened.has("c1")).toBe(true);
  first.setActive(false);
  await settle();
  expect(states()).toEqual([]);
  second.setActive(false);
  await settle();
  expect(states()).toEqual([false]);
  const end = second.watchPresence(["ben"]);
  first.watchPresence(["cem"]);
  await clock.advance(100);
  expect([...(socket()?.watched ?? [])].toSorted()).toEqual(["ben", "cem"]);
  expect(second.presence("ben")).toEqual({ status: "offline" });
  end();
  await clock.advance(100);
  expect([...(socket()?.watched ?? [])]).toEqual(["cem"]);
  // A tab that is gone shows nothing any more.
  tabs[1]?.kill();
  await clock.advance(100);
  expect(socket()?.opened.has("c1")).toBe(false);
  expect(browser.sockets).toBe(1);
});

test("[EVT-5] typing and names are shown in every tab, and forgotten with time", async () => {
  const { clock, server, clients } = await tabsOf(2);
  server.profiles.set("ben", { user_id: "ben", display_name: "Ben" });
  const [socket] = server.sockets;
  if (socket !== undefined)
    server.down(socket, { type: "typing", conversation_id: "c1", user_id: "ben", state: "start" });
  await settle();
  for (const client of clients) expect(client.typingUsers("c1")).toEqual(["ben"]);
  await clock.advance(7000);
  for (const client of clients) expect(client.typingUsers("c1")).toEqual([]);
  const names = clients.map((client) => client.person("ben"));
  expect(names).toEqual([undefined, undefined]);
  await settle();
  for (const client of clients) expect(client.person("ben")?.display_name).toBe("Ben");
});

test("calls of any tab are answered, and asked again of the next leader", async () => {
  const { clock, server, browser, tabs, clients } = await tabsOf(2);
  const [, second] = clients as [ParleyClient, ParleyClient];
  const direct = await second.createDirect("cem");
  expect(second.conversation(direct.conversation_id)).toBeDefined();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  server.faults.slow = () => held;
  const pins = second.pins("c1");
  const group = second.createGroup("Walkers", ["ben"]);
  await settle();
  tabs[0]?.kill();
  delete server.faults.slow;
  release();
  await expect(group).rejects.toMatchObject({ code: "overloaded" });
  await expect(pins).resolves.toEqual([]);
  await clock.until(() => browser.sockets === 1);
});

test("signing out in one tab ends the others too, and leaves nothing", async () => {
  const { clock, browser, clients } = await tabsOf(3);
  const [first, second, third] = clients as [ParleyClient, ParleyClient, ParleyClient];
  await second.send("c1", "hello").sent;
  await second.destroy();
  await clock.advance(1000);
  expect(second.state).toEqual({ name: "stopped", reason: "closed" });
  for (const client of [first, third]) expect(client.state).toEqual({ name: "stopped", reason: "destroyed" });
  for (const client of clients) expect(client.conversations()).toEqual([]);
  expect(browser.sockets).toBe(0);
  const { client } = browser.open();
  await client.start();
  expect(client.conversations()).toEqual([]);
  expect(client.userId).toBeUndefined();
});

test("a tab of an older version asks to be loaded anew, and leaves the lead", async () => {
  const { clock, browser, tabs, clients } = await tabsOf(2);
  tabs[0]?.say({ v: 1000, from: "newer", body: { kind: "ask" } });
  await clock.advance(100);
  expect(clients[0]?.state).toEqual({ name: "stopped", reason: "outdated" });
  expect(browser.sockets).toBe(1);
  expect(clients[1]?.state.name).toBe("online");
});

test("a tab shows what the leader has without a network", async () => {
  const { clock, server, log, browser, clients } = await tabsOf(1);
  server.say(log, "ben", "hello");
  await settle();
  server.faults.upgrade = () => false;
  server.cutAll();
  const { client } = browser.open();
  await client.start();
  expect(client.conversations()).toHaveLength(1);
  void client.open("c1").catch(() => undefined);
  await settle();
  expect(texts(client, "c1")).toEqual(["hello"]);
  client.send("c1", "later");
  await settle();
  expect(texts(clients[0] as ParleyClient, "c1")).toEqual(["hello", "later"]);
  delete server.faults.upgrade;
  await clock.until(() => contents(log).includes("later"));
});
