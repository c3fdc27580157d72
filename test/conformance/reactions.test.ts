import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { uuid7 } from "../support/random.ts";
import { assertStanding } from "../support/standing.ts";
import { FAST, useServer } from "../support/target.ts";
import { TRANSPORTS, Writer } from "../support/writer.ts";
import { reacting, unreacting } from "../support/write.ts";

const target = useServer(FAST);

const shown = async (person: Person, id: string, messageId: string): Promise<unknown> =>
  (await person.message(id, messageId)).reactions ?? [];

describe.each(TRANSPORTS)("reacting over %s", (via) => {
  test("[CMD-3] [ENT-2] is an entry, and is counted on the message with whether one did it oneself", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const [byBob, session] = [await Writer.of(via, bob), await ann.connect()];
    const { message_id } = await ann.send(id, "hi");
    const sent = await byBob.does(reacting(id, message_id, "🎉"));
    const due = {
      seq: sent.seq,
      message_id: sent.message_id,
      kind: "reaction",
      op: "add",
      emoji: "🎉",
      target: message_id,
      sender_id: bob.userId,
      client_message_id: sent.client_message_id,
      timestamp: sent.timestamp,
    };
    expect(await session.entry(id, sent.seq)).toMatchObject(due);
    expect((await carl.log(id)).at(-1)).toMatchObject(due);
    expect(await shown(ann, id, message_id)).toEqual([{ emoji: "🎉", count: 1, me: false }]);
    expect(await shown(bob, id, message_id)).toEqual([{ emoji: "🎉", count: 1, me: true }]);
    await carl.does(reacting(id, message_id, "🎉"));
    expect(await shown(carl, id, message_id)).toEqual([{ emoji: "🎉", count: 2, me: true }]);
    const gone = await byBob.does(unreacting(id, message_id, "🎉"));
    expect(await session.entry(id, gone.seq)).toMatchObject({
      kind: "reaction",
      op: "remove",
      emoji: "🎉",
      target: message_id,
      sender_id: bob.userId,
      message_id: gone.message_id,
    });
    expect(await shown(bob, id, message_id)).toEqual([{ emoji: "🎉", count: 1, me: false }]);
    assertStanding(bob.userId, await bob.history(id), await bob.log(id));
  });

  test("[REACT-1] the same emoji again answers with the entry that added it", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, bob);
    const { message_id } = await ann.send(id, "hi");
    const first = await by.does(reacting(id, message_id));
    await ann.send(id, "in between");
    const head = (await ann.log(id)).length;
    for (const cid of [first.client_message_id, uuid7()]) {
      const again = await by.does(reacting(id, message_id, "👍", cid));
      expect(again).toMatchObject({ seq: first.seq, message_id: first.message_id, duplicate: true });
    }
    expect((await ann.log(id)).length).toBe(head);
    expect(await shown(ann, id, message_id)).toEqual([{ emoji: "👍", count: 1, me: false }]);
  });

  test("[REACT-1] taking away what is not there is not_found", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, bob);
    const { message_id } = await ann.send(id, "hi");
    await ann.does(reacting(id, message_id));
    const { seq } = await by.does(reacting(id, message_id, "🎉"));
    expect(await by.tries(unreacting(id, message_id))).toBe("not_found");
    expect((await ann.log(id)).length).toBe(seq);
    await by.does(unreacting(id, message_id, "🎉"));
    expect(await by.tries(unreacting(id, message_id, "🎉"))).toBe("not_found");
    expect((await ann.log(id)).length).toBe(seq + 1);
  });

  test("[IDEM-1] repeats after the reaction was taken away, and put back, answer as they did", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, bob);
    const { message_id } = await ann.send(id, "hi");
    const add = reacting(id, message_id);
    const remove = unreacting(id, message_id);
    const added = await by.does(add);
    const removed = await by.does(remove);
    expect(removed.duplicate ?? false).toBe(false);
    expect(await by.does(add)).toMatchObject({ seq: added.seq, duplicate: true });
    expect(await shown(ann, id, message_id)).toEqual([]);
    const back = await by.does(reacting(id, message_id));
    expect(back.seq).toBe(removed.seq + 1);
    expect(await by.does(remove)).toMatchObject({ seq: removed.seq, duplicate: true });
    expect(await shown(ann, id, message_id)).toEqual([{ emoji: "👍", count: 1, me: false }]);
    expect((await ann.log(id)).length).toBe(back.seq);
  });

  test("[IDEM-1] an id that found the reaction there already answers the same for ever, and never adds it", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, bob);
    const { message_id } = await ann.send(id, "hi");
    const first = await by.does(reacting(id, message_id));
    const second = reacting(id, message_id);
    expect(await by.does(second)).toMatchObject({ seq: first.seq, duplicate: true });
    const { seq } = await by.does(unreacting(id, message_id));
    expect(await by.does(second)).toMatchObject({ seq: first.seq, message_id: first.message_id, duplicate: true });
    expect(await shown(ann, id, message_id)).toEqual([]);
    expect((await ann.log(id)).length).toBe(seq);
  });

  test("[ACC-1] what is not a message of this conversation is not_found", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, ann);
    const elsewhere = await ann.send((await ann.group([bob])).conversation_id, "elsewhere");
    const { message_id } = await ann.send(id, "hi");
    const { seq, message_id: reaction } = await by.does(reacting(id, message_id));
    for (const one of [elsewhere.message_id, reaction, `${message_id.slice(0, -4)}0000`])
      expect(await by.tries(reacting(id, one)), one).toBe("not_found");
    expect((await ann.log(id)).length).toBe(seq);
  });

  test("[LIM-11] sixteen emoji of one person on a message, not seventeen", async () => {
    const { ann, bob, id } = await target.pair();
    const by = await Writer.of(via, bob);
    const { message_id } = await ann.send(id, "hi");
    const emoji = Array.from({ length: 17 }, (_x, i) => String.fromCodePoint(0x1f600 + i));
    for (const one of emoji.slice(0, 16)) await by.does(reacting(id, message_id, one));
    const head = (await ann.log(id)).length;
    expect(await by.tries(reacting(id, message_id, emoji[16]))).toBe("limit_exceeded");
    expect((await ann.log(id)).length).toBe(head);
    // What is there already may be asked for, and one that was taken away makes room.
    await by.does(reacting(id, message_id, emoji[3]));
    await by.does(unreacting(id, message_id, emoji[0]));
    await by.does(reacting(id, message_id, emoji[16]));
    expect((await ann.message(id, message_id)).reactions?.length).toBe(16);
  });
});

describe("reactions of many", () => {
  test("[LIM-11] sixty-four different emoji on a message, not sixty-five", async () => {
    const ann = await target.person("ann");
    const people = await target.people("a", "b", "c", "d", "e");
    const id = (await ann.group(people)).conversation_id;
    const { message_id } = await ann.send(id, "hi");
    const emoji = Array.from({ length: 65 }, (_x, i) => String.fromCodePoint(0x1f600 + i));
    for (const [i, one] of emoji.slice(0, 64).entries())
      await people[Math.floor(i / 16)]?.does(reacting(id, message_id, one));
    const last = people[4];
    expect(await last.tries(reacting(id, message_id, emoji[64]))).toBe("limit_exceeded");
    await last.does(reacting(id, message_id, emoji[0]));
    const { reactions = [] } = await ann.message(id, message_id);
    expect(reactions.length).toBe(64);
    expect(reactions.find((one) => one.emoji === emoji[0])?.count).toBe(2);
    assertStanding(ann.userId, await ann.history(id), await ann.log(id));
  });

  test("[MSG-5] who reacted with what, oldest first, page by page", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const { message_id } = await ann.send(id, "hi");
    const due: unknown[] = [];
    for (const [person, emoji] of [
      [carl, "👍"],
      [bob, "🎉"],
      [ann, "👍"],
      [bob, "👍"],
      [carl, "❤️"],
    ] as const) {
      const { timestamp } = await person.does(reacting(id, message_id, emoji));
      due.push({ user_id: person.userId, emoji, reacted_at: timestamp });
    }
    await bob.does(unreacting(id, message_id, "🎉"));
    due.splice(1, 1);
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await ann.rest.ok("listReactions", { params: { id, message_id }, query: { limit: 3, cursor } });
      expect(page.reactions.length).toBeLessThanOrEqual(3);
      seen.push(...page.reactions);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(due);
  });

  test("[CONV-5] a reaction is nothing to read", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id } = await ann.send(id, "hi");
    const { seq } = await bob.does(reacting(id, message_id));
    expect(await settledRow(ann, id, seq)).toMatchObject({ unread_count: 0, mention_count: 0 });
    expect(await settledRow(bob, id, seq)).toMatchObject({ unread_count: 1 });
  });

  test("[MSG-6] last_message comes without reactions", async () => {
    const { ann, bob, id } = await target.pair();
    const { message_id } = await ann.send(id, "hi");
    const { seq } = await bob.does(reacting(id, message_id));
    const row = await settledRow(ann, id, seq);
    expect(row.last_message).toMatchObject({ message_id, content: "hi" });
    expect(row.last_message?.reactions).toBeUndefined();
  });

  test.each(["👩‍👩‍👧‍👦", "🇩🇪", "👍🏿", "+1", "a/b?c#d%20", ":party:", "é", "x".repeat(64)])(
    "[REACT-1] the emoji %j comes back as it went",
    async (emoji) => {
      const { ann, bob, id } = await target.pair();
      const session = await bob.connect();
      const { message_id } = await ann.send(id, "hi");
      await ann.does(reacting(id, message_id, emoji));
      await Writer.socket(session).does(reacting(id, message_id, emoji));
      expect(await shown(bob, id, message_id)).toEqual([{ emoji, count: 2, me: true }]);
      await bob.does(unreacting(id, message_id, emoji));
      expect(await shown(bob, id, message_id)).toEqual([{ emoji, count: 1, me: false }]);
    },
  );

  test.each(["", "x".repeat(65), 7, null])("[ERR-1] the emoji %j is bad_request", async (emoji) => {
    const { ann, id } = await target.pair();
    const { message_id, seq } = await ann.send(id, "hi");
    const session = await ann.connect();
    const frame = { type: "react", conversation_id: id, message_id, emoji, op: "add", client_message_id: uuid7() };
    expect(await session.provoke(JSON.stringify(frame))).toMatchObject({ code: "bad_request" });
    // In an address it is what names the reaction: one that cannot be is not there.
    if (typeof emoji === "string" && emoji !== "")
      expect(await ann.tries(reacting(id, message_id, emoji))).toBe("not_found");
    expect((await ann.log(id)).length).toBe(seq);
  });
});
