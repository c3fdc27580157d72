import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { TRANSPORTS, Writer } from "../support/writer.ts";
import { changing, deleting, editing, pinning, reacting, sending } from "../support/write.ts";

const target = useServer(FAST);

/** The entry that removed a message, once it is there. */
const removal = async (person: Person, id: string, messageId: string): Promise<Entry> =>
  await until(
    "the removal",
    async () => (await person.log(id)).find((entry) => entry.kind === "delete" && entry.target === messageId),
    20_000,
    100,
  );

describe.each(TRANSPORTS)("messages that expire, sent over %s", { timeout: 40_000 }, (via) => {
  test("[EXP-1] carry expires_at, and are removed then as by a deletion of the author's", async () => {
    const { ann, bob, id } = await target.trio();
    const [by, session] = [await Writer.of(via, ann), await bob.connect()];
    const secret = unique("short-lived");
    const sent = await by.does(sending(id, secret, { expires_in: 1, mentions: [bob.userId] }));
    const expires_at = new Date(Date.parse(sent.timestamp) + 1000).toISOString();
    expect(await session.entry(id, sent.seq)).toMatchObject({ kind: "message", content: secret, expires_at });
    expect(await bob.message(id, sent.message_id)).toMatchObject({ content: secret, expires_at });
    expect(await settledRow(bob, id, sent.seq)).toMatchObject({ unread_count: 1, mention_count: 1 });

    const entry = await removal(bob, id, sent.message_id);
    expect(entry).toMatchObject({ seq: sent.seq + 1, kind: "delete", sender_id: ann.userId });
    expect(entry.client_message_id).toBeUndefined();
    expect(Date.parse(entry.timestamp)).toBeGreaterThanOrEqual(Date.parse(expires_at));
    expect(Date.parse(entry.timestamp)).toBeLessThan(Date.parse(expires_at) + 5000);
    expect(await session.entry(id, entry.seq)).toMatchObject({ kind: "delete", target: sent.message_id });
    expect(await settledRow(bob, id, entry.seq)).toMatchObject({ unread_count: 0, mention_count: 0 });
    expect(await bob.message(id, sent.message_id)).toMatchObject({ content: "", deleted_at: entry.timestamp });
    const seen = [await bob.log(id), await bob.history(id), await bob.list(), await bob.row(id)];
    expect(JSON.stringify(seen)).not.toContain(secret);
  });

  test("[EXP-1] without expires_in they live as long as the conversation says, with it as long as it says", async () => {
    const { ann, id } = await target.trio();
    const by = await Writer.of(via, ann);
    const life = async (messageId: string): Promise<number | undefined> => {
      const { timestamp, expires_at } = await ann.message(id, messageId);
      return expires_at === undefined ? undefined : Date.parse(expires_at) - Date.parse(timestamp);
    };
    const before = await by.does(sending(id, "for ever"));
    await ann.does(changing(id, { settings: { expires_in: 3600 } }));
    const byRule = await by.does(sending(id, "an hour"));
    const own = await by.does(sending(id, "a minute", { expires_in: 60 }));
    await ann.does(changing(id, { settings: { expires_in: 0 } }));
    const after = await by.does(sending(id, "for ever again"));
    const lives = await Promise.all([before, byRule, own, after].map(({ message_id }) => life(message_id)));
    expect(lives).toEqual([undefined, 3_600_000, 60_000, undefined]);
  });
});

describe("what happens before a message expires", { timeout: 40_000 }, () => {
  test("[EXP-1] an edit does not prolong it; reactions and pin go with it", async () => {
    const { ann, bob, id } = await target.trio();
    const sent = await ann.does(sending(id, "x", { expires_in: 2 }));
    await ann.does(editing(id, sent.message_id, "edited"));
    await bob.does(reacting(id, sent.message_id));
    await ann.does(pinning(id, sent.message_id));
    const { expires_at } = await bob.message(id, sent.message_id);
    expect(Date.parse(expires_at ?? "")).toBe(Date.parse(sent.timestamp) + 2000);
    const entry = await removal(bob, id, sent.message_id);
    const message = await bob.message(id, sent.message_id);
    expect(message).toMatchObject({ content: "", deleted_at: entry.timestamp });
    expect(message.reactions ?? []).toEqual([]);
    expect((await bob.rest.ok("listPins", { params: { id } })).messages).toEqual([]);
    expect(await ann.tries(editing(id, sent.message_id, "back"))).toBe("conflict");
    const edits = (await bob.log(id)).filter((one) => one.kind === "edit");
    expect(edits.map((one) => one.content)).toEqual([""]);
  });

  test("[EXP-1] what was deleted by hand is not removed a second time", async () => {
    const { ann, id } = await target.trio();
    const sent = await ann.does(sending(id, "by hand", { expires_in: 1 }));
    const other = await ann.does(sending(id, "by time", { expires_in: 2 }));
    await ann.does(deleting(id, sent.message_id));
    const last = await removal(ann, id, other.message_id);
    const deletions = (await ann.log(id)).filter((entry) => entry.kind === "delete");
    expect(deletions.map((entry) => entry.target)).toEqual([sent.message_id, other.message_id]);
    expect(deletions[1]?.seq).toBe(last.seq);
  });

  test("[EXP-1] many at once are each removed once, read and unread ones, and the counts stay exact", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const sent = await Promise.all(
      Array.from({ length: 30 }, (_x, i) =>
        (i % 2 === 0 ? ann : carl).does(sending(id, `${i}`, i % 3 === 0 ? {} : { expires_in: 1 + (i % 2) })),
      ),
    );
    const inOrder = sent.map(({ seq }) => seq).sort((x, y) => x - y);
    await bob.read(id, inOrder[11] ?? 0);
    const head = (inOrder.at(-1) ?? 0) + 20;
    await until("the removals", async () => (await bob.log(id)).length >= head, 20_000, 100);
    const log = await bob.log(id);
    expect(log.length).toBe(head);
    const gone = log.filter((entry) => entry.kind === "delete").map((entry) => entry.target);
    expect(new Set(gone).size).toBe(20);
    for (const person of [ann, bob, carl]) await settledRow(person, id, head);
    expect((await bob.history(id)).filter((message) => message.deleted_at === undefined).length).toBe(10);
  });

  test("[IDEM-1] a send repeated after its message expired makes no second one", async () => {
    const { ann, id } = await target.pair();
    const write = sending(id, "once", { expires_in: 1 });
    const sent = await ann.does(write);
    const { seq } = await removal(ann, id, sent.message_id);
    expect(await ann.does(write)).toMatchObject({ seq: sent.seq, duplicate: true });
    expect((await ann.log(id)).length).toBe(seq);
  });

  test.each([0, -1, 1.5, "1", 365 * 86_400 + 1])("[ERR-1] expires_in %j is bad_request", async (expires_in) => {
    const { ann, id } = await target.pair();
    const head = (await ann.log(id)).length;
    expect(await ann.tries(sending(id, "x", { expires_in: expires_in as number }))).toBe("bad_request");
    const session = await ann.connect();
    const { frame } = sending(id, "x", { expires_in: expires_in as number });
    expect(await session.provoke(JSON.stringify(frame))).toMatchObject({ code: "bad_request" });
    expect((await ann.log(id)).length).toBe(head);
  });
});
