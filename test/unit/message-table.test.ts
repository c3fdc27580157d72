import { describe, expect, it } from "vitest";
import { openTables } from "../../src/core/conversation/tables.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";

const counts = (talk: Talk, user: string, after: number, head: number): object =>
  openTables(talk.sql).messages.countOthers(user, after, head);

describe("[CONV-5] counting what is unread, as of a head", () => {
  /** 2 ann, 3 bob, 4 ann @bob, 5 deletes 2, 6 ann, 7 deletes 4. */
  const sevenEntries = (): Talk => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const first = valueOf(talk.send("ann")).message_id;
    valueOf(talk.send("bob"));
    const third = valueOf(talk.send("ann", "hey", { mentions: ["bob"] })).message_id;
    valueOf(talk.do("ann", { op: "delete", message_id: first }));
    valueOf(talk.send("ann"));
    valueOf(talk.do("ann", { op: "delete", message_id: third }));
    return talk;
  };

  it.each([
    [0, 1, 0, 0],
    [0, 2, 1, 0],
    [0, 3, 1, 0],
    [0, 4, 2, 1],
    [0, 5, 1, 1],
    [0, 6, 2, 1],
    [0, 7, 1, 0],
    [2, 4, 1, 1],
    [2, 5, 1, 1],
    [4, 7, 1, 0],
    [7, 7, 0, 0],
  ])("for bob in (%d, %d]: %d, %d of them mention him", (after, head, unread, mentions) =>
    expect(counts(sevenEntries(), "bob", after, head)).toEqual({ unread, mentions }),
  );

  it("everybody is mentioned by @all, and nobody by the names of others", () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    valueOf(talk.send("ann", "x", { mentions: ["@all"] }));
    valueOf(talk.send("ann", "x", { mentions: ["bob"] }));
    expect(counts(talk, "bob", 0, 9)).toEqual({ unread: 2, mentions: 2 });
    expect(counts(talk, "cem", 0, 9)).toEqual({ unread: 2, mentions: 1 });
    expect(counts(talk, "ann", 0, 9)).toEqual({ unread: 0, mentions: 0 });
  });

  it("[SYNC-9] a read is answered at the head that the list has, with the deletion before it still to come", () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    valueOf(talk.send("ann"));
    const { message_id } = valueOf(talk.send("ann"));
    valueOf(talk.do("ann", { op: "delete", message_id }));
    const inbox = { head: 3, flushed: 3, read: 0, delivered: 0, hidesReads: false };
    expect(valueOf(talk.conversation.receipt({ user: "bob", read: 2, inbox }))).toMatchObject({ unread: 1 });
    expect(valueOf(talk.conversation.receipt({ user: "bob", inbox: { ...inbox, head: 4 } }))).toMatchObject({
      unread: 0,
    });
  });
});

describe("[THREAD-1] threads", () => {
  const threadOf = (talk: Talk, user: string, id: string): Message["thread"] =>
    (JSON.parse(valueOf(talk.conversation.history.message(user, id))) as Message).thread;

  it("the message that it hangs on tells how many replies stand, and how many of them are unread", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const root = valueOf(talk.send("ann")).message_id;
    expect(threadOf(talk, "ann", root)).toBeUndefined();
    const reply = valueOf(talk.send("bob", "1", { thread_root: root })).message_id;
    await talk.pass(10);
    valueOf(talk.send("cem", "2", { thread_root: root }));
    const last_reply_at = new Date(talk.time.now()).toISOString();
    expect(threadOf(talk, "ann", root)).toEqual({ replies: 2, unread: 2, last_reply_at });
    // By replying he has read what was before; of his own nothing is unread.
    expect(threadOf(talk, "bob", root)).toMatchObject({ replies: 2, unread: 1 });
    expect(threadOf(talk, "cem", root)).toMatchObject({ replies: 2, unread: 0 });
    expect(valueOf(talk.conversation.readThread("ann", root, 3))).toEqual({ read_up_to: 3, unread: 1 });
    expect(valueOf(talk.conversation.readThread("ann", root, 2))).toEqual({ read_up_to: 3, unread: 1 });
    expect(valueOf(talk.conversation.readThread("ann", root, 99))).toEqual({ read_up_to: 4, unread: 0 });
    valueOf(talk.do("bob", { op: "delete", message_id: reply }));
    expect(threadOf(talk, "ann", root)).toMatchObject({ replies: 1, unread: 0 });
    expect(valueOf(talk.conversation.describe("ann")).own.unread).toBe(1);
  });

  it("outlasts a crash, and says nothing of another's", () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const root = valueOf(talk.send("ann")).message_id;
    for (let i = 0; i < 3; i++) valueOf(talk.send("bob", "x", { thread_root: root }));
    valueOf(talk.conversation.readThread("ann", root, 4));
    talk.crash();
    expect(threadOf(talk, "ann", root)).toMatchObject({ replies: 3, unread: 1 });
    expect(threadOf(talk, "cem", root)).toMatchObject({ replies: 3, unread: 3 });
  });

  it("[MSG-4] replies page like any messages, and threads by their latest reply", () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const roots = ["a", "b", "c"].map((text) => valueOf(talk.send("ann", text)).message_id);
    for (const index of [2, 0, 1, 0]) valueOf(talk.send("bob", "x", { thread_root: roots[index] ?? "" }));
    const seqsOf = (json: string): number[] => (JSON.parse(json) as { messages: Message[] }).messages.map((m) => m.seq);
    const page = { thread_root: roots[0] ?? "" };
    expect(seqsOf(valueOf(talk.conversation.history.messages("cem", page)))).toEqual([8, 6]);
    expect(seqsOf(valueOf(talk.conversation.history.messages("cem", { ...page, after: 0 })))).toEqual([6, 8]);
    expect(seqsOf(valueOf(talk.conversation.lists.threads("cem", {})))).toEqual([2, 3, 4]);
    const first = JSON.parse(valueOf(talk.conversation.lists.threads("cem", { limit: 2 }))) as { next_cursor: string };
    expect(seqsOf(valueOf(talk.conversation.lists.threads("cem", { cursor: first.next_cursor })))).toEqual([4]);
    const unknown = talk.conversation.history.messages("cem", { thread_root: "x" });
    expect(unknown).toMatchObject({ refusal: { code: "not_found" } });
  });
});
