import { expect, test } from "vitest";
import { memoryStore } from "../src/memory-store.ts";
import { permissionsOf } from "../src/permissions.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person, texts } from "./support/person.ts";

const world = () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  return { clock, server };
};

test("[MEMB-1] members come, get roles and go; each time the row says so", async () => {
  const { clock, server } = world();
  const [ann, ben] = [person(clock, server, "ann"), person(clock, server, "ben")];
  await Promise.all([ann.connect(), ben.connect()]);
  const { conversation_id: id } = await ann.createGroup("Boat", ["ben"], { avatar: "🚤" });
  await settle();
  expect(ann.conversation(id)).toMatchObject({ name: "Boat", member_count: 2, role: "owner" });
  await ann.addMembers(id, ["cem", "dan"]);
  await expect(ann.members(id)).resolves.toMatchObject({ members: [{ user_id: "ann" }, {}, {}, { user_id: "dan" }] });
  await ann.setRole(id, "ben", "admin");
  await settle();
  expect(ben.conversation(id)).toMatchObject({ role: "admin", member_count: 4 });
  await ann.removeMember(id, "dan");
  const changed = await ann.changeConversation(id, { name: "Ship", settings: { write: "admins" } });
  expect(changed).toMatchObject({ name: "Ship" });
  await settle();
  const people = ben.conversation(id)?.participants?.map(({ user_id, role }) => `${user_id} ${role}`);
  expect(people).toEqual(["ann owner", "ben admin", "cem member"]);
  expect(ben.conversation(id)).toMatchObject({ name: "Ship", member_count: 3, settings: { write: "admins" } });
  await expect(ann.addMembers(id, ["cem"])).rejects.toMatchObject({ code: "conflict" });
  expect(server.breaches).toEqual([]);
});

test("[MEMB-7] who was removed sends nothing more, asks for nothing more, and may come back", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "group", ["ben", "ann", "cem"]);
  const ann = person(clock, server, "ann");
  await ann.connect();
  await ann.open("c1");
  server.say(log, "ben", "one");
  server.faults.refuse = (command) =>
    command.type === "send" ? { code: "overloaded", retry_after_ms: 5000 } : undefined;
  const waiting = ann.send("c1", "too late");
  await settle();
  const edit = ann.edit("c1", waiting.message.client_message_id ?? "", "much too late");
  server.append(log, { kind: "member", op: "remove", sender_id: "ben", user_id: "ann" });
  await settle();
  expect(ann.conversation("c1")?.left_at).toBeDefined();
  await expect(waiting.sent).rejects.toMatchObject({ code: "not_found" });
  await edit.done;
  expect(() => ann.send("c1", "never")).toThrow(expect.objectContaining({ code: "not_found" }));
  expect(() => ann.react("c1", log.entries[1]?.message_id ?? "", "👍", true)).toThrow(/no longer a member/);
  const { length } = server.commands;
  ann.typing("c1");
  ann.setDraft("c1", "nobody will know");
  server.say(log, "ben", "unheard");
  await clock.advance(60_000);
  expect(server.commands.slice(length).filter(({ type }) => type !== "delivered")).toEqual([]);
  expect(texts(ann, "c1")).toEqual(["one", "much too late"]);
  expect(Object.values(ann.permissions("c1"))).not.toContain(true);
  delete server.faults.refuse;
  server.append(log, { kind: "member", op: "add", sender_id: "ben", user_id: "ann", role: "member" });
  await clock.until(() => ann.conversation("c1")?.left_at === undefined);
  await settle();
  expect(server.commands.slice(length).filter(({ type }) => type === "open")).toHaveLength(1);
  await ann.send("c1", "back").sent;
  await clock.until(() => texts(ann, "c1").includes("unheard"));
  await clock.until(() => ann.conversation("c1")?.head_seq === log.head);
});

test("[MEMB-1] leaving keeps the conversation, with `left_at`", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "group", ["ben", "ann"]);
  const store = memoryStore();
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  await ann.leaveConversation("c1");
  expect(ann.conversation("c1")?.left_at).toBeDefined();
  await ann.close();
  server.say(log, "ben", "unheard");
  server.commands.length = 0;
  const again = person(clock, server, "ann", { store });
  await again.connect();
  await again.open("c1");
  await clock.advance(5000);
  expect(server.commands.filter(({ type }) => type === "log")).toEqual([]);
  expect(texts(again, "c1")).toEqual([]);
});

test("[MEMB-4] a log that begins with joining is not asked for what was before", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "group", ["ben", "cem"]);
  log.settings = { ...log.settings, history: "since_joined" };
  for (let count = 0; count < 30; count++) server.say(log, "ben", `before ${count}`);
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.append(log, { kind: "member", op: "add", sender_id: "ben", user_id: "ann", role: "member" });
  for (let count = 0; count < 60; count++) server.say(log, "cem", `after ${count}`);
  await clock.until(() => ann.conversation("c1")?.head_seq === log.head);
  await ann.open("c1");
  await expect(ann.loadOlder("c1")).resolves.toEqual({ more: false });
  await clock.advance(10_000);
  expect(ann.timeline("c1")).toHaveLength(61);
  expect(ann.timeline("c1")[0]).toMatchObject({ kind: "event", entry: { op: "add", user_id: "ann" } });
  const fresh = person(clock, server, "ann", { deviceId: "fresh" });
  await fresh.connect();
  while ((await fresh.loadOlder("c1")).more);
  await clock.advance(10_000);
  expect(fresh.timeline("c1")).toHaveLength(61);
  expect(server.commands.filter(({ type }) => type === "log")).toEqual([]);
});

test("[MEMB-2] who joins a long group reads it as he scrolls", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "group", ["ben", "cem"]);
  for (let count = 0; count < 300; count++) server.say(log, "ben", `before ${count}`);
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.append(log, { kind: "member", op: "add", sender_id: "ben", user_id: "ann", role: "member" });
  server.say(log, "ben", "welcome");
  await clock.until(() => texts(ann, "c1").includes("welcome"));
  expect(texts(ann, "c1")).toEqual(["welcome"]);
  await ann.open("c1");
  expect(texts(ann, "c1")).toHaveLength(51);
  expect(server.commands.filter(({ type }) => type === "log")).toEqual([]);
  let pages = 0;
  while ((await ann.loadOlder("c1")).more) pages++;
  expect([pages, texts(ann, "c1").length]).toEqual([4, 301]);
});

test("[INV-1] a link shows what it leads to, and leads there", async () => {
  const { clock, server } = world();
  const [ann, ben] = [person(clock, server, "ann"), person(clock, server, "ben")];
  await Promise.all([ann.connect(), ben.connect()]);
  const { conversation_id: id } = await ann.createGroup("Boat", ["cem"]);
  const { token } = await ann.createInvite(id, { max_uses: 2, expires_in: 60 });
  await expect(ann.invites(id)).resolves.toMatchObject([{ token, uses: 0, max_uses: 2 }]);
  await expect(ben.previewInvite(token)).resolves.toEqual({ name: "Boat", member_count: 2 });
  await expect(ben.acceptInvite(token)).resolves.toMatchObject({ conversation_id: id, member_count: 3 });
  expect(ben.conversation(id)?.name).toBe("Boat");
  await ann.revokeInvite(id, token);
  await expect(ben.acceptInvite(token)).rejects.toMatchObject({ code: "not_found" });
});

test("[CHAN-2] a channel is read while it is open: its newest page, and what comes", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "channel", ["ben", "ann"]);
  const store = memoryStore();
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  for (let count = 0; count < 40; count++) server.say(log, "ben", `early ${count}`);
  await ann.open("c1");
  await clock.until(() => texts(ann, "c1").length === 40);
  server.say(log, "ben", "live");
  await settle();
  expect(texts(ann, "c1")).toHaveLength(41);
  ann.leave("c1");
  await settle();
  for (let count = 0; count < 1000; count++) server.say(log, "ben", `late ${count}`);
  server.tell(log, "ann");
  await clock.advance(10_000);
  expect(ann.conversation("c1")).toMatchObject({ head_seq: log.head, unread_count: 1041 });
  expect(server.commands.filter(({ type }) => type === "log").length).toBeLessThanOrEqual(1);
  const { rev } = ann;
  server.commands.length = 0;
  await ann.open("c1");
  await clock.until(() => texts(ann, "c1").at(-1) === "late 999");
  expect(texts(ann, "c1")).toHaveLength(50);
  expect(server.commands.filter(({ type }) => type === "log")).toEqual([]);
  await ann.loadOlder("c1");
  expect(texts(ann, "c1")).toHaveLength(100);
  // That it lags behind while nobody looks does not hold back what the next sync asks for.
  expect(rev).toBe(log.revs.get("ann"));
});

test("[CHAN-2] a gap of less than a page is filled from the log when a channel is opened, and after a reconnect", async () => {
  const { clock, server } = world();
  const log = server.conversation("c1", "channel", ["ben", "ann"]);
  const ann = person(clock, server, "ann");
  await ann.connect();
  await ann.open("c1");
  for (let count = 0; count < 30; count++) server.say(log, "ben", `a${count}`);
  await settle();
  ann.leave("c1");
  await settle();
  for (let count = 0; count < 30; count++) server.say(log, "ben", `b${count}`);
  await ann.open("c1");
  await clock.until(() => texts(ann, "c1").length === 60);
  server.cutAll();
  for (let count = 0; count < 30; count++) server.say(log, "ben", `c${count}`);
  await clock.until(() => texts(ann, "c1").length === 90);
  expect(new Set(texts(ann, "c1")).size).toBe(90);
  expect(server.breaches).toEqual([]);
});

test("[ROLE-2] [ROLE-3] who may do what", () => {
  const { server } = world();
  const of = (type: "direct" | "group" | "channel", role: "owner" | "admin" | "member" | "subscriber", more = {}) => {
    const log = server.conversation(`${type} ${role}`, type, ["ann"]);
    const row = { ...log.row("ann"), role, settings: { ...log.settings, ...more } };
    const may = Object.entries(permissionsOf(row)).filter(([, allowed]) => allowed === true);
    return may.map(([what]) => what).join(" ");
  };
  const everything = "write addMembers rename pin manage deleteAny mentionAll invite leave";
  expect(of("group", "owner")).toBe(everything);
  expect(of("channel", "admin")).toBe(everything);
  expect(of("group", "member")).toBe("write leave");
  expect(of("group", "member", { add: "everyone", pin: "everyone" })).toBe("write addMembers pin invite leave");
  expect(of("group", "member", { write: "admins" })).toBe("leave");
  expect(of("channel", "subscriber", { write: "everyone" })).toBe("leave");
  expect(of("direct", "member")).toBe("write pin");
  expect(Object.values(permissionsOf(undefined))).not.toContain(true);
});
