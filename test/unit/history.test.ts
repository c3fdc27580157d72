import { describe, expect, it } from "vitest";
import { seqOfMessageId, conversationMark } from "../../src/core/conversation/message-id.ts";
import type { MessagePage } from "../../src/core/conversation/history.ts";
import { entry } from "../../src/shared/protocol/entry.ts";
import { message } from "../../src/shared/protocol/message.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";

interface Page {
  readonly messages: { readonly seq: number; readonly receipts?: object; readonly message_id: string }[];
  readonly next_cursor?: string;
}

/** A conversation with messages 2 to `head`. */
const talkUpTo = (head: number): Talk => {
  const talk = new Talk();
  while (talk.conversation.head < head) valueOf(talk.send(talk.conversation.head % 2 ? "ann" : "bob"));
  return talk;
};

const pageOf = (talk: Talk, page: MessagePage, user = "ann"): Page =>
  JSON.parse(valueOf(talk.conversation.history.messages(user, page))) as Page;

/** Places on all pages, in their order. */
const walk = (talk: Talk, page: MessagePage): number[] => {
  const seqs: number[] = [];
  let cursor: string | undefined;
  do {
    const { messages, next_cursor } = pageOf(talk, { ...page, ...(cursor === undefined ? {} : { cursor }) });
    expect(messages.length).toBeLessThanOrEqual(page.limit ?? LIMITS.pageDefault);
    if (next_cursor !== undefined) expect(messages.length).toBeGreaterThan(0);
    seqs.push(...messages.map(({ seq }) => seq));
    cursor = next_cursor;
  } while (cursor !== undefined);
  return seqs;
};

const range = (from: number, to: number): number[] => {
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => from + i * step);
};

describe("messages", () => {
  it("[MSG-1] newest first, and page by page each once", () => {
    const talk = talkUpTo(26);
    for (const limit of [1, 2, 5, 24, 25, 26, 200]) expect(walk(talk, { limit })).toEqual(range(26, 2));
  });

  it("[MSG-1] with after, oldest first", () => {
    const talk = talkUpTo(26);
    for (const limit of [1, 3, 200]) {
      expect(walk(talk, { limit, after: 0 })).toEqual(range(2, 26));
      expect(walk(talk, { limit, after: 20 })).toEqual(range(21, 26));
    }
    expect(walk(talk, { after: 26 })).toEqual([]);
  });

  it("[LIST-2] before and after are exclusive, also together", () => {
    const talk = talkUpTo(26);
    expect(walk(talk, { before: 10, limit: 4 })).toEqual(range(9, 2));
    expect(walk(talk, { after: 10, before: 15, limit: 200 })).toEqual([11, 12, 13, 14]);
    expect(walk(talk, { after: 10, before: 15, limit: 2 })).toEqual([11, 12, 13, 14]);
    expect(walk(talk, { after: 10, before: 11 })).toEqual([]);
    expect(walk(talk, { before: 2 })).toEqual([]);
    expect(walk(talk, { before: 0 })).toEqual([]);
    expect(walk(talk, { before: 1000, limit: 200 })).toEqual(range(26, 2));
  });

  it("what is sent while somebody pages moves nothing", () => {
    const talk = talkUpTo(10);
    const first = pageOf(talk, { limit: 3 });
    valueOf(talk.send("bob"));
    expect(walk(talk, { limit: 3, cursor: first.next_cursor ?? "" }).slice(0, 3)).toEqual([7, 6, 5]);
    const up = pageOf(talk, { after: 8, limit: 2 });
    expect(up.messages.map(({ seq }) => seq)).toEqual([9, 10]);
    valueOf(talk.send("bob"));
    expect(pageOf(talk, { cursor: up.next_cursor ?? "" }).messages.map(({ seq }) => seq)).toEqual([11, 12]);
  });

  it("[LIST-1] a cursor that is not of this list is refused", () => {
    const talk = talkUpTo(10);
    const members = JSON.parse(valueOf(talk.conversation.lists.members("ann", { limit: 1 }))) as {
      next_cursor: string;
    };
    for (const cursor of ["x", members.next_cursor])
      expect(talk.conversation.history.messages("ann", { cursor })).toMatchObject({ refusal: { code: "bad_request" } });
  });

  it("[MSG-3] are those of the contract, with receipts on the reader's own", () => {
    const talk = talkUpTo(5);
    valueOf(talk.read("bob", 4));
    for (const one of pageOf(talk, {}).messages) {
      expect(message.safeParse(one).error).toBeUndefined();
      expect(seqOfMessageId(one.message_id, conversationMark("c1"))?.seq).toBe(one.seq);
    }
    expect(pageOf(talk, {}).messages.map(({ seq, receipts }) => [seq, receipts])).toEqual([
      [5, undefined],
      [4, { delivered: 1, read: 1, of: 1 }],
      [3, undefined],
      [2, { delivered: 1, read: 1, of: 1 }],
    ]);
  });

  it("[ACC-1] are not there for who is no member, nor is anything else", () => {
    const { history, lists } = talkUpTo(3).conversation;
    const id = "0".repeat(26);
    for (const result of [
      history.messages("eve", {}),
      history.log("eve", 0),
      history.message("eve", id),
      lists.members("eve", {}),
      lists.pins("eve", {}),
      lists.threads("eve", {}),
      lists.receipts("eve", id, {}),
      lists.reactions("eve", id, {}),
    ])
      expect(result).toMatchObject({ ok: false, refusal: { code: "not_found" } });
  });
});

describe("the log", () => {
  it("[LOG-1] is in order, from where it is asked, and says where it ends", () => {
    const talk = talkUpTo(26);
    for (const [after, limit, from, to] of [
      [0, 200, 1, 26],
      [0, 5, 1, 5],
      [20, 200, 21, 26],
      [25, 1, 26, 26],
    ] as const) {
      const slice = valueOf(talk.conversation.history.log("ann", after, limit));
      const entries = JSON.parse(slice.entries) as { seq: number }[];
      expect(entries.map(({ seq }) => seq)).toEqual(range(from, to));
      expect(slice).toMatchObject({ count: entries.length, head_seq: 26, epoch: 1 });
      for (const one of entries) expect(entry.safeParse(one).error).toBeUndefined();
    }
    expect(valueOf(talk.conversation.history.log("ann", 26))).toMatchObject({ entries: "[]", count: 0 });
    expect(valueOf(talk.conversation.history.log("ann", 99))).toMatchObject({ entries: "[]", count: 0 });
  });

  it("[LIM-4] a page is clamped", () => {
    const talk = talkUpTo(LIMITS.pageMax + 20);
    expect(valueOf(talk.conversation.history.log("ann", 0, 100_000)).count).toBe(LIMITS.pageMax);
    expect(valueOf(talk.conversation.history.log("ann", 0)).count).toBe(LIMITS.pageDefault);
  });

  it("is bounded in bytes, and always goes on", () => {
    const talk = new Talk();
    const content = "x".repeat(LIMITS.contentBytes);
    for (let i = 0; i < 100; i++) valueOf(talk.send("ann", content));
    let after = 0;
    let slices = 0;
    while (after < talk.conversation.head) {
      const slice = valueOf(talk.conversation.history.log("ann", after, 200));
      expect(slice.count).toBeGreaterThan(0);
      expect(slice.entries.length).toBeLessThanOrEqual(LIMITS.deliverBatchBytes);
      after += slice.count;
      slices++;
    }
    expect(after).toBe(101);
    expect(slices).toBeLessThan(6);
  });
});

describe("members", () => {
  it("[MEMB-1] page by page, each once", () => {
    const members = Array.from({ length: 23 }, (_, i) => `m${i}`);
    const talk = new Talk(members);
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = JSON.parse(
        valueOf(talk.conversation.lists.members("m3", { limit: 5, ...(cursor === undefined ? {} : { cursor }) })),
      ) as { members: { user_id: string }[]; next_cursor?: string };
      found.push(...page.members.map(({ user_id }) => user_id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(found).toEqual(members.toSorted());
  });
});
