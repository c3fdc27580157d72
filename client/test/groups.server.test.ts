import { expect, test } from "vitest";
import type { ParleyClient, Store } from "../src/index.ts";
import { memoryStore } from "../src/index.ts";
import { texts, useServer } from "./support/real-server.ts";
import { eventually } from "./support/server.ts";

const { newName, join: introduce } = useServer();
const join = async (...who: [user: string, store?: Store, device?: string]): Promise<ParleyClient> => {
  const client = introduce(...who);
  await client.connect();
  return client;
};
const idOf = (client: ParleyClient, id: string, content: string): string =>
  client.messages(id).find((message) => message.content === content)?.message_id ?? "";

/** A group of three who are there. */
const group = async () => {
  const names3 = ["ann", "ben", "cem"].map(newName) as [string, string, string];
  const [ann, ben, cem] = (await Promise.all(names3.map((name) => join(name)))) as [
    ParleyClient,
    ParleyClient,
    ParleyClient,
  ];
  const { conversation_id: id } = await ann.createGroup("Boat", names3.slice(1));
  await eventually(() => [ben, cem].every((client) => client.conversation(id) !== undefined));
  return { ann, ben, cem, id, names: names3 };
};

test("[MSG-2] edit, reaction and deletion are the same for all", async () => {
  const { ann, ben, cem, id, names: people } = await group();
  for (const text of ["frist", "oops"]) await ann.send(id, text).sent;
  await eventually(() => [ben, cem].every((client) => texts(client, id).length === 2));
  const first = idOf(ann, id, "frist");
  await Promise.all([ann.edit(id, first, "first").done, ben.react(id, first, "👍", true).done]);
  await ann.deleteMessage(id, idOf(ann, id, "oops")).done;
  await eventually(() => [ann, ben, cem].every((client) => texts(client, id).join() === "first,"));
  await eventually(() => [ann, cem].every((client) => client.messages(id)[0]?.reactions?.[0]?.count === 1));
  expect(ben.messages(id)[0]).toMatchObject({ reactions: [{ emoji: "👍", count: 1, me: true }] });
  await expect(ben.edit(id, first, "mine").done).rejects.toMatchObject({ code: "forbidden" });
  expect(texts(ben, id)[0]).toBe("first");
  await ben.react(id, first, "👍", false).done;
  await eventually(() => (ann.messages(id)[0]?.reactions ?? []).length === 0);
  await expect(ann.reactions(id, first)).resolves.toEqual({ reactions: [] });
  for (const client of [ben, cem]) client.markRead(id);
  await eventually(() => ann.messages(id)[0]?.status === "read");
  const { receipts } = await ann.receipts(id, first);
  expect(receipts.map((receipt) => receipt.user_id).sort()).toEqual(people.slice(1));
  expect(receipts.every((receipt) => receipt.read_at !== undefined)).toBe(true);
  const fresh = await join(ann.userId ?? "", memoryStore(), "fresh");
  await fresh.open(id);
  expect(texts(fresh, id)).toEqual(["first", ""]);
});

test("[THREAD-1] a thread, with its counts on every device", async () => {
  const { ann, ben, cem, id } = await group();
  await ann.send(id, "root").sent;
  await eventually(() => texts(ben, id).length === 1);
  const root = idOf(ben, id, "root");
  for (const text of ["one", "two"]) await ben.send(id, text, { thread_root: root }).sent;
  const summary = (client: ParleyClient) => client.messages(id).find((message) => message.message_id === root)?.thread;
  await eventually(() => summary(ann)?.unread === 2 && summary(cem)?.replies === 2);
  expect(summary(ben)).toMatchObject({ replies: 2, unread: 0 });
  const phone = await join(ann.userId ?? "", memoryStore(), "phone");
  await phone.open(id);
  expect(summary(phone)).toMatchObject({ replies: 2, unread: 2 });
  ann.markThreadRead(id, root);
  await eventually(() => summary(phone)?.unread === 0);
  await expect(phone.threads(id)).resolves.toMatchObject([{ message_id: root, thread: { replies: 2, unread: 0 } }]);
  await phone.loadThread(id, root);
  expect(phone.thread(id, root).map((message) => message.content)).toEqual(["one", "two"]);
  await expect(cem.message(id, root)).resolves.toMatchObject({ content: "root" });
  await ben.deleteMessage(id, idOf(ben, id, "one")).done;
  await eventually(() => [ann, cem, phone].every((client) => summary(client)?.replies === 1));
});

test("[MEMB-1] members, roles, settings, pins, events, and who was removed", async () => {
  const { ann, ben, cem, id, names: people } = await group();
  const dan = await join(newName("dan"));
  await ann.addMembers(id, [dan.userId ?? ""]);
  await ann.setRole(id, people[1], "admin");
  await eventually(() => ben.permissions(id).manage && dan.conversation(id)?.member_count === 4);
  expect(ann.permissions(id)).toMatchObject({ manage: true, mentionAll: true, leave: true });
  expect(cem.permissions(id)).toMatchObject({ write: true, addMembers: false, manage: false });
  await ben.changeConversation(id, { name: "Ship", settings: { write: "admins" } });
  await eventually(() => cem.conversation(id)?.name === "Ship" && !cem.permissions(id).write);
  await expect(cem.send(id, "may I?").sent).rejects.toMatchObject({ code: "forbidden" });
  await ben.send(id, "order", { mentions: ["@all"] }).sent;
  await eventually(() => cem.conversation(id)?.mention_count === 1);
  await ben.pin(id, idOf(ben, id, "order"));
  await eventually(() =>
    ann
      .timeline(id)
      .some((item) => item.kind === "event" && "changes" in item.entry && item.entry.changes.pin !== undefined),
  );
  await expect(ann.pins(id)).resolves.toMatchObject([{ content: "order" }]);
  const { members } = await ann.members(id);
  expect(members).toHaveLength(4);
  await ben.removeMember(id, people[2]);
  await eventually(() => cem.conversation(id)?.left_at !== undefined);
  await ben.send(id, "secret").sent;
  await eventually(() => texts(ann, id).includes("secret"));
  expect(texts(cem, id)).not.toContain("secret");
  expect(() => cem.send(id, "still?")).toThrow(/no longer a member/);
  const lines = ann
    .timeline(id)
    .flatMap((item) => (item.kind === "event" && item.entry.kind === "member" ? item.entry.op : []));
  expect(lines.slice(-3)).toEqual(["add", "role", "remove"]);
  await dan.leaveConversation(id);
  expect(dan.conversation(id)?.left_at).toBeDefined();
  await eventually(() => ann.conversation(id)?.member_count === 2);
  expect(
    ann
      .conversation(id)
      ?.participants?.map((one) => one.user_id)
      .sort(),
  ).toEqual([people[0], people[1]].sort());
});

test("[INV-1] [MEMB-4] a join link, to a group that shows newcomers nothing of before", async () => {
  const { ann, id } = await group();
  await ann.changeConversation(id, { settings: { history: "since_joined" } });
  for (const text of ["old", "older"]) await ann.send(id, text).sent;
  const { token } = await ann.createInvite(id, { max_uses: 1, expires_in: 3600 });
  const dan = await join(newName("dan"));
  await expect(dan.previewInvite(token)).resolves.toEqual({ name: "Boat", member_count: 3 });
  await expect(dan.acceptInvite(token)).resolves.toMatchObject({ conversation_id: id, member_count: 4 });
  await ann.send(id, "welcome").sent;
  await eventually(() => texts(dan, id).includes("welcome"));
  await dan.open(id);
  while ((await dan.loadOlder(id)).more);
  expect(texts(dan, id)).toEqual(["welcome"]);
  const eve = await join(newName("eve"));
  await expect(eve.acceptInvite(token)).rejects.toMatchObject({ code: "not_found" });
  const second = await ann.createInvite(id);
  await ann.revokeInvite(id, second.token);
  await expect(eve.previewInvite(second.token)).rejects.toMatchObject({ code: "not_found" });
});

test("[SCHED-2] [EXP-1] a message for later, and one that disappears", async () => {
  const { ann, ben, id } = await group();
  const never = await ann.schedule(id, "never", new Date(Date.now() + 3_600_000));
  await ann.schedule(id, "later", new Date(Date.now() + 1500));
  await expect(ann.scheduled(id)).resolves.toMatchObject([{ content: "later" }, { content: "never" }]);
  await ann.cancelScheduled(id, never.client_message_id);
  await eventually(() => texts(ben, id).includes("later"));
  await eventually(() => texts(ann, id).includes("later"));
  await expect(ann.scheduled(id)).resolves.toEqual([]);
  await ben.send(id, "whisper", { expires_in: 2 }).sent;
  await eventually(() => texts(ann, id).includes("whisper"));
  await eventually(() => !texts(ann, id).includes("whisper") && !texts(ben, id).includes("whisper"));
  expect(texts(ann, id)).toEqual(["later"]);
  await eventually(() => ann.conversation(id)?.unread_count === 0);
});

test("[DRAFT-1] a draft on one device shows on the other, and clears", async () => {
  const { ann, id } = await group();
  const phone = await join(ann.userId ?? "", memoryStore(), "phone");
  ann.setDraft(id, "half a sen");
  await eventually(() => phone.conversation(id)?.draft?.content === "half a sen");
  ann.setDraft(id, "");
  await eventually(() => phone.conversation(id)?.draft === undefined);
  expect(ann.conversation(id)?.draft).toBeUndefined();
});

test("[CHAN-2] a channel, read when it is opened and while it is open", async () => {
  const [ann, ben] = await Promise.all([join(newName("ann")), join(newName("ben"))]);
  const { conversation_id: id } = await ann.createChannel("News", [ben.userId ?? ""]);
  await eventually(() => ben.conversation(id) !== undefined);
  await ann.open(id);
  for (let count = 0; count < 30; count++) await ann.send(id, `n${count}`).sent;
  expect(ben.permissions(id)).toMatchObject({ write: false, leave: true });
  await ben.open(id);
  await eventually(() => texts(ben, id).length === 30);
  await ann.send(id, "live").sent;
  await eventually(() => texts(ben, id).at(-1) === "live");
  ben.leave(id);
  for (let count = 0; count < 30; count++) await ann.send(id, `m${count}`).sent;
  await ben.open(id);
  await eventually(() => texts(ben, id).at(-1) === "m29");
  expect(texts(ben, id)).toHaveLength(61);
  const cem = newName("cem");
  await ann.addMembers(id, [cem]);
  expect(ann.conversation(id)?.member_count).toBe(3);
  expect((await ann.members(id)).members).toHaveLength(3);
  // Who reads with oneself is no subscriber's business.
  await expect(ben.members(id)).resolves.toMatchObject({ members: [{ user_id: ann.userId }] });
});

test("[REG-4] a group or channel is where it is asked for, or nowhere", async () => {
  const ann = await join(newName("ann"));
  for (const create of ["createGroup", "createChannel"] as const) {
    await expect(ann[create]("Here", [], { region: "local" })).resolves.toMatchObject({ region: "local" });
    await expect(ann[create]("There", [], { region: "mars" })).rejects.toMatchObject({ code: "bad_request" });
  }
});
