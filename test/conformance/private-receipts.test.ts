import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { adding, sending } from "../support/write.ts";

const target = useServer(FAST);

const keepPrivate = async (person: Person, read_receipts: "everyone" | "nobody" = "nobody"): Promise<void> => {
  const profile = await person.rest.ok("putMe", { body: { privacy: { read_receipts } } });
  expect(profile.privacy?.read_receipts).toBe(read_receipts);
};

const counts = async (person: Person, id: string, messageId: string) => (await person.message(id, messageId)).receipts;

const readers = async (person: Person, id: string, message_id: string): Promise<string[]> =>
  (await person.rest.ok("listReceipts", { params: { id, message_id } })).receipts
    .filter((receipt) => receipt.read_at !== undefined)
    .map((receipt) => receipt.user_id)
    .sort();

describe("whom receipts count", () => {
  test("[RCPT-8] the other members who had joined when the message was sent", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const early = await ann.send(id, "early");
    const dora = await target.person("dora");
    await ann.does(adding(id, [dora]));
    const late = await ann.send(id, "late");
    for (const person of [bob, carl, dora]) await person.read(id, late.seq);
    expect(await counts(ann, id, early.message_id)).toEqual({ delivered: 2, read: 2, of: 2 });
    expect(await counts(ann, id, late.message_id)).toEqual({ delivered: 3, read: 3, of: 3 });
    expect(await readers(ann, id, early.message_id)).toEqual([bob.userId, carl.userId].sort());
    expect(await readers(ann, id, late.message_id)).toEqual([bob.userId, carl.userId, dora.userId].sort());
  });
});

describe("read receipts that are kept private", () => {
  test("[RCPT-8] in a direct conversation: delivered, never read, and no frame", async () => {
    const { ann, bob, id } = await target.pair();
    await keepPrivate(bob);
    const session = await ann.connect();
    session.tell({ type: "open", conversation_id: id });
    await session.settle();
    const { seq, message_id } = await ann.send(id, "hi");
    await bob.read(id, seq);
    expect(await settledRow(bob, id, seq)).toMatchObject({ read_up_to: seq, unread_count: 0 });
    await until("delivered", async () => (await counts(ann, id, message_id))?.delivered === 1);
    expect(await counts(ann, id, message_id)).toMatchObject({ read: 0 });
    expect(await readers(ann, id, message_id)).toEqual([]);
    const answer = await bob.send(id, "read it");
    await session.entry(id, answer.seq);
    expect(JSON.stringify(session.all("receipt"))).not.toMatch(/"read(_up_to)?":[1-9]/);
  });

  test("[RCPT-8] whoever hides his own is not shown who has read", async () => {
    const { ann, bob, id } = await target.pair();
    await keepPrivate(bob);
    const session = await bob.connect();
    session.tell({ type: "open", conversation_id: id });
    await session.settle();
    const { seq, message_id } = await bob.send(id, "hi");
    await ann.read(id, seq);
    const answer = await ann.send(id, "read it");
    await session.entry(id, answer.seq);
    expect((await counts(bob, id, message_id))?.read ?? 0).toBe(0);
    const receipts = await bob.rest.call("listReceipts", { params: { id, message_id } });
    expect(JSON.stringify(receipts.body ?? {})).not.toContain("read_at");
    expect(JSON.stringify(session.all("receipt"))).not.toMatch(/"read(_up_to)?":[1-9]/);
  });

  test("[RCPT-8] in a group he is not counted as having read, the others are", async () => {
    const { ann, bob, carl, id } = await target.trio();
    await keepPrivate(bob);
    const session = await ann.connect();
    session.tell({ type: "open", conversation_id: id });
    await session.settle();
    const { seq, message_id } = await ann.send(id, "hi");
    await Promise.all([bob, carl].map((person) => person.read(id, seq)));
    await until("carl", async () => (await counts(ann, id, message_id))?.read === 1);
    expect(await readers(ann, id, message_id)).toEqual([carl.userId]);
    await session.waitFor("receipt", (event) => event.read === 1);
    expect(session.all("receipt").every((event) => (event.read ?? 0) <= 1 && event.user_id !== bob.userId)).toBe(true);
  });

  test("[RCPT-8] what was read while it was private, and what after it was shown again", async () => {
    const { ann, bob, id } = await target.pair();
    await keepPrivate(bob);
    const first = await ann.send(id, "1");
    await bob.read(id, first.seq);
    await keepPrivate(bob, "everyone");
    const second = await ann.does(sending(id, "2"));
    await bob.read(id, second.seq);
    await until("the read", async () => (await counts(ann, id, second.message_id))?.read === 1);
    expect(await readers(ann, id, second.message_id)).toEqual([bob.userId]);
  });
});
