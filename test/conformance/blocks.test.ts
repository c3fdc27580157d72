import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { acquainted, block, blocksOf, everything, overtaken, unblock } from "../support/blocking.ts";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import type { Session } from "../support/session.ts";
import { assertStanding, pinned } from "../support/standing.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { deleting, editing, pinning, reacting, scheduling, sending, unreacting } from "../support/write.ts";

const target = useServer(FAST);

describe("the list", () => {
  test("[USER-2] blocks and unblocks, as often as one likes, and shows whom", async () => {
    const [ann, bob, carl] = await target.people("ann", "bob", "carl");
    expect(await blocksOf(ann)).toEqual([]);
    for (const other of [bob, carl, bob]) await block(ann, other);
    expect(await blocksOf(ann)).toEqual([bob.userId, carl.userId].sort());
    const first = await ann.rest.ok("listBlocks", { query: { limit: 1 } });
    const second = await ann.rest.ok("listBlocks", { query: { limit: 1, cursor: first.next_cursor } });
    expect([...first.blocks, ...second.blocks].map(({ user_id }) => user_id)).toEqual(await blocksOf(ann));
    expect(second.next_cursor).toBeUndefined();
    for (const other of [bob, bob]) await unblock(ann, other);
    expect(await blocksOf(ann)).toEqual([carl.userId]);
    expect(await blocksOf(bob)).toEqual([]);
  });

  test("[BLOCK-5] oneself cannot be blocked; a bad id or cursor is refused", async () => {
    const ann = await target.person("ann");
    const code = async (user_id: string) => (await ann.rest.refused("block", { params: { user_id } })).code;
    expect([await code(ann.userId), await code("a b")]).toEqual(["bad_request", "not_found"]);
    expect((await ann.rest.refused("listBlocks", { query: { cursor: "x" } })).code).toBe("bad_request");
    expect(await blocksOf(ann)).toEqual([]);
  });
});

describe("what a blocked person does", () => {
  test("[BLOCK-1] is acknowledged and is nowhere for the other, over socket and HTTP, also after unblocking", async () => {
    const { ann, bob, id, group, a, b, answer } = await acquainted(target);
    await block(bob, ann);
    const secrets = [
      await ann.does(sending(id, "secret one", { mentions: [bob.userId], reply_to: answer.message_id })),
      await a.ask("ack", {
        type: "send",
        conversation_id: id,
        client_message_id: uuid7(),
        content: "secret two",
        thread_root: answer.message_id,
      }),
    ];
    for (const write of [reacting(id, answer.message_id, "🤫"), pinning(id, answer.message_id)]) await ann.does(write);
    expect(secrets.map(({ seq }) => seq)).toEqual([4, 5]);
    await overtaken(ann, b, group);
    const ids = [...secrets.map(({ message_id }) => message_id), answer.message_id];
    const seen = async (): Promise<string> => (await everything(bob, id, ids)) + JSON.stringify(b.frames);
    expect(await seen()).not.toMatch(/secret|🤫/);
    expect(pinned(await bob.log(id))).toEqual([]);
    expect(await settledRow(bob, id, 3)).toMatchObject({ head_seq: 3, unread_count: 1, mention_count: 0 });
    expect((await bob.row(id)).last_message?.content).toBe("answer");
    expect(await everything(ann, id, ids)).toMatch(/secret one.*secret two/);
    await unblock(bob, ann);
    const after = await ann.send(id, "after");
    await b.entry(id, after.seq);
    expect(await seen()).not.toMatch(/secret|🤫/);
    expect(b.pushed(id).filter(({ seq }) => seq > 3 && seq < after.seq)).toMatchObject(
      [4, 5, 6, 7].map((seq) => ({ seq, kind: "settings", sender_id: ann.userId, changes: {} })),
    );
    expect(await bob.log(id)).toHaveLength(after.seq);
    expect((await bob.history(id)).map(({ content }) => content)).toEqual(["after", "answer", "before"]);
    expect(await settledRow(bob, id, after.seq)).toMatchObject({ unread_count: 2, mention_count: 0 });
  });

  test("[BLOCK-1] edits are not shown; deletions of what both have are, at once", async () => {
    const { ann, bob, id, a, b, before } = await acquainted(target);
    const other = await ann.send(id, "other");
    await block(bob, ann);
    await ann.does(editing(id, before.message_id, "secret edit"));
    expect((await ann.message(id, before.message_id)).content).toBe("secret edit");
    expect(await bob.message(id, before.message_id)).toMatchObject({ content: "before" });
    expect((await bob.message(id, before.message_id)).edited_at).toBeUndefined();
    const { seq } = await a.ask("ack", {
      type: "delete",
      conversation_id: id,
      message_id: other.message_id,
      client_message_id: uuid7(),
    });
    expect(await b.entry(id, seq)).toMatchObject({ kind: "delete", target: other.message_id });
    expect((await bob.message(id, other.message_id)).content).toBe("");
    expect(JSON.stringify(b.frames)).not.toContain("secret");
  });

  test("[BLOCK-1] a snapshot and the frames that follow it are what is there", async () => {
    const { ann, bob, id, b, before, answer } = await acquainted(target);
    const snapshot = await bob.log(id);
    const mark = b.mark;
    await ann.does(reacting(id, answer.message_id, "👍"));
    await block(bob, ann);
    await ann.does(unreacting(id, answer.message_id, "👍"));
    await ann.does(reacting(id, answer.message_id, "🤫"));
    await ann.does(editing(id, before.message_id, "secret"));
    const hidden = await ann.send(id, "secret");
    await unblock(bob, ann);
    await ann.does(reacting(id, hidden.message_id, "🤫"));
    await bob.does(reacting(id, before.message_id, "👋"));
    await ann.does(editing(id, before.message_id, "open"));
    const last = await ann.send(id, "last");
    await b.entry(id, last.seq);
    const pushed = b.all("entries", mark).flatMap((event) => (event.conversation_id === id ? event.entries : []));
    const log = [...new Map([...snapshot, ...pushed].map((entry): [number, Entry] => [entry.seq, entry])).values()];
    expect(log.sort((x, y) => x.seq - y.seq)).toEqual(await bob.log(id));
    assertStanding(bob.userId, await bob.history(id), log);
    assertStanding(ann.userId, await ann.history(id), await ann.log(id));
  });

  test("[BLOCK-4] a conversation that he founds is not there, until the other sees something in it", async () => {
    const [ann, bob, carl] = await target.people("ann", "bob", "carl");
    await block(bob, ann);
    const { conversation_id: id } = await ann.direct(bob);
    await ann.send(id, "secret");
    const { conversation_id: other } = await carl.direct(bob);
    await settledRow(bob, other, 1);
    expect((await bob.list()).map(({ conversation_id }) => conversation_id)).toEqual([other]);
    expect((await bob.rest.refused("getConversation", { params: { id } })).code).toBe("not_found");
    expect((await ann.list()).map(({ conversation_id }) => conversation_id)).toEqual([id]);
    await unblock(bob, ann);
    expect((await bob.rest.refused("getConversation", { params: { id } })).code).toBe("not_found");
    expect(await bob.direct(ann)).toMatchObject({ conversation_id: id, head_seq: 1, unread_count: 0 });
    const { seq } = await ann.send(id, "hello");
    await settledRow(bob, id, seq);
    expect((await bob.history(id)).map(({ content }) => content)).toEqual(["hello"]);
    expect(await everything(bob, id)).not.toContain("secret");
  });
});

describe("who blocks", () => {
  test("[BLOCK-2] reads, and writes nothing but deletions of his own", async () => {
    const { ann, bob, id, a, b, before, answer } = await acquainted(target);
    const waits = await bob.does(scheduling(id, "scheduled", Date.now() + 1500)).then(() => true);
    expect(waits).toBe(true);
    await block(bob, ann);
    const refused = [
      sending(id, "no"),
      editing(id, answer.message_id, "no"),
      reacting(id, before.message_id),
      pinning(id, before.message_id),
      deleting(id, before.message_id),
      scheduling(id, "no", Date.now() + 60_000),
    ];
    for (const write of refused) {
      expect(await bob.tries(write), write.route).toBe("forbidden");
      if (write.frame) expect(await b.request(write.frame)).toMatchObject({ type: "error", code: "forbidden" });
    }
    await bob.read(id, before.seq);
    expect(await settledRow(bob, id, 3)).toMatchObject({ read_up_to: before.seq, unread_count: 0 });
    const { seq } = await bob.does(deleting(id, answer.message_id));
    expect(await a.entry(id, seq)).toMatchObject({ kind: "delete" });
    await until("what was scheduled to be refused", async () => {
      const { scheduled } = await bob.rest.ok("listScheduled", { params: { id } });
      return scheduled.some(({ status, reason }) => status === "refused" && reason === "forbidden");
    });
    await unblock(bob, ann);
    const back = await bob.send(id, "back");
    await a.entry(id, back.seq);
  });

  test("[BLOCK-2] founds no conversation with whom he blocks, and is shown one that is there", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    await block(bob, ann);
    const body = { type: "direct", user_id: ann.userId };
    expect((await bob.rest.refused("createConversation", { body })).code).toBe("forbidden");
    expect(await ann.list()).toEqual([]);
    await unblock(bob, ann);
    const { conversation_id: id } = await bob.direct(ann);
    await block(bob, ann);
    expect((await bob.direct(ann)).conversation_id).toBe(id);
  });
});

describe("receipts and typing", () => {
  test("[BLOCK-3] nothing goes either way in the direct conversation", async () => {
    const { ann, bob, id, group, a, b, before, answer } = await acquainted(target);
    await bob.delivered(id, before.seq);
    await until("delivered", async () => (await ann.message(id, before.message_id)).receipts?.delivered === 1);
    await block(bob, ann);
    const marks = [a.mark, b.mark];
    await ann.read(id, answer.seq);
    await bob.read(id, answer.seq);
    b.tell({ type: "read", conversation_id: id, up_to: answer.seq });
    a.tell({ type: "typing", conversation_id: id, state: "start" });
    b.tell({ type: "typing", conversation_id: id, state: "start" });
    await Promise.all([a.settle(), b.settle()]);
    await overtaken(ann, b, group);
    await overtaken(bob, a, group);
    for (const [index, session] of [a, b].entries())
      expect(
        [...session.all("receipt", marks[index]), ...session.all("typing", marks[index])].filter(
          ({ conversation_id }) => conversation_id === id,
        ),
      ).toEqual([]);
    expect((await ann.message(id, before.message_id)).receipts).toMatchObject({ read: 0, of: 1 });
    expect((await bob.message(id, answer.message_id)).receipts).toMatchObject({ read: 0, of: 1 });
    const { receipts } = await ann.rest.ok("listReceipts", { params: { id, message_id: before.message_id } });
    expect(receipts.map(({ read_at }) => read_at)).toEqual([undefined]);
  });

  test("[BLOCK-3] a hidden message never counts as delivered or read", async () => {
    const { ann, bob, id, b } = await acquainted(target);
    await block(bob, ann);
    const secret = await ann.send(id, "secret");
    await unblock(bob, ann);
    const after = await ann.send(id, "after");
    await b.entry(id, after.seq);
    await bob.read(id, after.seq);
    await until("the read", async () => (await ann.message(id, after.message_id)).receipts?.read === 1);
    expect((await ann.message(id, secret.message_id)).receipts).toEqual({ delivered: 0, read: 0, of: 1 });
  });

  test("[BLOCK-3] neither is told that the other is there, or when he was", async () => {
    const { ann, bob, a, b } = await acquainted(target);
    const pairs = [
      [a, bob],
      [b, ann],
    ] as const;
    const statusOf = (session: Session, { userId }: Person, from: number, status: string) =>
      session.waitFor("presence", (event) => event.user_id === userId && event.status === status, { from });
    for (const [session, other] of pairs) {
      session.tell({ type: "presence_subscribe", user_ids: [other.userId] });
      await statusOf(session, other, 0, "online");
    }
    const seen = async (who: Person, { userId: id }: Person) =>
      (await who.rest.ok("getUser", { params: { id } })).last_seen;
    expect([await seen(ann, bob), await seen(bob, ann)].filter((at) => at === undefined)).toEqual([]);
    const marks = pairs.map(([session]) => session.mark);
    await block(bob, ann);
    for (const [index, [session, other]] of pairs.entries())
      await statusOf(session, other, marks[index] ?? 0, "offline");
    expect([await seen(ann, bob), await seen(bob, ann)]).toEqual([undefined, undefined]);
    for (const [session, other] of pairs) {
      const from = session.mark;
      session.tell({ type: "presence_subscribe", user_ids: [other.userId] });
      expect((await session.waitFor("presence", () => true, { from })).status).toBe("offline");
    }
    await unblock(bob, ann);
    for (const [index, [session, other]] of pairs.entries())
      await statusOf(session, other, marks[index] ?? 0, "online");
  });

  test("[BLOCK-3] in a group messages flow, and neither sees the other typing; the others see both", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const sessions = [await ann.connect(), await bob.connect(), await carl.connect()] as const;
    const [a, b, c] = sessions;
    for (const session of sessions) session.tell({ type: "open", conversation_id: id });
    await Promise.all(sessions.map((session) => session.settle()));
    await block(bob, ann);
    for (const session of [a, b]) session.tell({ type: "typing", conversation_id: id, state: "start" });
    for (const { userId } of [ann, bob]) await c.waitFor("typing", ({ user_id }) => user_id === userId);
    const [one, two] = [await ann.send(id, "from ann"), await bob.send(id, "from bob")];
    expect(await b.entry(id, one.seq)).toMatchObject({ content: "from ann" });
    expect(await a.entry(id, two.seq)).toMatchObject({ content: "from bob" });
    expect([...a.all("typing"), ...b.all("typing")]).toEqual([]);
  });
});
