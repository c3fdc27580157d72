import { describe, expect, test } from "vitest";
import { settledRow } from "../support/exact.ts";
import { unique } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { TRANSPORTS, Writer } from "../support/writer.ts";
import { adding, changing, deleting, editing, naming, removing, sending } from "../support/write.ts";

const target = useServer(FAST);

describe.each(TRANSPORTS)("mentioning over %s", (via) => {
  test("[SEND-2] members are counted for whom they name, and for nobody else", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const by = await Writer.of(via, ann);
    const mentions = [bob.userId];
    const { seq } = await by.does(sending(id, "@bob", { mentions }));
    expect((await carl.log(id)).at(-1)).toMatchObject({ mentions });
    expect((await carl.messages(id))[0]).toMatchObject({ mentions });
    expect(await settledRow(bob, id, seq)).toMatchObject({ mention_count: 1, unread_count: 1 });
    expect(await settledRow(carl, id, seq)).toMatchObject({ mention_count: 0, unread_count: 1 });
    const last = await by.does(sending(id, "@bob @carl @bob", { mentions: [bob.userId, carl.userId, bob.userId] }));
    expect(await settledRow(bob, id, last.seq)).toMatchObject({ mention_count: 2 });
    expect(await settledRow(carl, id, last.seq)).toMatchObject({ mention_count: 1 });
  });

  test("[SEND-2] @all is for owner and admins, and mentions everybody but the sender", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const [byAnn, byBob, byCarl] = await Promise.all([ann, bob, carl].map((person) => Writer.of(via, person)));
    if (!byAnn || !byBob || !byCarl) throw new Error("three writers are needed");
    const all = (): ReturnType<typeof sending> => sending(id, "everybody!", { mentions: ["@all"] });
    const head = (await ann.log(id)).length;
    expect(await byBob.tries(all())).toBe("forbidden");
    expect((await ann.log(id)).length).toBe(head);
    await byAnn.does(all());
    await ann.does(naming(id, bob, "admin"));
    const { seq } = await byBob.does(all());
    expect(await settledRow(ann, id, seq)).toMatchObject({ mention_count: 1 });
    expect(await settledRow(bob, id, seq)).toMatchObject({ mention_count: 1 });
    expect(await settledRow(carl, id, seq)).toMatchObject({ mention_count: 2 });
    await ann.does(naming(id, bob, "member"));
    expect(await byBob.tries(all())).toBe("forbidden");
    expect(await byCarl.tries(sending(id, "x", { mentions: [ann.userId, "@all"] }))).toBe("forbidden");
  });
});

describe("mention_count", () => {
  test("[SEND-2] @all and a name in one message are one mention", async () => {
    const { ann, bob, id } = await target.trio();
    const { seq } = await ann.does(sending(id, "x", { mentions: ["@all", bob.userId] }));
    expect(await settledRow(bob, id, seq)).toMatchObject({ mention_count: 1, unread_count: 1 });
  });

  test("[CONV-4] reading takes mentions away one by one, on list, row, sync and frame", async () => {
    const { ann, bob, id } = await target.trio();
    const tablet = await target.person("tablet", { userId: bob.userId });
    const session = await tablet.connect();
    const sent = [];
    for (let i = 0; i < 3; i++) sent.push(await ann.does(sending(id, `${i}`, { mentions: [bob.userId] })));
    const last = sent[2]?.seq ?? 0;
    expect(await settledRow(bob, id, last)).toMatchObject({ mention_count: 3 });
    for (const [i, { seq }] of sent.entries()) {
      await bob.read(id, seq);
      const left = { unread_count: 2 - i, mention_count: 2 - i, read_up_to: seq };
      const { conversation } = await session.waitFor("conversation", (event) => event.conversation.read_up_to === seq);
      expect(conversation).toMatchObject(left);
      expect(await bob.row(id)).toMatchObject(left);
      expect((await bob.rest.ok("sync", { query: { since: 0 } })).conversations[0]).toMatchObject(left);
      expect((await bob.list())[0]).toMatchObject(left);
    }
  });

  test("[CONV-5] a deleted mention counts no more, whether it was read or not", async () => {
    const { ann, bob, id } = await target.trio();
    const mentions = [bob.userId];
    const one = await ann.does(sending(id, "1", { mentions }));
    const two = await ann.does(sending(id, "2", { mentions }));
    const three = await ann.does(sending(id, "3", { mentions: ["@all"] }));
    await bob.read(id, one.seq);
    await settledRow(bob, id, three.seq);
    const first = await ann.does(deleting(id, one.message_id));
    expect(await settledRow(bob, id, first.seq)).toMatchObject({ mention_count: 2, unread_count: 2 });
    const second = await ann.does(deleting(id, two.message_id));
    expect(await settledRow(bob, id, second.seq)).toMatchObject({ mention_count: 1, unread_count: 1 });
    const third = await ann.does(deleting(id, three.message_id));
    expect(await settledRow(bob, id, third.seq)).toMatchObject({ mention_count: 0, unread_count: 0 });
  });

  test("[EDIT-1] an edit changes no mention", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const { message_id } = await ann.does(sending(id, "@bob", { mentions: [bob.userId] }));
    const { seq } = await ann.does(editing(id, message_id, "@carl"));
    expect(await settledRow(bob, id, seq)).toMatchObject({ mention_count: 1 });
    expect(await settledRow(carl, id, seq)).toMatchObject({ mention_count: 0 });
  });

  test("[SEND-2] one's own mention of oneself is nothing to read", async () => {
    const { ann, bob, id } = await target.trio();
    const { seq } = await ann.does(sending(id, "me", { mentions: [ann.userId, "@all"] }));
    expect(await settledRow(ann, id, seq)).toMatchObject({ mention_count: 0, unread_count: 0 });
    expect(await settledRow(bob, id, seq)).toMatchObject({ mention_count: 1 });
  });

  test("[SEND-2] @all mentions who was there; who joined later counts by what is unread", async () => {
    const { ann, id } = await target.trio();
    await ann.does(sending(id, "everybody", { mentions: ["@all"] }));
    const dora = await target.person("dora");
    const { seq } = await ann.does(adding(id, [dora]));
    await settledRow(dora, id, seq);
    const last = await ann.does(sending(id, "and now", { mentions: ["@all"] }));
    const row = await settledRow(dora, id, last.seq);
    expect(row.mention_count).toBeGreaterThanOrEqual(1);
  });

  test("[SYNC-9] many mentions, some deleted, some read, are exact for whoever was away", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const sent = [];
    for (let i = 0; i < 40; i++) {
      const mentions = i % 4 === 0 ? ["@all"] : i % 3 === 0 ? [bob.userId] : i % 5 === 0 ? [carl.userId] : [];
      sent.push(await ann.does(sending(id, `${i}`, mentions.length > 0 ? { mentions } : {})));
    }
    await bob.read(id, sent[10]?.seq ?? 0);
    for (const i of [4, 8, 12, 15, 16, 25, 39]) await ann.does(deleting(id, sent[i]?.message_id ?? ""));
    const head = (await ann.log(id)).length;
    const bobs = await settledRow(bob, id, head);
    // Of 11 to 39: every fourth is for all (12 and 16 are gone), every other third for bob (15 and 39 are gone).
    expect(bobs.mention_count).toBe(5 + 5);
    expect((await settledRow(carl, id, head)).unread_count).toBe(33);
  });
});

describe("mentions that are refused", () => {
  test("[SEND-2] too many, and what is no user id", async () => {
    const { ann, id } = await target.trio();
    const head = (await ann.log(id)).length;
    const many = Array.from({ length: 101 }, () => ann.userId);
    for (const mentions of [many, ["@everyone"], ["a b"], [""], "bob" as never])
      expect(await ann.tries(sending(id, "x", { mentions })), JSON.stringify(mentions).slice(0, 40)).toBe(
        "bad_request",
      );
    expect((await ann.log(id)).length).toBe(head);
  });

  test("[ACC-1] a mention of somebody who is not a member brings him nothing", async () => {
    const { ann, bob, id } = await target.trio();
    const stranger = await target.person("stranger");
    await ann.does(changing(id, { name: unique("name") }));
    await ann.does(removing(id, bob));
    const ends = await bob.row(id);
    await ann.tries(sending(id, "@stranger", { mentions: [stranger.userId, bob.userId] }));
    const { conversation_id: other } = await ann.direct(stranger);
    const word = await ann.send(other, "a word");
    await settledRow(stranger, other, word.seq);
    expect((await stranger.list()).map((row) => row.conversation_id)).toEqual([other]);
    await until("the row", async () => (await bob.list()).some((row) => row.left_at !== undefined));
    expect(await bob.row(id)).toMatchObject({ mention_count: ends.mention_count, head_seq: ends.head_seq });
  });
});
