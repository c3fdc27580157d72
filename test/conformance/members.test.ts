import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import { unique } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { adding, changing, naming, pinning, reacting, removing, sending } from "../support/write.ts";

const target = useServer(FAST);

describe("adding", () => {
  test("[MEMB-1] is an entry, and the new member has the conversation in the list", async () => {
    const { ann, bob, id } = await target.trio();
    const dora = await target.person("dora");
    const before = await settledRow(bob, id, 1);
    const { status, body } = await ann.rest.call("addMembers", adding(id, [dora]).input);
    expect(status).toBe(201);
    expect(body).toMatchObject({ conversation_id: id, status: "sent" });
    const seq = body?.seq ?? 0;
    const [entry] = await bob.log(id, seq - 1);
    expect(entry).toMatchObject({
      seq,
      message_id: body?.message_id,
      timestamp: body?.timestamp,
      client_message_id: body?.client_message_id,
      kind: "member",
      op: "add",
      sender_id: ann.userId,
      user_id: dora.userId,
      role: "member",
    });
    expect(await settledRow(dora, id, seq)).toMatchObject({ role: "member", member_count: 4, name: "Group" });
    const row = await settledRow(bob, id, seq);
    expect(row.member_count).toBe(4);
    expect(row.rev).toBeGreaterThan(before.rev);
    expect(row.participants?.map((one) => one.user_id)).toContain(dora.userId);
    expect([...(await ann.members(id)).keys()].sort()).toEqual(row.participants?.map((one) => one.user_id).sort());
    expect((await dora.send(id, "hello")).seq).toBe(seq + 1);
  });

  test("[EVT-7] the new member who is online gets the row, and what follows, without asking", async () => {
    const { ann, id } = await target.trio();
    const dora = await target.person("dora");
    const session = await dora.connect();
    const { seq } = await ann.does(adding(id, [dora]));
    const next = await ann.send(id, "welcome");
    await session.entry(id, next.seq);
    const seen = session.pushed(id).map((entry) => entry.seq);
    expect(seen).toEqual([...seen].sort((x, y) => x - y));
    expect(seen).toContain(seq);
    expect((await settledRow(dora, id, next.seq)).unread_count).toBe(1);
  });

  test("[MEMB-5] several are one entry each, in a row; the answer is that of the last", async () => {
    const { ann, bob, id } = await target.trio();
    const head = (await ann.log(id)).length;
    const fresh = ["d", "e", "f"].map((label) => ({ userId: unique(label) }));
    const [one, two, three] = fresh;
    if (!one || !two || !three) throw new Error("three people are needed");
    const { seq, message_id } = await ann.does(adding(id, [one, bob, two, one, three]));
    const added = await bob.log(id, head);
    expect(added.map((entry) => (entry.kind === "member" ? [entry.op, entry.user_id] : []))).toEqual(
      fresh.map(({ userId }) => ["add", userId]),
    );
    expect(added.at(-1)).toMatchObject({ seq, message_id });
    expect(await settledRow(bob, id, seq)).toMatchObject({ member_count: 6 });
  });

  test("[MEMB-5] when all are there already it is a conflict, and nothing changes", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const log = await ann.log(id);
    expect(await ann.tries(adding(id, [bob]))).toBe("conflict");
    expect(await ann.tries(adding(id, [bob, carl, ann, bob]))).toBe("conflict");
    expect(await ann.log(id)).toEqual(log);
  });

  test("[IDEM-1] a repeat of an addition is one entry and answers 200, also when the member has left since", async () => {
    const { ann, id } = await target.trio();
    const [dora, emil] = await target.people("dora", "emil");
    const write = adding(id, [dora, emil]);
    const first = await ann.does(write);
    await dora.does(removing(id, dora));
    const head = (await ann.log(id)).length;
    const { status, body } = await ann.rest.call("addMembers", write.input);
    expect(status).toBe(200);
    expect(body).toMatchObject({ seq: first.seq, message_id: first.message_id, duplicate: true });
    expect((await ann.log(id)).length).toBe(head);
    expect((await ann.members(id)).has(dora.userId)).toBe(false);
  });

  test.each([{ user_ids: [] }, {}, { user_ids: "bob" }, { user_ids: ["a b"] }, { user_ids: ["x"], role: "king" }])(
    "[ERR-1] adding %j is bad_request",
    async (body) => {
      const { ann, id } = await target.trio();
      const log = await ann.log(id);
      expect(await ann.rest.refused("addMembers", { params: { id }, body })).toMatchObject({ code: "bad_request" });
      expect(await ann.log(id)).toEqual(log);
    },
  );

  test("[ROLE-1] there are no subscribers in a group", async () => {
    const { ann, bob, id } = await target.trio();
    const log = await ann.log(id);
    expect(await ann.tries(adding(id, [{ userId: unique("s") }], "subscriber"))).toBe("bad_request");
    expect(await ann.tries(naming(id, bob, "subscriber"))).toBe("bad_request");
    expect(await ann.log(id)).toEqual(log);
  });

  test("[LIM-10] more than 1,000 in one call are limit_exceeded", async () => {
    const { ann, id } = await target.trio();
    const log = await ann.log(id);
    const many = Array.from({ length: 1001 }, (_x, i) => ({ userId: `nobody-${i}` }));
    expect(await ann.tries(adding(id, many))).toBe("limit_exceeded");
    expect(await ann.log(id)).toEqual(log);
  });

  test("[MEMB-3] a third member for a direct conversation is limit_exceeded", async () => {
    const { ann, bob, id } = await target.pair();
    const log = await ann.log(id);
    for (const person of [ann, bob])
      expect(await person.tries(adding(id, [{ userId: unique("third") }]))).toBe("limit_exceeded");
    expect(await ann.log(id)).toEqual(log);
  });
});

describe("what a new member sees", () => {
  test("[MEMB-2] the whole history, with what became of it", async () => {
    const { ann, bob, id } = await target.trio();
    await ann.send(id, "one");
    await bob.send(id, "two");
    const dora = await target.person("dora");
    const { seq } = await ann.does(adding(id, [dora]));
    expect(await dora.log(id)).toEqual(await ann.log(id));
    expect((await dora.messages(id)).map((message) => message.content)).toEqual(["two", "one"]);
    await settledRow(dora, id, seq);
  });

  test("[MEMB-4] with since_joined nothing of before, by no route", async () => {
    const { ann, bob, id } = await target.trio();
    const secret = unique("before");
    const old = await ann.send(id, secret);
    await bob.does(reacting(id, old.message_id));
    await ann.does(pinning(id, old.message_id));
    await bob.does(sending(id, `${secret} reply`, { thread_root: old.message_id }));
    await ann.does(changing(id, { settings: { history: "since_joined" } }));
    const dora = await target.person("dora");
    const session = await dora.connect({ since: 0 });
    const { seq } = await ann.does(adding(id, [dora]));
    const later = await ann.send(id, "after");
    await session.entry(id, later.seq);

    const { entries, head_seq } = await dora.rest.ok("readLog", { params: { id }, query: { after: 0 } });
    expect(entries.map((entry) => entry.seq)).toEqual([seq, later.seq]);
    expect(head_seq).toBe(later.seq);
    const asked = await session.ask("entries", { type: "log", conversation_id: id, after: 0, limit: 200 });
    expect(asked.entries).toEqual(entries);
    expect((await dora.history(id)).map((message) => message.content)).toEqual(["after"]);
    expect((await dora.messages(id, { after: 0 })).map((message) => message.content)).toEqual(["after"]);
    expect((await dora.messages(id, { before: seq })).length).toBe(0);
    const params = { id, message_id: old.message_id };
    for (const route of ["getMessage", "listReceipts", "listReactions"] as const)
      expect(await dora.rest.refused(route, { params }), route).toMatchObject({ code: "not_found" });
    for (const route of ["listPins", "listThreads"] as const)
      expect((await dora.rest.ok(route, { params: { id } })).messages, route).toEqual([]);
    const thread = { params: { id }, query: { thread_root: old.message_id } };
    expect((await dora.rest.call("listMessages", thread)).body?.messages ?? []).toEqual([]);
    expect(await dora.tries(sending(id, "about that", { reply_to: old.message_id }))).toBe("bad_request");
    const row = await settledRow(dora, id, later.seq, ann);
    expect(row).toMatchObject({ unread_count: 1 });
    const tablet = await target.person("dora", { userId: dora.userId });
    const sync = await tablet.rest.ok("sync", { query: { since: 0 } });
    expect(sync.entries[id]?.map((entry) => entry.seq)).toEqual([seq, later.seq]);
    const seen = [row, sync, session.frames, await dora.list()];
    expect(JSON.stringify(seen)).not.toContain(secret);
  });

  test("[MEMB-4] a row does not show the newest message from before the member joined", async () => {
    const { ann, id } = await target.trio();
    const secret = unique("before");
    const { message_id } = await ann.send(id, secret);
    await ann.does(changing(id, { settings: { history: "since_joined" } }));
    const dora = await target.person("dora");
    const { seq } = await ann.does(adding(id, [dora]));
    const row = await settledRow(dora, id, seq, ann);
    expect(row.last_message).toBeUndefined();
    expect(JSON.stringify([await dora.list(), await dora.rest.ok("sync", { query: { since: 0 } })])).not.toContain(
      secret,
    );
    expect(await dora.tries(reacting(id, message_id))).toBe("not_found");
  });

  test("[MEMB-4] who was there before the setting keeps the whole history", async () => {
    const { ann, bob, id } = await target.trio();
    await ann.send(id, "old");
    await ann.does(changing(id, { settings: { history: "since_joined" } }));
    expect(await bob.log(id)).toEqual(await ann.log(id));
    expect((await bob.history(id)).map((message) => message.content)).toEqual(["old"]);
  });
});

describe("leaving", () => {
  test("[ENT-1] who leaves is both sender and user, and the others' rows count one less", async () => {
    const { ann, bob, id } = await target.trio();
    const session = await ann.connect();
    const { seq } = await bob.does(removing(id, bob));
    expect(await session.entry(id, seq)).toMatchObject({
      kind: "member",
      op: "remove",
      sender_id: bob.userId,
      user_id: bob.userId,
    });
    const row = await settledRow(ann, id, seq);
    expect(row.member_count).toBe(2);
    expect((await ann.members(id)).has(bob.userId)).toBe(false);
    expect(row.participants?.map((one) => one.user_id)).not.toContain(bob.userId);
  });

  test("[ACC-2] who left reads up to the entry with which they left", async () => {
    const { ann, bob, id } = await target.trio();
    await ann.send(id, "before");
    const { seq } = await bob.does(removing(id, bob));
    await ann.send(id, "after");
    const log = await bob.log(id);
    expect(log.at(-1)?.seq).toBe(seq);
    expect(log).toEqual((await ann.log(id)).slice(0, seq));
    expect((await bob.history(id)).map((message) => message.content)).toEqual(["before"]);
    const row = await bob.row(id);
    expect(row.head_seq).toBe(seq);
    expect(row.left_at).toBe(log.at(-1)?.timestamp);
    expect(
      await until("the list", async () => (await bob.list()).find((one) => one.left_at !== undefined)),
    ).toMatchObject({
      conversation_id: id,
      head_seq: seq,
    });
  });

  test("[MEMB-1] who comes back is a member again, and the row is as any other", async () => {
    const { ann, bob, id } = await target.trio();
    await bob.does(removing(id, bob));
    await ann.send(id, "without you");
    const { seq } = await ann.does(adding(id, [bob]));
    const last = await ann.send(id, "with you");
    const row = await settledRow(bob, id, last.seq);
    expect(row.left_at).toBeUndefined();
    expect(row.member_count).toBe(3);
    expect(await bob.log(id)).toEqual(await ann.log(id));
    expect((await bob.send(id, "back")).seq).toBe(seq + 2);
  });

  test("[MEMB-6] a direct conversation is not left, by neither way", async () => {
    const { ann, bob, id } = await target.pair();
    const log = await ann.log(id);
    expect(await ann.tries(removing(id, ann))).toBe("forbidden");
    expect(await ann.tries(removing(id, bob))).toBe("forbidden");
    expect(await ann.log(id)).toEqual(log);
  });

  test("[MEMB-1] whoever is not there is not_found", async () => {
    const { ann, bob, id } = await target.trio();
    const nobody = { userId: unique("nobody") };
    await bob.does(removing(id, bob));
    const log = await ann.log(id);
    for (const who of [nobody, bob]) {
      expect(await ann.tries(removing(id, who))).toBe("not_found");
      expect(await ann.tries(naming(id, who, "admin"))).toBe("not_found");
    }
    expect(await ann.log(id)).toEqual(log);
  });

  test("[IDEM-1] a repeat of a removal or a leave is one entry", async () => {
    const { ann, bob, carl, id } = await target.trio();
    for (const [person, write] of [
      [ann, removing(id, bob)],
      [carl, removing(id, carl)],
    ] as const) {
      const first = await person.does(write);
      expect(await person.does(write)).toMatchObject({ seq: first.seq, duplicate: true });
    }
    expect((await ann.log(id)).filter((entry) => entry.kind === "member" && entry.op === "remove").length).toBe(2);
  });
});

describe("roles handed on", () => {
  test("[ROLE-5] an owner names another owner, and may then become a member", async () => {
    const { ann, bob, id } = await target.trio();
    const { seq } = await ann.does(naming(id, bob, "owner"));
    expect((await bob.log(id, seq - 1))[0]).toMatchObject({
      kind: "member",
      op: "role",
      sender_id: ann.userId,
      user_id: bob.userId,
      role: "owner",
    });
    expect(await settledRow(bob, id, seq)).toMatchObject({ role: "owner" });
    await bob.does(naming(id, ann, "member"));
    expect((await ann.members(id)).get(ann.userId)).toBe("member");
    expect((await ann.row(id)).role).toBe("member");
  });

  test("[ROLE-5] the last owner cannot be given another role", async () => {
    const { ann, bob, id } = await target.trio();
    await ann.does(naming(id, bob, "admin"));
    const log = await ann.log(id);
    for (const role of ["admin", "member"] as const) expect(await ann.tries(naming(id, ann, role))).toBe("conflict");
    expect(await ann.log(id)).toEqual(log);
  });

  test("[ROLE-5] when the last owner leaves, the oldest admin inherits, by an entry before the leave", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const dora = await target.person("dora");
    await ann.does(adding(id, [dora]));
    // Older as a member does not matter, nor who was named first.
    await ann.does(naming(id, dora, "admin"));
    const { seq } = await ann.does(removing(id, ann));
    const [role, leave] = (await bob.log(id)).slice(-2);
    expect(role).toMatchObject({ kind: "member", op: "role", user_id: dora.userId, role: "owner", seq: seq - 1 });
    expect(leave).toMatchObject({ kind: "member", op: "remove", user_id: ann.userId, sender_id: ann.userId, seq });
    const roles = await carl.members(id);
    expect(Object.fromEntries(roles)).toEqual({
      [bob.userId]: "member",
      [carl.userId]: "member",
      [dora.userId]: "owner",
    });
    expect(await settledRow(dora, id, seq)).toMatchObject({ role: "owner" });
  });

  test("[ROLE-5] without admins the oldest member inherits", async () => {
    const ann = await target.person("ann");
    const [zoe, abe] = await target.people("zoe", "abe");
    const id = (await ann.group([zoe])).conversation_id;
    await ann.does(adding(id, [abe]));
    const { seq } = await ann.does(removing(id, ann));
    expect((await zoe.log(id, seq - 2))[0]).toMatchObject({ op: "role", user_id: zoe.userId, role: "owner" });
    expect((await abe.members(id)).get(zoe.userId)).toBe("owner");
  });

  test("[ROLE-5] with another owner there, nobody inherits", async () => {
    const { ann, bob, id } = await target.trio();
    await ann.does(naming(id, bob, "owner"));
    const head = (await ann.log(id)).length;
    const { seq } = await ann.does(removing(id, ann));
    expect(seq).toBe(head + 1);
  });

  test("[ROLE-5] the very last one may leave, and reads what there was", async () => {
    const ann = await target.person("ann");
    const id = (await ann.group([])).conversation_id;
    await ann.send(id, "milk");
    const { seq } = await ann.does(removing(id, ann));
    expect((await ann.log(id)).at(-1)).toMatchObject({ seq, op: "remove" });
    expect(await ann.tries(adding(id, [ann]))).toBe("not_found");
  });

  test("[LIST-1] members are paged, with role and time", async () => {
    const { ann, bob, id } = await target.trio();
    const before = Date.now() - 60_000;
    await ann.does(naming(id, bob, "admin"));
    const seen: [string, string][] = [];
    let cursor: string | undefined;
    do {
      const page = await ann.rest.ok("listMembers", { params: { id }, query: { limit: 1, cursor } });
      expect(page.members.length).toBeLessThanOrEqual(1);
      for (const { user_id, role, joined_at } of page.members) {
        seen.push([user_id, role]);
        expect(Date.parse(joined_at)).toBeGreaterThan(before);
      }
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(await bob.members(id)));
    expect(seen.length).toBe(3);
  });
});
