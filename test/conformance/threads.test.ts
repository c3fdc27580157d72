import { describe, expect, test } from "vitest";
import type { Message } from "../../src/shared/protocol/message.ts";
import { settledRow } from "../support/exact.ts";
import type { Person } from "../support/person.ts";
import { FAST, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";
import { TRANSPORTS, Writer } from "../support/writer.ts";
import { deleting, editing, sending } from "../support/write.ts";

const target = useServer(FAST);

const thread = async (person: Person, id: string, root: string): Promise<Message["thread"]> =>
  (await person.message(id, root)).thread;

const replies = async (person: Person, id: string, thread_root: string, limit = 50): Promise<Message[]> => {
  const found: Message[] = [];
  let cursor: string | undefined;
  do {
    const query = { thread_root, limit, cursor };
    const page = await person.rest.ok("listMessages", { params: { id }, query });
    expect(page.messages.length).toBeLessThanOrEqual(limit);
    found.push(...page.messages);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return found;
};

describe.each(TRANSPORTS)("replying in a thread over %s", (via) => {
  test("[THREAD-1] [MSG-4] replies are messages of the log, and the root says how many there are", async () => {
    const { ann, bob, id } = await target.trio();
    const [by, session] = [await Writer.of(via, bob), await ann.connect()];
    const root = await ann.send(id, "root");
    const aside = await ann.send(id, "aside");
    const sent = await by.does(sending(id, "reply", { thread_root: root.message_id }));
    expect(sent.seq).toBe(aside.seq + 1);
    expect(await session.entry(id, sent.seq)).toMatchObject({
      kind: "message",
      content: "reply",
      thread_root: root.message_id,
    });
    expect((await ann.log(id)).at(-1)).toMatchObject({ thread_root: root.message_id, seq: sent.seq });
    expect((await ann.history(id)).map((message) => message.content)).toEqual(["reply", "aside", "root"]);
    expect(await thread(ann, id, root.message_id)).toEqual({
      replies: 1,
      unread: 1,
      last_reply_at: sent.timestamp,
    });
    expect((await replies(ann, id, root.message_id)).map((message) => message.content)).toEqual(["reply"]);
    expect(await thread(ann, id, aside.message_id)).toBeUndefined();
  });

  test("[SEND-3] a thread hangs on a standing message of this conversation, never on a reply", async () => {
    const { ann, bob, id } = await target.trio();
    const by = await Writer.of(via, bob);
    const root = await ann.send(id, "root");
    const gone = await ann.send(id, "gone");
    await ann.does(deleting(id, gone.message_id));
    const elsewhere = await ann.send((await ann.group([bob])).conversation_id, "elsewhere");
    const reply = await by.does(sending(id, "reply", { thread_root: root.message_id }));
    const edit = await ann.does(editing(id, root.message_id, "the root"));
    const wrong = {
      "another reply": reply.message_id,
      "a deleted message": gone.message_id,
      "a message of another conversation": elsewhere.message_id,
      "an entry that is no message": edit.message_id,
      nothing: `${root.message_id.slice(0, -4)}0000`,
    };
    for (const [what, thread_root] of Object.entries(wrong))
      expect(await by.tries(sending(id, "x", { thread_root })), what).toBe("bad_request");
    for (const [what, reply_to] of Object.entries(wrong)) {
      const due = what === "another reply" ? "ok" : "bad_request";
      expect(await by.tries(sending(id, "x", { reply_to })), what).toBe(due);
    }
    expect((await ann.log(id)).length).toBe(edit.seq + 1);
  });

  test("[THREAD-1] replying is reading the thread", async () => {
    const { ann, bob, id } = await target.trio();
    const { message_id: root } = await ann.send(id, "root");
    for (let i = 0; i < 3; i++) await bob.does(sending(id, `${i}`, { thread_root: root }));
    expect(await thread(ann, id, root)).toMatchObject({ replies: 3, unread: 3 });
    await (await Writer.of(via, ann)).does(sending(id, "mine", { thread_root: root }));
    expect(await thread(ann, id, root)).toMatchObject({ replies: 4, unread: 0 });
    await bob.does(sending(id, "again", { thread_root: root }));
    expect(await thread(ann, id, root)).toMatchObject({ replies: 5, unread: 1 });
  });
});

describe("what was read of a thread", () => {
  test.each(["HTTP", "the socket"] as const)(
    "[RCPT-2] [CMD-4] has a watermark of its own, raised over %s, and never lowered",
    async (via) => {
      const { ann, bob, id } = await target.trio();
      const session = await ann.connect();
      const { message_id: root } = await ann.send(id, "root");
      const sent: number[] = [];
      for (let i = 0; i < 4; i++) sent.push((await bob.does(sending(id, `${i}`, { thread_root: root }))).seq);
      const read = async (up_to: number): Promise<void> => {
        if (via === "HTTP") await ann.rest.ok("markRead", { params: { id }, body: { up_to, thread_root: root } });
        else session.tell({ type: "read", conversation_id: id, up_to, thread_root: root } as never);
      };
      await read(sent[1] ?? 0);
      await until("two read", async () => (await thread(ann, id, root))?.unread === 2);
      await read(sent[0] ?? 0);
      await session.settle();
      expect((await thread(ann, id, root))?.unread).toBe(2);
      // The conversation's own watermark is another one.
      expect(await settledRow(ann, id, sent[3] ?? 0)).toMatchObject({ unread_count: 4 });
      await read(2 ** 40);
      await until("all read", async () => (await thread(ann, id, root))?.unread === 0);
      const later = await bob.does(sending(id, "later", { thread_root: root }));
      expect((await thread(ann, id, root))?.unread).toBe(1);
      expect(await settledRow(ann, id, later.seq)).toMatchObject({ unread_count: 5 });
    },
  );

  test("[THREAD-1] reading the conversation does not read its threads", async () => {
    const { ann, bob, id } = await target.trio();
    const { message_id: root } = await ann.send(id, "root");
    const { seq } = await bob.does(sending(id, "reply", { thread_root: root }));
    await ann.read(id, seq);
    expect(await settledRow(ann, id, seq)).toMatchObject({ unread_count: 0, read_up_to: seq });
    expect(await thread(ann, id, root)).toMatchObject({ replies: 1, unread: 1 });
  });

  test("[EVT-11] the other device of whoever read a thread is told", async () => {
    const { ann, bob, id } = await target.trio();
    const tablet = await target.person("tablet", { userId: ann.userId });
    const session = await tablet.connect();
    const { message_id: root } = await ann.send(id, "root");
    const one = await bob.does(sending(id, "1", { thread_root: root }));
    await bob.does(sending(id, "2", { thread_root: root }));
    await ann.rest.ok("markRead", { params: { id }, body: { up_to: one.seq, thread_root: root } });
    expect(await session.waitFor("thread", (event) => event.unread === 1)).toMatchObject({
      conversation_id: id,
      thread_root: root,
      read_up_to: one.seq,
    });
    const phone = await ann.connect();
    phone.tell({ type: "read", conversation_id: id, up_to: one.seq + 1, thread_root: root });
    expect(await session.waitFor("thread", (event) => event.unread === 0)).toMatchObject({ read_up_to: one.seq + 1 });
  });

  test("[THREAD-1] nobody else's reading counts, and one's own replies are nothing to read", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const { message_id: root } = await ann.send(id, "root");
    const { seq } = await bob.does(sending(id, "reply", { thread_root: root }));
    await carl.rest.ok("markRead", { params: { id }, body: { up_to: seq, thread_root: root } });
    expect(await thread(bob, id, root)).toMatchObject({ replies: 1, unread: 0 });
    expect(await thread(carl, id, root)).toMatchObject({ replies: 1, unread: 0 });
    expect(await thread(ann, id, root)).toMatchObject({ replies: 1, unread: 1 });
  });
});

describe("a thread as it stands", () => {
  test("[THREAD-1] counts standing replies only, read and unread ones", async () => {
    const { ann, bob, id } = await target.trio();
    const { message_id: root } = await ann.send(id, "root");
    const sent = [];
    for (let i = 0; i < 4; i++) sent.push(await bob.does(sending(id, `${i}`, { thread_root: root })));
    await ann.rest.ok("markRead", { params: { id }, body: { up_to: sent[1]?.seq, thread_root: root } });
    await bob.does(deleting(id, sent[0]?.message_id ?? ""));
    expect(await thread(ann, id, root)).toMatchObject({ replies: 3, unread: 2 });
    await bob.does(deleting(id, sent[2]?.message_id ?? ""));
    expect(await thread(ann, id, root)).toMatchObject({ replies: 2, unread: 1 });
    const { seq } = await bob.does(deleting(id, sent[3]?.message_id ?? ""));
    expect(await thread(ann, id, root)).toEqual({ replies: 1, unread: 0, last_reply_at: sent[1]?.timestamp });
    expect(await settledRow(ann, id, seq)).toMatchObject({ unread_count: 1 });
    await bob.does(deleting(id, sent[1]?.message_id ?? ""));
    const empty = await thread(ann, id, root);
    expect([empty?.replies ?? 0, empty?.unread ?? 0]).toEqual([0, 0]);
    expect((await ann.rest.ok("listThreads", { params: { id } })).messages).toEqual([]);
  });

  test("[MSG-4] the replies are paged, newest first, and with after oldest first", async () => {
    const { ann, bob, id } = await target.trio();
    const [one, two] = [await ann.send(id, "one"), await ann.send(id, "two")];
    const mine: number[] = [];
    for (let i = 0; i < 9; i++) {
      const sent = await bob.does(sending(id, `${i}`, { thread_root: (i % 3 === 0 ? two : one).message_id }));
      if (i % 3 !== 0) mine.push(sent.seq);
    }
    for (const limit of [2, 4, 50])
      expect((await replies(ann, id, one.message_id, limit)).map((message) => message.seq)).toEqual(mine.toReversed());
    const query = { thread_root: one.message_id, after: mine[1] ?? 0, limit: 2 };
    const page = await ann.rest.ok("listMessages", { params: { id }, query });
    expect(page.messages.map((message) => message.seq)).toEqual([mine[2], mine[3]]);
    const before = { thread_root: one.message_id, before: mine[2] ?? 0 };
    expect((await ann.messages(id, before)).map((message) => message.seq)).toEqual([mine[1], mine[0]]);
  });

  test("[MSG-4] the messages that threads hang on come with the latest reply first", async () => {
    const { ann, bob, id } = await target.trio();
    const roots: string[] = [];
    for (const content of ["a", "b", "c", "d"]) roots.push((await ann.send(id, content)).message_id);
    const [a = "", b = "", c = ""] = roots;
    for (const thread_root of [a, c, b, a]) await bob.does(sending(id, "re", { thread_root }));
    const seen: Message[] = [];
    let cursor: string | undefined;
    do {
      const page = await ann.rest.ok("listThreads", { params: { id }, query: { limit: 2, cursor } });
      seen.push(...page.messages);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen.map((message) => message.message_id)).toEqual([a, b, c]);
    expect(seen.map((message) => message.thread?.replies)).toEqual([2, 1, 1]);
    for (const message of seen) expect(message).toEqual(await ann.message(id, message.message_id));
  });

  test("[THREAD-1] the root carries it in the history too; a row's last_message does not", async () => {
    const { ann, bob, id } = await target.trio();
    const { message_id: root } = await ann.send(id, "root");
    const reply = await bob.does(sending(id, "reply", { thread_root: root }));
    expect((await ann.history(id)).at(-1)).toEqual(await ann.message(id, root));
    await bob.does(deleting(id, reply.message_id));
    const last = await ann.send(id, "newer root");
    const { seq } = await bob.does(sending(id, "reply", { thread_root: last.message_id }));
    await settledRow(ann, id, seq);
    await bob.does(deleting(id, (await ann.messages(id))[0]?.message_id ?? ""));
    for (const row of [await ann.row(id), (await ann.list())[0]]) expect(row?.last_message?.thread).toBeUndefined();
  });

  test("[THREAD-1] a reply may also quote, and counts for everyone's unread like any message", async () => {
    const { ann, bob, carl, id } = await target.trio();
    const { message_id: root } = await ann.send(id, "root");
    const first = await bob.does(sending(id, "first", { thread_root: root }));
    const both = { thread_root: root, reply_to: first.message_id, mentions: [carl.userId] };
    const { seq } = await ann.does(sending(id, "second", both));
    expect((await carl.log(id)).at(-1)).toMatchObject(both);
    expect(await settledRow(carl, id, seq)).toMatchObject({ unread_count: 3, mention_count: 1 });
    expect(await settledRow(bob, id, seq)).toMatchObject({ unread_count: 2, mention_count: 0 });
  });

  test("[ERR-1] replies and reads of what is no message are refused", async () => {
    const { ann, id } = await target.trio();
    const { message_id: root, seq } = await ann.send(id, "root");
    const none = `${root.slice(0, -4)}0000`;
    const body = { up_to: seq, thread_root: none };
    expect(["not_found", "bad_request"]).toContain((await ann.rest.refused("markRead", { params: { id }, body })).code);
    expect(await ann.tries(sending(id, "x", { thread_root: "not an id" }))).toBe("bad_request");
    expect((await ann.log(id)).length).toBe(seq);
  });
});
