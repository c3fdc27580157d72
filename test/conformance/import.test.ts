import { describe, expect, test } from "vitest";
import { directConversationId } from "../../src/platform/conversation-ids.ts";
import type { ImportResult } from "../../src/shared/protocol/http-data.ts";
import type { Person } from "../support/person.ts";
import { unique, uuid7 } from "../support/random.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

const target = useServer();
const T = Date.UTC(2020, 0, 1);
const iso = (offset: number): string => new Date(T + offset).toISOString();

/** Lines of one conversation, with an id of its own. */
const scene = async (type: "direct" | "group" | "channel" = "group") => {
  const [admin, ann, bob] = await Promise.all([
    target.person("admin", { scope: "admin" }),
    target.person("ann"),
    target.person("bob"),
  ]);
  const id = unique("theirs");
  const source = unique("slack").slice(0, 32);
  const members = [{ user_id: ann.userId, ...(type === "direct" ? {} : { role: "owner" }) }, { user_id: bob.userId }];
  const begin = {
    kind: "conversation",
    id,
    type,
    created_at: iso(0),
    members,
    ...(type === "direct" ? {} : { name: "Old" }),
  };
  const said = (n: number, who: Person, more: object = {}): object => ({
    kind: "message",
    id: `m${n}`,
    conversation: id,
    sender: who.userId,
    timestamp: iso(n),
    content: `said ${n}`,
    ...more,
  });
  const end = { kind: "end", conversation: id };
  const bring = async (lines: readonly unknown[]): Promise<ImportResult[]> =>
    (await admin.rest.ok("adminImport", { body: { source, lines } })).results;
  return { admin, ann, bob, id, source, begin, said, end, bring };
};

/** The one conversation in somebody's list. */
const only = async (person: Person) => {
  const rows = await until(`the list of ${person.userId}`, async () => {
    const list = await person.list();
    return list.length === 1 ? list : undefined;
  });
  const [row] = rows;
  if (row === undefined) throw new Error("the list is empty");
  return row;
};
const outcomes = (results: readonly ImportResult[]): string[] => results.map(({ status, code }) => code ?? status);

describe("[ADM-16] an import", () => {
  test("is for operators", async () => {
    const { ann, begin } = await scene();
    const body = { source: "slack", lines: [begin] };
    expect(await ann.rest.refused("adminImport", { body })).toMatchObject({ code: "forbidden" });
    expect(await target.anonymous.refused("adminImport", { body })).toMatchObject({ code: "unauthenticated" });
  });

  test("[DATA-1] takes each line for itself, and says which was refused and why", async () => {
    const { ann, bob, begin, said, end, bring } = await scene();
    const results = await bring([
      begin,
      said(1, ann),
      { ...said(2, bob), sender: "no such id!" },
      17,
      { kind: "message" },
      said(3, bob, { content: "x".repeat(17_000) }),
      { ...said(4, ann), conversation: "another" },
      said(5, bob),
      end,
    ]);
    expect(outcomes(results)).toEqual([
      "done",
      "done",
      "bad_request",
      "bad_request",
      "bad_request",
      "too_large",
      "not_found",
      "done",
      "done",
    ]);
    expect(results.map(({ line }) => line)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(results[2]?.message).toContain("sender");
    const { conversation_id } = await only(ann);
    expect((await ann.history(conversation_id)).map(({ content }) => content)).toEqual(["said 5", "said 1"]);
  });

  test("[DATA-2] of the same lines, in whatever batches, is one import", async () => {
    const { ann, bob, begin, said, end, bring } = await scene();
    const lines = [begin, ...Array.from({ length: 40 }, (_, n) => said(n + 1, n % 3 === 0 ? ann : bob)), end];
    await bring(lines.slice(0, 20));
    expect(new Set(outcomes(await bring(lines.slice(0, 15))))).toEqual(new Set(["duplicate"]));
    await bring(lines.slice(10));
    const { conversation_id, head_seq } = await only(bob);
    expect(head_seq).toBe(41);
    const before = await bob.log(conversation_id);
    expect(new Set(outcomes(await bring(lines)))).toEqual(new Set(["duplicate"]));
    expect(await bob.log(conversation_id)).toEqual(before);
    expect(outcomes(await bring([said(99, ann)]))).toEqual(["conflict"]);
  });

  test("[DATA-3] keeps times, authors, replies, threads, reactions, edits and deletions", async () => {
    const { ann, bob, begin, said, end, bring } = await scene();
    const results = await bring([
      begin,
      said(1, ann),
      said(2, bob, { reply_to: "m1", mentions: [ann.userId], edited_at: iso(9) }),
      said(3, ann, { thread_root: "m1", reactions: [{ user_id: bob.userId, emoji: "🎉", timestamp: iso(8) }] }),
      said(4, ann, { deleted_at: iso(5) }),
      said(5, { userId: "somebody-who-left" } as Person),
      end,
    ]);
    expect(new Set(outcomes(results))).toEqual(new Set(["done"]));
    const { conversation_id: id, ...row } = await only(ann);
    expect(row).toMatchObject({ name: "Old", created_at: iso(0), member_count: 2, role: "owner", type: "group" });
    const [fifth, fourth, third, second, first] = await ann.history(id);
    expect(first).toMatchObject({ sender_id: ann.userId, timestamp: iso(1), thread: { replies: 1 } });
    expect(second).toMatchObject({ sender_id: bob.userId, reply_to: first?.message_id, edited_at: iso(9) });
    expect(third).toMatchObject({ thread_root: first?.message_id, reactions: [{ emoji: "🎉", count: 1 }] });
    expect(fourth).toMatchObject({ content: "", deleted_at: expect.any(String) as string });
    expect(fifth).toMatchObject({ sender_id: "somebody-who-left", timestamp: iso(5) });
    const ids = [first, second, third, fourth, fifth].map((message) => message?.message_id ?? "");
    expect(ids).toEqual(ids.toSorted());
    const entries = await ann.log(id);
    expect(entries.map(({ kind }) => kind)).toEqual([
      "settings",
      "message",
      "message",
      "message",
      "reaction",
      "message",
      "delete",
      "message",
    ]);
    expect(entries[2]).toMatchObject({ kind: "message", edited_at: iso(9) });
    const params = { id, message_id: third?.message_id ?? "" };
    const { reactions } = await ann.rest.ok("listReactions", { params });
    expect(reactions).toEqual([{ user_id: bob.userId, emoji: "🎉", reacted_at: iso(8) }]);
  });

  test("[DATA-4] refuses what is older than what is there, and what is of a time to come", async () => {
    const { ann, begin, said, bring } = await scene();
    const future = new Date(Date.now() + 3_600_000).toISOString();
    const results = await bring([begin, said(5, ann), said(4, ann), said(6, ann, { timestamp: future }), said(7, ann)]);
    expect(outcomes(results)).toEqual(["done", "done", "conflict", "bad_request", "done"]);
  });

  test("[DATA-6] [DATA-7] is not there before its end, and then is in the lists, unread as the read marks say", async () => {
    const { ann, bob, begin, said, end, bring } = await scene();
    const session = await bob.connect();
    await bring([begin, said(1, ann), said(2, ann), said(3, ann)]);
    expect(await ann.list()).toEqual([]);
    const mark = { kind: "read", conversation: begin.id, user: bob.userId, up_to: "m1" };
    expect(outcomes(await bring([mark, end]))).toEqual(["done", "done"]);
    const { conversation } = await session.waitFor("conversation");
    expect(conversation).toMatchObject({ unread_count: 2, read_up_to: 2, head_seq: 4 });
    expect(conversation.last_message).toMatchObject({ content: "said 3", timestamp: iso(3) });
    expect(await only(ann)).toMatchObject({ unread_count: 0, head_seq: 4 });
    expect(session.all("entries")).toEqual([]);
    // And goes on like any other.
    const { seq } = await ann.send(conversation.conversation_id, "hello again");
    expect(seq).toBe(5);
    const { entries } = await session.waitFor("entries");
    expect(entries.map((entry) => entry.seq)).toEqual([5]);
  });
});

describe("[DATA-3] [SRCH-1] what was imported", () => {
  test("is found, by words, author and time, and nothing of it before the end", async () => {
    const { ann, bob, begin, said, end, bring } = await scene();
    const word = unique("word");
    const lines = Array.from({ length: 300 }, (_x, n) =>
      said(n + 1, n % 2 === 0 ? ann : bob, { content: n % 50 === 0 ? `${word} ${n}` : `said ${n}` }),
    );
    await bring([begin, ...lines]);
    const find = async (q: string, more: object = {}): Promise<string[]> =>
      (await bob.patient("search", { query: { q, ...more } })).results.map(({ content }) => content);
    expect(await find(word)).toEqual([]);
    await bring([said(400, bob, { content: `${word} gone`, deleted_at: iso(401) }), end]);
    await only(bob);
    const all = [250, 200, 150, 100, 50, 0].map((n) => `${word} ${n}`);
    expect(await find(word)).toEqual(all);
    expect(await find(word, { from: bob.userId })).toEqual([]);
    expect(await find(word, { before: iso(101) })).toEqual(all.slice(-2));
  });
});

describe("[DATA-5] a direct conversation that is imported", () => {
  test("is the one that the two would have", async () => {
    const { ann, bob, begin, said, end, bring } = await scene("direct");
    await bring([begin, said(1, ann)]);
    const busy = await ann.rest.refused("createConversation", { body: { type: "direct", user_id: bob.userId } });
    expect(busy).toMatchObject({ code: "overloaded" });
    await bring([said(2, bob), end]);
    const { conversation_id } = await ann.direct(bob);
    expect(conversation_id).toBe((await only(bob)).conversation_id);
    expect((await bob.history(conversation_id)).length).toBe(2);
  });

  test("is refused where there is one already", async () => {
    const { ann, bob, begin, said, end, bring } = await scene("direct");
    const { conversation_id } = await ann.direct(bob);
    await ann.send(conversation_id, "hello");
    expect(outcomes(await bring([begin, said(1, ann), end]))).toEqual(["conflict", "not_found", "not_found"]);
    expect((await bob.history(conversation_id)).map(({ content }) => content)).toEqual(["hello"]);
  });
});

describe("[DATA-5] [SEQ-6] a direct conversation that somebody opened and nobody wrote in", () => {
  test("is imported into, in another epoch", async () => {
    const { ann, bob, begin, said, end, bring } = await scene("direct");
    const { conversation_id } = await ann.direct(bob);
    await only(bob);
    const lines = [begin, said(1, ann), said(2, bob), end];
    // The object begins anew meanwhile: what it did then is told with the next call.
    await until("the import", async () => {
      const results = await bring(lines);
      return results.every(({ status }) => status !== "refused");
    });
    const row = await until("the row", async () => {
      const [first] = await ann.list();
      return first?.epoch === 2 && first.head_seq === 3 ? first : undefined;
    });
    expect(row).toMatchObject({ conversation_id, unread_count: 0, created_at: iso(0) });
    expect((await bob.history(conversation_id)).map(({ content }) => content)).toEqual(["said 2", "said 1"]);
    // Whoever had a way to it notices with his next call that it began anew: [ERR-3].
    const named = uuid7();
    const sent = await until("the send", () => ann.send(conversation_id, "now", named).catch(() => undefined));
    expect(sent.seq).toBe(4);
  });
});

describeOwn("[DATA-5] blocks of a direct conversation that is imported", () => {
  test("go on", async () => {
    const { ann, bob, begin, said, end, bring } = await scene("direct");
    await bring([begin, said(1, ann)]);
    await bob.rest.ok("block", { params: { user_id: ann.userId } });
    await bring([said(2, bob), end]);
    const id = await directConversationId("local", ann.userId, bob.userId);
    await ann.send(id, "is not seen");
    expect((await bob.history(id)).map(({ content }) => content)).toEqual(["said 2", "said 1"]);
  });
});
