import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import { unique, uuid4, uuid7 } from "../support/random.ts";
import { useServer } from "../support/target.ts";

const target = useServer();

describe("direct conversations", () => {
  test("[CONV-1] the first call answers 201, the next 200, from either side, with the same id", async () => {
    const [ann, bob] = await Promise.all([target.person("ann"), target.person("bob")]);
    const first = await ann.rest.call("createConversation", { body: { type: "direct", user_id: bob.userId } });
    expect(first).toMatchObject({ status: 201, body: { type: "direct", member_count: 2, unread_count: 0 } });
    const id = first.body?.conversation_id;
    const again = await ann.rest.call("createConversation", { body: { type: "direct", user_id: bob.userId } });
    const other = await bob.rest.call("createConversation", { body: { type: "direct", user_id: ann.userId } });
    expect([again.status, again.body?.conversation_id]).toEqual([200, id]);
    expect([other.status, other.body?.conversation_id]).toEqual([200, id]);
  });

  test("[ID-4] both asking at once reach one conversation, created once", async () => {
    const [ann, bob] = await Promise.all([target.person("ann"), target.person("bob")]);
    const answers = await Promise.all(
      [ann, bob, ann, bob, ann, bob].map((person) =>
        person.rest.call("createConversation", {
          body: { type: "direct", user_id: person === ann ? bob.userId : ann.userId, client_message_id: uuid7() },
        }),
      ),
    );
    const ids = new Set(answers.map((answer) => answer.body?.conversation_id));
    expect(ids.size).toBe(1);
    expect(answers.filter((answer) => answer.status === 201).length).toBe(1);
    const [id = ""] = ids;
    const logs = await Promise.all([ann.log(id), bob.log(id)]);
    expect(logs[0]).toEqual(logs[1]);
    expect((await ann.send(id, "one")).seq).toBe((logs[0]?.length ?? 0) + 1);
  });

  test("[AUTH-10] somebody who has never been here can be written to and finds it on arrival", async () => {
    const ann = await target.person("ann");
    const userId = unique("later");
    const id = (await ann.direct({ userId })).conversation_id;
    const { seq } = await ann.send(id, "welcome");
    const later = await target.person("later", { userId });
    expect(await settledRow(later, id, seq)).toMatchObject({ unread_count: 1, last_message: { content: "welcome" } });
  });

  test("[CONV-4] participants are both, the caller included, for each of them", async () => {
    const { ann, bob, id } = await target.pair();
    for (const person of [ann, bob]) {
      const row = await person.row(id);
      const users = (row.participants ?? []).map((one) => one.user_id).sort();
      expect(users).toEqual([ann.userId, bob.userId].sort());
      expect(row.participants?.find((one) => one.user_id === person.userId)?.role).toBe(row.role);
    }
  });

  test("[ID-1] ids with every allowed character, of full length, can talk to each other", async () => {
    const pad = (label: string): string => unique(label).padEnd(64, "-_.:Zz9");
    const [ann, bob] = await Promise.all([
      target.person("ann", { userId: pad("A") }),
      target.person("bob", { userId: pad("b") }),
    ]);
    const id = (await ann.direct(bob)).conversation_id;
    expect(id.length).toBeLessThanOrEqual(64);
    await ann.send(id, "hi");
    expect((await bob.direct(ann)).conversation_id).toBe(id);
  });

  test("[ID-4] pairs whose joined names read the same do not share a conversation", async () => {
    const base = unique("x");
    const pairs = [
      [base, `${base}-a-b`],
      [`${base}-a`, `${base}-b`],
      [`${base}:${base}`, "a"],
      [base, `${base}:a`],
      [base.toUpperCase(), `${base}-a-b`],
    ] as const;
    const ids = await Promise.all(
      pairs.map(async ([left, right]) => {
        const person = await target.person("x", { userId: left });
        return (await person.direct({ userId: right })).conversation_id;
      }),
    );
    expect(new Set(ids).size).toBe(pairs.length);
  });
});

describe("groups", () => {
  test("[CONV-1] a group has its name, its members and an owner", async () => {
    const [ann, bob, carl] = await target.people("ann", "bob", "carl");
    if (!ann || !bob || !carl) throw new Error("three people are needed");
    const body = { type: "group", name: "Chess 😀", member_ids: [bob.userId, carl.userId], client_message_id: uuid7() };
    const { status, body: group } = await ann.rest.call("createConversation", { body });
    expect(status).toBe(201);
    expect(group).toMatchObject({ type: "group", name: "Chess 😀", member_count: 3, role: "owner", unread_count: 0 });
    const id = group?.conversation_id ?? "";
    expect(await bob.row(id)).toMatchObject({ name: "Chess 😀", role: "member", member_count: 3, unread_count: 0 });
    const everybody = [ann, bob, carl].map((one) => one.userId).sort();
    expect((await carl.row(id)).participants?.map((one) => one.user_id).sort()).toEqual(everybody);
  });

  test("[CONV-4] the caller and repeated members are counted once", async () => {
    const [ann, bob] = await Promise.all([target.person("ann"), target.person("bob")]);
    const group = await ann.group([bob, ann, bob, bob]);
    expect(group.member_count).toBe(2);
    expect(group.participants?.length).toBe(2);
  });

  test.each([uuid4, uuid7])("[IDEM-5] the same id, however often and at once, makes one group", async (makeId) => {
    const [ann, bob] = await Promise.all([target.person("ann"), target.person("bob")]);
    const id = makeId();
    const body = { type: "group", name: "Once", member_ids: [bob.userId], client_message_id: id };
    const answers = await Promise.all(
      [id, id.toUpperCase(), id, id, id].map((client_message_id) =>
        ann.rest.call("createConversation", { body: { ...body, client_message_id } }),
      ),
    );
    answers.push(await ann.rest.call("createConversation", { body: { ...body, name: "Twice" } }));
    expect(new Set(answers.map((answer) => answer.body?.conversation_id)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.body?.name))).toEqual(new Set(["Once"]));
    expect(answers.filter((answer) => answer.status === 201).length).toBeLessThanOrEqual(1);
    expect((await ann.list()).length).toBe(1);
  });

  test("[IDEM-5] another user's call with the same id makes another group", async () => {
    const [ann, bob] = await Promise.all([target.person("ann"), target.person("bob")]);
    const body = { type: "group", name: "G", member_ids: [], client_message_id: uuid7() };
    const mine = await ann.rest.ok("createConversation", { body });
    const theirs = await bob.rest.ok("createConversation", { body });
    expect(mine.conversation_id).not.toBe(theirs.conversation_id);
  });

  const base = { type: "group", name: "G", member_ids: [], client_message_id: uuid7() };
  test.each([
    {},
    { type: "club" },
    { type: "direct" },
    { type: "direct", user_id: "a b" },
    { ...base, client_message_id: undefined },
    { ...base, client_message_id: "x" },
    { ...base, name: "" },
    { ...base, name: undefined },
    { ...base, name: "x".repeat(129) },
    { ...base, name: 7 },
    { ...base, member_ids: undefined },
    { ...base, member_ids: "bob" },
    { ...base, member_ids: ["a b"] },
    { ...base, member_ids: [7] },
    { ...base, region: "NOT A REGION" },
  ])("[ERR-1] %j is bad_request and creates nothing", async (body) => {
    const ann = await target.person("ann");
    expect(await ann.rest.refused("createConversation", { body })).toMatchObject({ status: 400, code: "bad_request" });
    expect(await ann.list()).toEqual([]);
  });

  test("[LIM-3] more than 5,000 members are limit_exceeded", async () => {
    const ann = await target.person("ann");
    const member_ids = Array.from({ length: 5001 }, (_x, i) => `m${i}`);
    const body = { type: "group", name: "Huge", member_ids, client_message_id: uuid7() };
    expect(await ann.rest.refused("createConversation", { body })).toMatchObject({ code: "limit_exceeded" });
    expect(await ann.list()).toEqual([]);
  });

  test("[CONV-4] a group of a hundred shows them all, and pages its members", async () => {
    const ann = await target.person("ann");
    const others = Array.from({ length: 99 }, (_x, i) => ({ userId: unique(`m${i}`) }));
    const group = await ann.group(others, "Hundred");
    expect(group.member_count).toBe(100);
    expect(group.participants?.length).toBe(100);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ann.rest.ok("listMembers", {
        params: { id: group.conversation_id },
        query: { limit: 30, cursor },
      });
      expect(page.members.length).toBeLessThanOrEqual(30);
      seen.push(...page.members.map((member) => member.user_id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen.sort()).toEqual([ann.userId, ...others.map((one) => one.userId)].sort());
  });

  test("[CONV-4] a group of one is a note to oneself", async () => {
    const ann = await target.person("ann");
    const group = await ann.group([]);
    const { seq } = await ann.send(group.conversation_id, "milk");
    expect(await settledRow(ann, group.conversation_id, seq)).toMatchObject({ unread_count: 0, member_count: 1 });
  });
});

describe("rows", () => {
  test("[CONS-2] a new conversation appears with every member, and raises their rev", async () => {
    const [ann, bob, carl] = await target.people("ann", "bob", "carl");
    if (!ann || !bob || !carl) throw new Error("three people are needed");
    const before = (await carl.rest.ok("sync", { query: { since: 0 } })).rev;
    const id = (await ann.group([bob, carl])).conversation_id;
    const row = await settledRow(carl, id, 1);
    expect(row.rev).toBeGreaterThan(before);
    expect(
      (await carl.rest.ok("sync", { query: { since: before } })).conversations.map((one) => one.conversation_id),
    ).toEqual([id]);
  });

  test("[CONV-4] last_message, head and times follow the log", async () => {
    const { ann, bob, id } = await target.pair();
    const created = await ann.row(id);
    expect(created.last_message).toBeUndefined();
    const sent = await ann.send(id, "the last one");
    const row = await settledRow(bob, id, sent.seq);
    expect(row).toMatchObject({
      head_seq: sent.seq,
      last_message: { message_id: sent.message_id, seq: sent.seq, sender_id: ann.userId, content: "the last one" },
      created_at: created.created_at,
      epoch: created.epoch,
      notify: "all",
      mention_count: 0,
    });
  });
});
