import { describe, expect, test } from "vitest";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Sent } from "../../src/shared/protocol/http-messages.ts";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { unique, uuid7 } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import {
  adding,
  changing,
  deleting,
  editing,
  inviting,
  naming,
  pinning,
  reacting,
  removing,
} from "../support/write.ts";

const target = useServer(FAST);

const channel = async (
  owner: Person,
  subscribers: readonly { userId: string }[],
  name = "News",
): Promise<Conversation> =>
  await owner.rest.ok("createConversation", {
    body: {
      type: "channel",
      name,
      member_ids: subscribers.map(({ userId }) => userId),
      client_message_id: uuid7(),
    },
  });

const setUp = async () => {
  const [ann, bob, carl] = await target.people("ann", "bob", "carl");
  return { ann, bob, carl, id: (await channel(ann, [bob, carl])).conversation_id };
};

/** The row in the list once it has reached `head`: in a channel it follows when it is asked for. */
const listed = async (person: Person, id: string, head: number): Promise<Conversation> =>
  await until("the row", async () => {
    const row = (await person.list()).find((one) => one.conversation_id === id);
    return row !== undefined && row.head_seq >= head ? row : undefined;
  });

describe("a channel", () => {
  test("[CONV-1] [CHAN-1] has an owner and subscribers, and settings of its own", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const body = { type: "channel", name: "News", member_ids: [bob.userId], client_message_id: uuid7() };
    const first = await ann.rest.call("createConversation", { body });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      type: "channel",
      name: "News",
      role: "owner",
      member_count: 2,
      unread_count: 0,
    });
    expect(first.body?.settings).toMatchObject({ write: "admins", add: "admins", rename: "admins", pin: "admins" });
    const id = first.body?.conversation_id ?? "";
    expect((await ann.rest.call("createConversation", { body })).body?.conversation_id).toBe(id);
    const row = await until("the row", async () => (await bob.list())[0]);
    expect(row).toMatchObject({ conversation_id: id, type: "channel", role: "subscriber", member_count: 2 });
    expect((await ann.members(id)).get(bob.userId)).toBe("subscriber");
  });

  test("[CHAN-1] owner and admins write, subscribers read", async () => {
    const { ann, bob, carl, id } = await setUp();
    await ann.does(naming(id, bob, "admin"));
    await ann.send(id, "one");
    const { seq } = await bob.send(id, "two");
    const session = await carl.connect();
    expect(
      await carl.rest.refused("sendMessage", {
        body: { conversation_id: id, client_message_id: uuid7(), content: "x" },
      }),
    ).toMatchObject({ code: "forbidden" });
    const frame = { type: "send", conversation_id: id, client_message_id: uuid7(), content: "x" } as const;
    expect(await session.request(frame)).toMatchObject({ type: "error", code: "forbidden" });
    expect((await carl.log(id)).length).toBe(seq);
    expect((await carl.history(id)).map((message) => message.content)).toEqual(["two", "one"]);
  });

  test("[CHAN-1] subscribers come and go without an entry; the answer's seq is the head", async () => {
    const { ann, bob, id } = await setUp();
    const { seq: head } = await ann.send(id, "before");
    const [dora, emil] = await target.people("dora", "emil");
    const added = await ann.rest.call("addMembers", adding(id, [dora, emil]).input);
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ seq: head, conversation_id: id });
    expect((await ann.row(id)).member_count).toBe(5);
    const row = await until("the row", async () => (await dora.list())[0]);
    expect(row).toMatchObject({ conversation_id: id, role: "subscriber", member_count: 5 });
    expect((await dora.history(id)).map((message) => message.content)).toEqual(["before"]);
    expect(await emil.does(removing(id, emil))).toMatchObject({ seq: head });
    expect(await ann.does(removing(id, bob))).toMatchObject({ seq: head });
    expect((await ann.row(id)).member_count).toBe(3);
    const { token } = await ann.rest.ok("createInvite", inviting(id).input);
    expect((await emil.rest.call("acceptInvite", { params: { token } })).status).toBe(201);
    expect((await ann.members(id)).get(emil.userId)).toBe("subscriber");
    expect((await ann.log(id)).length).toBe(head);
    expect(await ann.tries(adding(id, [dora]))).toBe("conflict");
  });

  test("[CHAN-1] owner and admins have entries for what they become and for leaving", async () => {
    const { ann, bob, carl, id } = await setUp();
    const head = (await ann.log(id)).length;
    await ann.does(naming(id, bob, "admin"));
    await bob.does(naming(id, carl, "admin"));
    await ann.does(naming(id, carl, "subscriber"));
    await bob.does(removing(id, bob));
    const entries = (await carl.log(id, head)).map((entry) =>
      entry.kind === "member"
        ? `${entry.op} ${entry.user_id} ${entry.op === "role" ? entry.role : ""}`.trim()
        : entry.kind,
    );
    expect(entries).toEqual([
      `role ${bob.userId} admin`,
      `role ${carl.userId} admin`,
      `role ${carl.userId} subscriber`,
      `remove ${bob.userId}`,
    ]);
  });

  test("[CHAN-1] only owner and admins list subscribers; a subscriber's row and list name no other", async () => {
    const { ann, bob, carl, id } = await setUp();
    expect([...(await ann.members(id)).keys()].sort()).toEqual([ann, bob, carl].map((one) => one.userId).sort());
    const { members } = await carl.rest.ok("listMembers", { params: { id } });
    expect(members.filter((one) => one.role === "subscriber" && one.user_id !== carl.userId)).toEqual([]);
    expect(members.map((one) => one.user_id)).toContain(ann.userId);
    await until("the row", async () => (await carl.list())[0]);
    const seen = [await carl.row(id), await carl.list(), await carl.rest.ok("sync", { query: { since: 0 } })];
    expect(JSON.stringify(seen)).not.toContain(bob.userId);
    await ann.does(naming(id, carl, "admin"));
    expect((await carl.members(id)).has(bob.userId)).toBe(true);
  });

  test("[ACC-1] a channel of others is not_found, and whoever was removed learns nothing later", async () => {
    const { ann, bob, id } = await setUp();
    const stranger = await target.person("stranger");
    expect(await stranger.rest.refused("listMessages", { params: { id } })).toMatchObject({ code: "not_found" });
    const before = await ann.send(id, "before");
    await ann.does(removing(id, bob));
    const session = await bob.connect();
    session.tell({ type: "open", conversation_id: id });
    await session.settle();
    const secret = unique("after");
    await ann.send(id, secret);
    await ann.does(editing(id, before.message_id, secret));
    const { conversation_id: other } = await ann.direct(bob);
    const word = await ann.send(other, "a word");
    await session.entry(other, word.seq);
    const seen = [session.frames, await bob.list(), await bob.row(id), await bob.log(id), await bob.history(id)];
    expect(JSON.stringify(seen)).not.toContain(secret);
    expect((await bob.log(id)).at(-1)?.seq).toBe(before.seq);
    expect((await bob.row(id)).left_at).toBeDefined();
  });
});

describe("how a channel reaches its subscribers", () => {
  test("[CHAN-2] entries are pushed to devices that have it open, and to no others", async () => {
    const { ann, bob, carl, id } = await setUp();
    const tablet = await target.person("tablet", { userId: bob.userId });
    const [watching, other, never] = await Promise.all([bob.connect(), tablet.connect(), carl.connect()]);
    watching.tell({ type: "open", conversation_id: id });
    await watching.settle();
    const sent: Sent[] = [];
    for (let i = 0; i < 5; i++) sent.push(await ann.send(id, `${i}`));
    const edit = await ann.does(editing(id, sent[0]?.message_id ?? "", "edited"));
    await watching.entry(id, edit.seq);
    expect(watching.pushed(id).map((entry) => entry.seq)).toEqual([...sent, edit].map(({ seq }) => seq));
    // A message on another way comes later than anything that went astray.
    for (const [person, session] of [
      [bob, other],
      [carl, never],
    ] as const) {
      const { conversation_id: direct } = await ann.direct(person);
      const word = await ann.send(direct, "a word");
      await session.entry(direct, word.seq);
      expect(session.pushed(id)).toEqual([]);
    }
    watching.tell({ type: "close", conversation_id: id });
    await watching.settle();
    await ann.send(id, "not any more");
    const { conversation_id: direct } = await ann.direct(bob);
    const word = await ann.send(direct, "the last word");
    await watching.entry(direct, word.seq);
    expect(Math.max(...watching.pushed(id).map((entry) => entry.seq))).toBe(edit.seq);
  });

  test("[CHAN-2] list, sync and open show the row as it is, exactly", async () => {
    const { ann, bob, carl, id } = await setUp();
    const sent: Sent[] = [];
    for (let i = 0; i < 12; i++) sent.push(await ann.send(id, `${i}`));
    const last = sent[11]?.seq ?? 0;
    expect(await listed(bob, id, last)).toMatchObject({ unread_count: 12, last_message: { content: "11" } });
    await bob.read(id, sent[4]?.seq ?? 0);
    await until("the read", async () => (await bob.row(id)).read_up_to === sent[4]?.seq);
    const { seq } = await ann.does(deleting(id, sent[6]?.message_id ?? ""));
    expect(await listed(bob, id, seq)).toMatchObject({ unread_count: 6, read_up_to: sent[4]?.seq });
    await settledRow(bob, id, seq);
    const sync = await carl.rest.ok("sync", { query: { since: 0 } });
    expect(sync.conversations).toMatchObject([{ conversation_id: id, head_seq: seq, unread_count: 11 }]);
    const session = await carl.connect();
    await ann.send(id, "one more");
    session.tell({ type: "open", conversation_id: id });
    const { conversation } = await session.waitFor("conversation", (event) => event.conversation.head_seq === seq + 1);
    expect(conversation).toMatchObject({ conversation_id: id, unread_count: 12 });
  });

  test("[CHAN-2] a device that was away has it after one sync, or is told to page back", async () => {
    const { ann, bob, id } = await setUp();
    const tablet = await target.person("tablet", { userId: bob.userId });
    const first = await tablet.rest.ok("sync", { query: { since: 0, device_id: tablet.deviceId } });
    const sent: Sent[] = [];
    for (let i = 0; i < 5; i++) sent.push(await ann.send(id, `${i}`));
    const last = sent[4]?.seq ?? 0;
    const sync = await until("the sync", async () => {
      const answer = await tablet.rest.ok("sync", { query: { since: first.rev } });
      return answer.conversations.some((row) => row.conversation_id === id && row.head_seq === last)
        ? answer
        : undefined;
    });
    const seqs = (sync.entries[id] ?? []).map((entry) => entry.seq);
    if (!sync.truncated.includes(id)) expect(seqs.slice(-5)).toEqual(sent.map(({ seq }) => seq));
    expect((await tablet.log(id)).length).toBe(last);
  });

  test("[CHAN-2] no receipts are counted", async () => {
    const { ann, bob, carl, id } = await setUp();
    const session = await ann.connect();
    session.tell({ type: "open", conversation_id: id });
    await session.settle();
    const { seq, message_id } = await ann.send(id, "read me");
    await Promise.all([bob, carl].map((person) => person.read(id, seq)));
    await until("the read", async () => (await bob.row(id)).read_up_to === seq);
    expect((await ann.message(id, message_id)).receipts).toBeUndefined();
    const receipts = await ann.rest.call("listReceipts", { params: { id, message_id } });
    expect(JSON.stringify(receipts.body ?? {})).not.toContain("read_at");
    const word = await ann.send((await ann.direct(bob)).conversation_id, "a word");
    await session.entry(word.conversation_id, word.seq);
    expect(session.all("receipt").filter((event) => event.conversation_id === id)).toEqual([]);
  });

  test("[CHAN-1] what owner and admins do is seen by subscribers: pins, reactions, a new name", async () => {
    const { ann, bob, id } = await setUp();
    const { message_id } = await ann.send(id, "news");
    await ann.does(pinning(id, message_id));
    await ann.does(reacting(id, message_id));
    await ann.does(changing(id, { name: "Old news" }));
    const head = (await ann.log(id)).length;
    expect(await listed(bob, id, head)).toMatchObject({ name: "Old news" });
    expect((await bob.rest.ok("listPins", { params: { id } })).messages).toMatchObject([{ message_id }]);
    expect((await bob.message(id, message_id)).reactions).toEqual([{ emoji: "👍", count: 1, me: false }]);
  });
});
