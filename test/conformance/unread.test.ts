import { describe, expect, test } from "vitest";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { assertExact, settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { Writer } from "../support/writer.ts";
import { adding, changing, deleting, editing, naming, pinning, reacting, removing, sending } from "../support/write.ts";

const target = useServer(FAST);

/** The row as every way shows it, once it has come to `head`: each is exact, and they are the same. */
const everywhere = async (person: Person, id: string, head: number, due: Partial<Conversation>): Promise<void> => {
  const row = await settledRow(person, id, head);
  expect(row).toMatchObject(due);
  const log = await person.log(id);
  const sync = await person.rest.ok("sync", { query: { since: 0 } });
  for (const other of [await person.row(id), sync.conversations.find((one) => one.conversation_id === id)]) {
    expect(other).toMatchObject(due);
    if (other !== undefined) assertExact(person.userId, other, log);
  }
};

describe("unread_count, to the one", () => {
  test("[CONV-5] goes down when an unread message is deleted, and stays when a read one is", async () => {
    const { ann, bob, id } = await target.trio();
    const sent = [];
    for (let i = 0; i < 6; i++) sent.push(await ann.does(sending(id, `${i}`)));
    const ids = sent.map(({ message_id }) => message_id);
    const session = await bob.connect();
    await bob.read(id, sent[2]?.seq ?? 0);
    await everywhere(bob, id, sent[5]?.seq ?? 0, { unread_count: 3, read_up_to: sent[2]?.seq ?? 0 });
    const gone = async (i: number): Promise<number> => (await ann.does(deleting(id, ids[i] ?? ""))).seq;
    await everywhere(bob, id, await gone(1), { unread_count: 3 });
    await everywhere(bob, id, await gone(4), { unread_count: 2 });
    await everywhere(bob, id, await gone(2), { unread_count: 2 });
    await everywhere(bob, id, await gone(5), { unread_count: 1 });
    await everywhere(bob, id, await gone(3), { unread_count: 0 });
    // Reading what is left of it changes nothing any more.
    const head = (await bob.log(id)).length;
    await bob.read(id, head);
    await until("the read", async () => (await bob.row(id)).read_up_to === head);
    await everywhere(bob, id, head, { unread_count: 0 });
    const log = await bob.log(id);
    for (const { conversation } of session.all("conversation")) assertExact(bob.userId, conversation, log);
  });

  test("[CONV-5] counts messages only: no edit, reaction, pin, member or settings entry", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const dora = await target.person("dora");
    const { message_id } = await ann.send(id, "the one");
    await ann.does(editing(id, message_id, "still the one"));
    await carl.does(reacting(id, message_id));
    await ann.does(pinning(id, message_id));
    await ann.does(adding(id, [dora]));
    await ann.does(naming(id, carl, "admin"));
    await ann.does(changing(id, { name: "Other" }));
    const { seq } = await ann.does(removing(id, dora));
    await everywhere(bob, id, seq, { unread_count: 1, mention_count: 0 });
  });

  test("[CONV-5] one's own are not counted, deleted by whomever", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const mine = [await bob.send(id, "1"), await bob.send(id, "2")];
    await carl.send(id, "3");
    await bob.does(deleting(id, mine[0]?.message_id ?? ""));
    const { seq } = await ann.does(deleting(id, mine[1]?.message_id ?? ""));
    await everywhere(bob, id, seq, { unread_count: 1 });
    await everywhere(carl, id, seq, { unread_count: 0 });
    await everywhere(ann, id, seq, { unread_count: 1 });
  });

  test("[CONV-5] replies in threads count like any other, also when the root is deleted", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const { message_id: root } = await ann.send(id, "root");
    for (let i = 0; i < 3; i++) await carl.does(sending(id, `${i}`, { thread_root: root }));
    const { seq } = await ann.does(sending(id, "mine", { thread_root: root }));
    await everywhere(bob, id, seq, { unread_count: 5 });
    await everywhere(ann, id, seq, { unread_count: 3 });
    const gone = await ann.does(deleting(id, root));
    await everywhere(bob, id, gone.seq, { unread_count: 4 });
  });

  test("[CONV-5] of those who join, leave and come back", async () => {
    const { ann, bob, id } = await target.trio();
    const dora = await target.person("dora");
    for (let i = 0; i < 3; i++) await ann.send(id, `${i}`);
    const { seq: joined } = await ann.does(adding(id, [dora]));
    await settledRow(dora, id, joined);
    const before = (await dora.row(id)).unread_count;
    const one = await ann.send(id, "after");
    await everywhere(dora, id, one.seq, { unread_count: before + 1 });
    const { seq: left } = await dora.does(removing(id, dora));
    await ann.send(id, "without her");
    await everywhere(dora, id, left, { unread_count: before + 1, head_seq: left });
    await ann.does(adding(id, [dora]));
    const last = await bob.send(id, "with her");
    await settledRow(dora, id, last.seq);
    await dora.read(id, last.seq);
    await until("the read", async () => (await dora.row(id)).read_up_to === last.seq);
    await everywhere(dora, id, last.seq, { unread_count: 0 });
  });

  test("[CONV-5] never goes up by reading, on whichever device", async () => {
    const { ann, bob, id } = await target.trio();
    const tablet = await target.person("tablet", { userId: bob.userId });
    const [phone, pad] = await Promise.all([bob.connect(), tablet.connect()]);
    const sent = [];
    for (let i = 0; i < 10; i++) sent.push(await ann.does(sending(id, `${i}`)));
    const seqs = sent.map(({ seq }) => seq);
    await settledRow(bob, id, seqs[9] ?? 0);
    for (const i of [3, 1, 7, 5, 9, 0])
      (i % 2 === 0 ? phone : pad).tell({ type: "read", conversation_id: id, up_to: seqs[i] ?? 0 });
    await until("all read", async () => (await bob.row(id)).unread_count === 0);
    for (const session of [phone, pad]) {
      await session.settle();
      const counts = session.all("conversation").map(({ conversation }) => conversation.unread_count);
      expect(counts).toEqual([...counts].sort((x, y) => y - x));
    }
  });
});

describe("in the midst of it", () => {
  test("[SYNC-9] every row that anybody is shown is exact at the head that it shows", { timeout: 90_000 }, async () => {
    const seed = chooseSeed();
    console.log(`seed ${seed} (PARLEY_SEED)`);
    const random = seeded(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const { ann, bob, carl, id } = await target.trio();
    const people = [ann, bob, carl];
    const sessions = await Promise.all(people.map((person) => person.connect()));
    /** Whom messages mentioned when they were sent: of a deleted one the log may not tell any more. */
    const mentioned = new Map<string, readonly string[]>();
    const known: string[] = [];
    const shown: [Person, Conversation][] = [];
    const act = async (person: Person): Promise<void> => {
      const dice = random();
      if (dice < 0.4 || known.length === 0) {
        const mentions = pick([[], [], [bob.userId], [carl.userId, bob.userId], person === ann ? ["@all"] : []]);
        const write = sending(id, `${dice}`, mentions.length > 0 ? { mentions } : {});
        const { message_id } = await Writer.http(person.rest).does(write);
        mentioned.set(message_id, mentions);
        known.push(message_id);
      } else if (dice < 0.6) await person.tries(deleting(id, pick(known)));
      else if (dice < 0.7) await person.tries(editing(id, pick(known), `${dice}`));
      else if (dice < 0.85) await person.read(id, Math.floor(random() * known.length * 1.5));
      else if (dice < 0.93) shown.push(...(await person.list()).map((row): [Person, Conversation] => [person, row]));
      else {
        const { conversations } = await person.rest.ok("sync", { query: { since: 0 } });
        shown.push(...conversations.map((row): [Person, Conversation] => [person, row]));
      }
    };
    await Promise.all(
      people.map(async (person) => {
        for (let i = 0; i < 80; i++) await act(person);
      }),
    );
    const log = (await ann.log(id)).map((entry): Entry =>
      entry.kind === "message" ? Object.assign(entry, { mentions: mentioned.get(entry.message_id) ?? [] }) : entry,
    );
    for (const [i, session] of sessions.entries()) {
      const person = people[i];
      if (person === undefined) continue;
      await session.entry(id, log.length, 10_000);
      for (const { conversation } of session.all("conversation")) shown.push([person, conversation]);
      await settledRow(person, id, log.length);
    }
    expect(shown.length).toBeGreaterThan(10);
    for (const [person, row] of shown) assertExact(person.userId, row, log);
  });
});
