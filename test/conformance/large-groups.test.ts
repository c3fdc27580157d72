import { beforeAll, describe, expect, test } from "vitest";
import { assertExact, settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import type { Session } from "../support/session.ts";
import { assertStanding } from "../support/standing.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { adding, deleting, editing, inviting, reacting, removing, sending } from "../support/write.ts";

const target = useServer({ ...FAST, keep: "file" });

const MEMBERS = 150;
const ONLINE = 8;
const OFFLINE = 12;

const crowd = (count: number): { userId: string }[] => Array.from({ length: count }, () => ({ userId: unique("m") }));

/** Everything from `first` to `last` was pushed in order and without a gap; what is not acknowledged may come again. */
const expectAll = async (session: Session, id: string, first: number, last: number): Promise<void> => {
  await session.entry(id, last, 20_000);
  const seqs = session.pushed(id).map((entry) => entry.seq);
  const once = [...new Set(seqs)].filter((seq) => seq >= first);
  expect(once).toEqual(Array.from({ length: last - first + 1 }, (_x, i) => first + i));
};

describe(`a group of ${MEMBERS}`, { timeout: 60_000 }, () => {
  let ann: Person;
  let online: Person[];
  let offline: Person[];
  let sessions: Session[];
  let id: string;

  beforeAll(async () => {
    ann = await target.person("ann");
    online = await Promise.all(Array.from({ length: ONLINE }, () => target.person("online")));
    offline = await Promise.all(Array.from({ length: OFFLINE }, () => target.person("offline")));
    const rest = crowd(MEMBERS - 1 - ONLINE - OFFLINE);
    const group = await ann.group([...online, ...offline, ...rest], "Many");
    expect(group).toMatchObject({ member_count: MEMBERS, role: "owner" });
    id = group.conversation_id;
    sessions = await Promise.all(online.map((person) => person.connect({ since: 0 })));
    await Promise.all(sessions.map((session) => session.waitFor("sync")));
  }, 60_000);

  test("[DLV-3] everyone online gets all in order, without asking", async () => {
    const first = (await ann.log(id)).length + 1;
    const [one, two] = online;
    if (!one || !two) throw new Error("two senders are needed");
    await Promise.all(
      [ann, one, two].map(async (person) => {
        for (let i = 0; i < 30; i++) {
          const sent = await person.does(sending(id, `${i}`, i % 10 === 0 ? { mentions: [two.userId] } : {}));
          if (i % 7 === 0) await person.does(editing(id, sent.message_id, `${i}, edited`));
          if (i % 9 === 0) await ann.does(deleting(id, sent.message_id));
          if (i % 5 === 0 && i % 9 !== 0) await two.does(reacting(id, sent.message_id));
        }
      }),
    );
    const log = await ann.log(id);
    for (const session of sessions) await expectAll(session, id, first, log.length);
    for (const person of [one, two]) {
      expect(await person.log(id)).toEqual(log);
      assertStanding(person.userId, await person.history(id), log);
    }
  });

  test("[DLV-3] [CONV-5] those who were away are exact after one sync", async () => {
    const log = await ann.log(id);
    for (const person of offline) {
      const sync = await until("the row", async () => {
        const answer = await person.rest.ok("sync", { query: { since: 0 } });
        return answer.conversations[0]?.head_seq === log.length ? answer : undefined;
      });
      const [row] = sync.conversations;
      if (row === undefined) throw new Error("the row is missing");
      expect(row).toMatchObject({ conversation_id: id, member_count: MEMBERS, name: "Many" });
      assertExact(person.userId, row, log);
      const entries = sync.entries[id] ?? [];
      expect(entries).toEqual(log.slice(-entries.length));
      expect(entries.length).toBe(Math.min(50, log.length));
    }
    const [person] = offline;
    if (!person) throw new Error("somebody is needed");
    expect(await person.log(id)).toEqual(log);
    await settledRow(person, id, log.length);
    await person.read(id, log.length - 20);
    await until("the read", async () => (await person.row(id)).read_up_to === log.length - 20);
    assertExact(person.userId, await person.row(id), log);
    expect((await settledRow(person, id, log.length)).read_up_to).toBe(log.length - 20);
  });

  test("[ADM-1] deliveries come to rest, and nobody is given up", async () => {
    const admin = await target.person("admin", { scope: "admin" });
    const state = await until(
      "nobody to be behind",
      async () => {
        const now = await admin.rest.ok("adminDelivery", { params: { id } });
        return now.behind === 0 ? now : undefined;
      },
      45_000,
      200,
    );
    expect(state).toMatchObject({ head_seq: (await ann.log(id)).length, members: MEMBERS, parked: [] });
    expect(state.present).toBeGreaterThanOrEqual(ONLINE);
  });

  test("[CONV-4] members are paged; participants are not all of them", async () => {
    const members = await ann.members(id);
    expect(members.size).toBe(MEMBERS);
    const row = await ann.row(id);
    expect(row.participants?.length ?? 0).toBeLessThanOrEqual(100);
  });

  test("[CMD-5] typing does not flow in more than a hundred", async () => {
    const [a, b] = sessions;
    if (!a || !b) throw new Error("two sessions are needed");
    for (const session of [a, b]) session.tell({ type: "open", conversation_id: id });
    await Promise.all([a, b].map((session) => session.settle()));
    a.tell({ type: "typing", conversation_id: id, state: "start" });
    await a.settle();
    const { seq } = await ann.send(id, "after the typing");
    await b.entry(id, seq);
    expect(b.all("typing")).toEqual([]);
  });

  test("[RCPT-3] receipts count and name everybody who has it", async () => {
    const { seq, message_id } = await ann.send(id, "read me");
    const readers = [...online.slice(0, 5), ...offline.slice(0, 6)];
    await Promise.all(readers.map((person) => person.read(id, seq)));
    await Promise.all(online.slice(5).map((person) => person.delivered(id, seq)));
    const receipts = await until("the receipts", async () => {
      const now = (await ann.message(id, message_id)).receipts;
      return now?.read === readers.length ? now : undefined;
    });
    expect(receipts.of).toBe(MEMBERS - 1);
    expect(receipts.delivered).toBeGreaterThanOrEqual(readers.length + 3);
    const named: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 40, cursor };
      const page = await ann.rest.ok("listReceipts", { params: { id, message_id }, query });
      named.push(...page.receipts.filter((one) => one.read_at !== undefined).map((one) => one.user_id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(named.sort()).toEqual(readers.map((person) => person.userId).sort());
  });

  test("[DLV-3] who comes online while messages flow misses none", async () => {
    const late = offline.at(-1);
    if (!late) throw new Error("somebody is needed");
    const head = (await ann.log(id)).length;
    const flow = (async () => {
      for (let i = 0; i < 40; i++) await ann.send(id, `flow ${i}`);
    })();
    const session = await late.connect({ since: 0 });
    const sync = await session.waitFor("sync");
    await flow;
    const last = head + 40;
    await session.entry(id, last, 20_000).catch(() => undefined);
    const got = new Set([...(sync.entries[id] ?? []), ...session.pushed(id)].map((entry) => entry.seq));
    const first = Math.min(...got);
    expect(first).toBeLessThanOrEqual(head + 1);
    expect([...got].sort((x, y) => x - y)).toEqual(Array.from({ length: last - first + 1 }, (_x, i) => first + i));
  });

  test("[MEMB-7] who is removed while online gets nothing later; who is added gets all from there", async () => {
    const [out, watching] = [online[3], sessions[3]];
    const newcomer = await target.person("newcomer");
    const hers = await newcomer.connect();
    if (!out || !watching) throw new Error("somebody is needed");
    await ann.send(id, "the last that he sees");
    const { seq: end } = await ann.does(removing(id, out));
    const { seq: joined } = await ann.does(adding(id, [newcomer]));
    for (let i = 0; i < 10; i++) await ann.send(id, `later ${i}`);
    const head = (await ann.log(id)).length;
    await expectAll(hers, id, joined, head);
    const { seq, conversation_id: direct } = await ann.send((await ann.direct(out)).conversation_id, "a word");
    await watching.entry(direct, seq);
    expect(Math.max(...watching.pushed(id).map((entry) => entry.seq))).toBe(end);
    expect((await out.log(id)).length).toBe(end);
    for (const person of [newcomer, ...online.slice(4)]) await settledRow(person, id, head);
    expect((await ann.row(id)).member_count).toBe(MEMBERS);
  });
});

describe("many newcomers at once", { timeout: 60_000 }, () => {
  test("[DLV-3] more at once than one delivery brings reaches who is online all the same, before the newcomers", async () => {
    const { ann, bob, id } = await target.trio();
    const session = await bob.connect();
    const { seq } = await ann.does(adding(id, crowd(1000)));
    const last = await ann.send(id, "hello, all of you");
    expect(last.seq).toBe(seq + 1);
    // Behind all the newcomers it would take longer than this.
    await session.entry(id, last.seq, 8000);
    await expectAll(session, id, 2, last.seq);
    const newcomer = await target.person("newcomer");
    const hers = await newcomer.connect();
    await ann.does(adding(id, [newcomer]));
    const next = await ann.send(id, "and you");
    await hers.entry(id, next.seq, 30_000);
  });
});

describe("the largest group", { timeout: 120_000 }, () => {
  test("[LIM-3] [LIM-10] five thousand members and not one more; a message reaches who is there, and who comes", async () => {
    const [ann, bob, carl, dora] = await target.people("ann", "bob", "carl", "dora");
    const session = await bob.connect();
    const group = await ann.group([bob, carl, ...crowd(2997)], "Full");
    const id = group.conversation_id;
    for (const count of [1000, 1000]) await ann.does(adding(id, crowd(count)));
    expect((await ann.row(id)).member_count).toBe(5000);
    const head = (await ann.log(id)).length;
    expect(await ann.tries(adding(id, [dora]))).toBe("limit_exceeded");
    const { token } = await ann.rest.ok("createInvite", inviting(id).input);
    expect(await dora.rest.refused("acceptInvite", { params: { token } })).toMatchObject({ code: "limit_exceeded" });
    expect((await ann.log(id)).length).toBe(head);
    const { seq } = await ann.send(id, "hello, five thousand");
    await session.entry(id, seq, 30_000);
    expect(await settledRow(carl, id, seq)).toMatchObject({ unread_count: 1, member_count: 5000 });
    await carl.does(removing(id, carl));
    expect((await dora.rest.call("acceptInvite", { params: { token } })).status).toBe(201);
    const last = await dora.send(id, "just in");
    await session.entry(id, last.seq, 30_000);
    expect(await settledRow(bob, id, last.seq)).toMatchObject({ unread_count: 2, member_count: 5000 });
  });
});
