import { describe, expect, test } from "vitest";
import { assertExact, settledRow } from "../support/exact.ts";
import { chooseSeed, seeded, uuid7 } from "../support/random.ts";
import { useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

const target = useServer();

describe("receipts of a direct conversation", () => {
  test("[RCPT-1] the sender's ticks: none, delivered, read", async () => {
    const { ann, bob, id } = await target.pair();
    const { seq } = await ann.send(id, "hi");
    const ticks = async () => (await ann.messages(id, { limit: 1 }))[0]?.receipts;
    expect(await ticks()).toEqual({ delivered: 0, read: 0, of: 1 });
    await bob.delivered(id, seq);
    expect(await ticks()).toEqual({ delivered: 1, read: 0, of: 1 });
    await bob.read(id, seq);
    expect(await ticks()).toEqual({ delivered: 1, read: 1, of: 1 });
  });

  test("[MSG-3] receipts are shown on one's own messages only", async () => {
    const { ann, bob, id } = await target.pair();
    await ann.send(id, "hi");
    const [message] = await bob.messages(id);
    expect(message?.receipts).toBeUndefined();
    expect((await ann.messages(id))[0]?.receipts).toBeDefined();
  });

  test("[RCPT-4] reading is having it delivered", async () => {
    const { ann, bob, id } = await target.pair();
    const { seq, message_id } = await ann.send(id, "hi");
    await bob.read(id, seq);
    expect((await ann.messages(id))[0]?.receipts).toEqual({ delivered: 1, read: 1, of: 1 });
    expect(await settledRow(bob, id, seq)).toMatchObject({ read_up_to: seq, delivered_up_to: seq, unread_count: 0 });
    const { receipts } = await ann.rest.ok("listReceipts", { params: { id, message_id } });
    expect(receipts.map((receipt) => receipt.user_id)).toEqual([bob.userId]);
    expect(receipts[0]?.delivered_at).toBeDefined();
    expect(Date.parse(receipts[0]?.read_at ?? "")).toBeGreaterThanOrEqual(Date.parse(receipts[0]?.delivered_at ?? ""));
  });

  test("[RCPT-1] watermarks never go down", async () => {
    const { ann, bob, id } = await target.pair();
    const sent = [await ann.send(id, "1"), await ann.send(id, "2"), await ann.send(id, "3")];
    const [one, , three] = sent;
    await bob.read(id, three?.seq ?? 0);
    await bob.read(id, one?.seq ?? 0);
    await bob.delivered(id, one?.seq ?? 0);
    await bob.read(id, 0);
    expect(await settledRow(bob, id, three?.seq ?? 0)).toMatchObject({ read_up_to: three?.seq, unread_count: 0 });
    expect((await ann.messages(id))[0]?.receipts).toEqual({ delivered: 1, read: 1, of: 1 });
  });

  test("[RCPT-5] an up_to beyond the head counts as the head, not for what comes later", async () => {
    const { ann, bob, id } = await target.pair();
    const { seq } = await ann.send(id, "1");
    const session = await bob.connect();
    session.tell({ type: "read", conversation_id: id, up_to: seq + 1_000_000 });
    await until("the read", async () => (await bob.row(id)).read_up_to === seq);
    await bob.read(id, 2 ** 50);
    const later = await ann.send(id, "2");
    const row = await settledRow(bob, id, later.seq);
    expect(row).toMatchObject({ read_up_to: seq, unread_count: 1 });
    expect((await ann.messages(id, { limit: 1 }))[0]?.receipts).toMatchObject({ read: 0 });
  });

  test("[EVT-4] the sender that has the conversation open sees delivered and read live", async () => {
    const { ann, bob, id } = await target.pair();
    const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
    a.tell({ type: "open", conversation_id: id });
    const { seq } = await a.ask("ack", {
      type: "send",
      conversation_id: id,
      client_message_id: uuid7(),
      content: "hi",
    });
    await b.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === seq));
    b.tell({ type: "delivered", conversation_id: id, up_to: seq });
    const delivered = await a.waitFor("receipt", (event) => event.delivered_up_to === seq);
    expect(delivered).toMatchObject({ conversation_id: id, user_id: bob.userId });
    b.tell({ type: "read", conversation_id: id, up_to: seq });
    const read = await a.waitFor("receipt", (event) => event.read_up_to === seq);
    expect(read).toMatchObject({ conversation_id: id, user_id: bob.userId });
  });

  test("[CMD-6] live receipts do not flow where the conversation is not open, or closed again", async () => {
    const { ann, bob, id } = await target.pair();
    const [a, b] = await Promise.all([ann.connect(), bob.connect()]);
    a.tell({ type: "open", conversation_id: id });
    a.tell({ type: "close", conversation_id: id });
    const { seq } = await a.ask("ack", {
      type: "send",
      conversation_id: id,
      client_message_id: uuid7(),
      content: "hi",
    });
    b.tell({ type: "read", conversation_id: id, up_to: seq });
    await until("the read", async () => (await ann.messages(id))[0]?.receipts?.read === 1);
    // Bob's answer takes the same way later than his receipt.
    const answer = await bob.send(id, "read it");
    await a.waitFor("entries", ({ entries }) => entries.some((entry) => entry.seq === answer.seq));
    expect(a.all("receipt")).toEqual([]);
  });

  test("[RCPT-3] receipts of a message that is not there, or of another conversation, are not_found", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id } = await ann.send(id, "hi");
    const other = (await ann.group([bob])).conversation_id;
    expect(await ann.rest.refused("listReceipts", { params: { id: other, message_id } })).toMatchObject({
      code: "not_found",
    });
    const absent = `${message_id.slice(0, -4)}0000`;
    expect(await ann.rest.refused("listReceipts", { params: { id, message_id: absent } })).toMatchObject({
      status: 404,
    });
  });

  test.each([{}, { up_to: -1 }, { up_to: "3" }, { up_to: 1.5 }, { up_to: null }, { up_to: 1e300 }])(
    "[ERR-1] the receipt %j is bad_request",
    async (body) => {
      const { ann, id } = await target.pair();
      for (const call of ["markRead", "markDelivered"] as const) {
        expect(await ann.rest.refused(call, { params: { id }, body })).toMatchObject({ code: "bad_request" });
      }
    },
  );
});

describe("receipts of a group", () => {
  test("[EVT-4] counts for the sender's newest message, of the others only", async () => {
    const [ann, bob, carl, dora] = await target.people("ann", "bob", "carl", "dora");
    if (!ann || !bob || !carl || !dora) throw new Error("four people are needed");
    const id = (await ann.group([bob, carl, dora])).conversation_id;
    const a = await ann.connect();
    a.tell({ type: "open", conversation_id: id });
    const { seq, message_id } = await a.ask("ack", {
      type: "send",
      conversation_id: id,
      client_message_id: uuid7(),
      content: "hi",
    });
    await bob.delivered(id, seq);
    await carl.read(id, seq);
    await a.waitFor("receipt", (event) => event.delivered === 2 && event.read === 1 && event.of === 3);
    expect((await ann.messages(id))[0]?.receipts).toEqual({ delivered: 2, read: 1, of: 3 });
    const { receipts } = await ann.rest.ok("listReceipts", { params: { id, message_id } });
    const by = new Map(receipts.map((receipt) => [receipt.user_id, receipt]));
    expect(by.get(carl.userId)?.read_at).toBeDefined();
    expect(by.get(bob.userId)?.delivered_at).toBeDefined();
    expect(by.get(bob.userId)?.read_at).toBeUndefined();
    expect(by.get(dora.userId)?.delivered_at).toBeUndefined();
    expect(by.has(ann.userId)).toBe(false);
  });

  test("[LIST-1] the receipts of a message are paged", async () => {
    const people = await target.people("ann", "b", "c", "d", "e", "f");
    const [ann, ...others] = people;
    if (!ann) throw new Error("people are needed");
    const id = (await ann.group(others)).conversation_id;
    const { seq, message_id } = await ann.send(id, "hi");
    await Promise.all(others.map((person) => person.read(id, seq)));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ann.rest.ok("listReceipts", { params: { id, message_id }, query: { limit: 2, cursor } });
      expect(page.receipts.length).toBeLessThanOrEqual(2);
      seen.push(...page.receipts.map((receipt) => receipt.user_id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen.sort()).toEqual(others.map((person) => person.userId).sort());
  });
});

describe("unread counts", () => {
  test("[CONV-5] count others' messages after what was read, one by one", async () => {
    const { ann, bob, id } = await target.pair();
    const seqs: number[] = [];
    for (let i = 0; i < 5; i++) seqs.push((await ann.send(id, `${i}`)).seq);
    const last = seqs.at(-1) ?? 0;
    expect((await settledRow(bob, id, last)).unread_count).toBe(5);
    expect((await settledRow(ann, id, last)).unread_count).toBe(0);
    for (const [i, seq] of seqs.entries()) {
      await bob.read(id, seq);
      const row = await until("the read", async () => {
        const found = await bob.row(id);
        return found.read_up_to === seq ? found : undefined;
      });
      expect(row.unread_count).toBe(4 - i);
    }
  });

  test("[CONV-5] one's own messages do not count, and writing is not reading", async () => {
    const { ann, bob, id } = await target.pair();
    await ann.send(id, "1");
    await bob.send(id, "2");
    const { seq } = await ann.send(id, "3");
    const row = await settledRow(bob, id, seq);
    assertExact(bob.userId, row, await bob.log(id));
  });

  test("[CONV-5] many messages are counted, not capped", { timeout: 60_000 }, async () => {
    const people = await target.people("ann", "b", "c", "d", "e", "f");
    const [ann, ...others] = people;
    if (!ann) throw new Error("people are needed");
    const id = (await ann.group(others)).conversation_id;
    const sent = await Promise.all(
      others.flatMap((person) => Array.from({ length: 28 }, (_x, i) => person.send(id, `${i}`))),
    );
    const last = Math.max(...sent.map((one) => one.seq));
    expect((await settledRow(ann, id, last)).unread_count).toBe(140);
  });

  test("[CONV-5] stay exact while messages and reads of several devices race", { timeout: 60_000 }, async () => {
    const seed = chooseSeed();
    console.log(`seed ${seed} (PARLEY_SEED)`);
    const random = seeded(seed);
    const { ann, bob, id } = await target.pair();
    const tablet = await target.person("bob", { userId: bob.userId });
    const [a, b, t] = await Promise.all([ann.connect(), bob.connect(), tablet.connect()]);
    const head = { seq: (await ann.row(id)).head_seq };
    const acts = Array.from({ length: 120 }, () => random());
    const sends: Promise<unknown>[] = [];
    for (const [i, act] of acts.entries()) {
      if (act < 0.35) {
        const send = ann.send(id, `${i}`).then((sent) => (head.seq = Math.max(head.seq, sent.seq)));
        sends.push(send);
      } else if (act < 0.45)
        sends.push(bob.send(id, `b${i}`).then((sent) => (head.seq = Math.max(head.seq, sent.seq))));
      else if (act < 0.7) b.tell({ type: "read", conversation_id: id, up_to: Math.floor(random() * (head.seq + 3)) });
      else if (act < 0.9) t.tell({ type: "read", conversation_id: id, up_to: Math.floor(random() * (head.seq + 3)) });
      else {
        // In the middle of it all the row has to be right at the head that it shows.
        const [row] = await bob.list();
        if (row !== undefined) assertExact(bob.userId, row, await bob.log(id));
      }
    }
    await Promise.all(sends);
    await Promise.all([a, b, t].map((session) => session.ask("sync", { type: "sync", since: 0 })));
    const row = await settledRow(bob, id, head.seq);
    expect(row.conversation_id).toBe(id);
    await bob.read(id, head.seq);
    await until("all read", async () => (await bob.list())[0]?.unread_count === 0);
    expect((await bob.row(id)).unread_count).toBe(0);
  });

  test("[EVT-7] reading on one device reaches the other, with a higher rev", async () => {
    const { ann, bob, id } = await target.pair();
    const tablet = await target.person("bob", { userId: bob.userId });
    const { seq } = await ann.send(id, "hi");
    const before = await settledRow(bob, id, seq);
    const [phone, other] = await Promise.all([bob.connect(), tablet.connect()]);
    phone.tell({ type: "read", conversation_id: id, up_to: seq });
    const { conversation } = await other.waitFor("conversation", (event) => event.conversation.read_up_to === seq);
    expect(conversation).toMatchObject({ conversation_id: id, unread_count: 0 });
    expect(conversation.rev).toBeGreaterThan(before.rev);
  });
});
