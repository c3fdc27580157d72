import { describe, expect, it } from "vitest";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { entry as entrySchema } from "../../src/shared/protocol/entry.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { codeOf, Talk, valueOf } from "./conversation-fixtures.ts";

type User = "ann" | "bob";

const messagesOf = (talk: Talk, user: User): Message[] =>
  (JSON.parse(valueOf(talk.conversation.history.messages(user, {}))) as { messages: Message[] }).messages;
const contentsOf = (talk: Talk, user: User): string[] => messagesOf(talk, user).map(({ content }) => content);
const logOf = (talk: Talk, user: User): Entry[] =>
  JSON.parse(valueOf(talk.conversation.history.log(user, 0, 200)).entries) as Entry[];
const listOf = (talk: Talk, user: User, which: "pins" | "threads"): string[] =>
  (JSON.parse(valueOf(talk.conversation.lists[which](user, {}))) as { messages: Message[] }).messages.map(
    ({ content }) => content,
  );
const receiptsOf = (talk: Talk, user: User, id: string): Message["receipts"] =>
  messagesOf(talk, user).find(({ message_id }) => message_id === id)?.receipts;
const block = (talk: Talk, user: User, blocks = true): void => {
  valueOf(talk.conversation.block(user, blocks));
};
const wordsTo = (talk: Talk, user: User): string => JSON.stringify(talk.to(user));

/** Ann has said `before`, of which everything is known; then bob blocks her. */
const blocked = async () => {
  const talk = new Talk();
  const before = valueOf(talk.send("ann", "before"));
  const own = valueOf(talk.send("bob", "bob's"));
  await talk.pass(20_000);
  block(talk, "bob");
  return { talk, before, own };
};

describe("[BLOCK-1] what somebody does who is blocked", () => {
  it("is acknowledged, is there for him, and is brought to nobody", async () => {
    const { talk } = await blocked();
    const calls = talk.to("bob").length;
    const sent = valueOf(talk.send("ann", "secret"));
    expect(sent).toMatchObject({ seq: 4, duplicate: false });
    await talk.pass(60_000);
    expect(talk.to("bob").length).toBe(calls);
    expect(contentsOf(talk, "ann")).toEqual(["secret", "bob's", "before"]);
    expect(contentsOf(talk, "bob")).toEqual(["bob's", "before"]);
    expect(codeOf(talk.conversation.history.message("bob", sent.message_id))).toBe("not_found");
    expect(valueOf(talk.conversation.describe("bob"))).toMatchObject({ head: 3, own: { unread: 1, mentions: 0 } });
    expect(valueOf(talk.conversation.describe("ann")).head).toBe(4);
    expect(talk.conversation.deliveryState.behind).toBe(0);
  });

  it("stays hidden when he is unblocked, over a crash too, and its place says nothing", async () => {
    const { talk } = await blocked();
    const secret = valueOf(talk.send("ann", "secret", { mentions: ["bob"] }));
    talk.crash();
    block(talk, "bob", false);
    await talk.pass(60_000);
    expect(talk.placesTo("bob")).not.toContain(4);
    valueOf(talk.send("ann", "after"));
    await talk.pass(60_000);
    expect(talk.placesTo("bob").slice(-2)).toEqual([4, 5]);
    expect(wordsTo(talk, "bob")).not.toContain("secret");
    const nothing = logOf(talk, "bob")[3];
    expect(nothing).toEqual({
      kind: "settings",
      seq: 4,
      message_id: secret.message_id,
      sender_id: "ann",
      timestamp: new Date(secret.at).toISOString(),
      changes: {},
    });
    expect(entrySchema.safeParse(nothing).success).toBe(true);
    expect(contentsOf(talk, "bob")).toEqual(["after", "bob's", "before"]);
    expect(valueOf(talk.conversation.describe("bob"))).toMatchObject({ head: 5, own: { unread: 2, mentions: 0 } });
  });

  it("is not what somebody can answer, react to, pin or read the thread of", async () => {
    const { talk } = await blocked();
    const { message_id } = valueOf(talk.send("ann", "secret"));
    block(talk, "bob", false);
    expect(codeOf(talk.send("bob", "re", { reply_to: message_id }))).toBe("bad_request");
    expect(codeOf(talk.send("bob", "re", { thread_root: message_id }))).toBe("bad_request");
    expect(talk.refusal("bob", { op: "react", message_id, emoji: "👍", on: true })).toBe("not_found");
    expect(talk.refusal("bob", { op: "pin", message_id, on: true })).toBe("not_found");
    expect(codeOf(talk.conversation.readThread("bob", message_id, 9))).toBe("not_found");
    expect(codeOf(talk.conversation.lists.receipts("bob", message_id, {}))).toBe("not_found");
    expect(codeOf(talk.conversation.lists.reactions("bob", message_id, {}))).toBe("not_found");
  });

  it("is hidden in threads, their counts and their order", async () => {
    const { talk, own } = await blocked();
    valueOf(talk.send("ann", "secret reply", { thread_root: own.message_id }));
    expect(listOf(talk, "bob", "threads")).toEqual([]);
    expect(listOf(talk, "ann", "threads")).toEqual(["bob's"]);
    const root = (user: User) => messagesOf(talk, user).find(({ content }) => content === "bob's")?.thread;
    expect(root("bob")).toBeUndefined();
    expect(root("ann")).toMatchObject({ replies: 1 });
    block(talk, "bob", false);
    valueOf(talk.send("ann", "reply", { thread_root: own.message_id }));
    expect(root("bob")).toMatchObject({ replies: 1, unread: 1 });
    expect(root("ann")).toMatchObject({ replies: 2 });
  });

  it("and what hangs on it is hidden too, also when he is not blocked any more", async () => {
    const { talk } = await blocked();
    const { message_id } = valueOf(talk.send("ann", "secret"));
    block(talk, "bob", false);
    valueOf(talk.send("ann", "secret reply", { thread_root: message_id }));
    valueOf(talk.do("ann", { op: "edit", message_id, content: "secret edit" }));
    valueOf(talk.do("ann", { op: "react", message_id, emoji: "👀", on: true }));
    valueOf(talk.do("ann", { op: "pin", message_id, on: true }));
    valueOf(talk.do("ann", { op: "delete", message_id }));
    await talk.pass(60_000);
    expect(JSON.stringify(logOf(talk, "bob"))).not.toMatch(/secret|👀|pin|delete/);
    expect(talk.placesTo("bob")).toEqual([1, 2, 3]);
    expect(contentsOf(talk, "ann")).toContain("");
  });
});

describe("[BLOCK-1] changes of what both have", () => {
  it("an edit shows to its author only; a later one to both", async () => {
    const { talk, before } = await blocked();
    const { message_id } = before;
    valueOf(talk.do("ann", { op: "edit", message_id, content: "secret edit" }));
    expect(contentsOf(talk, "ann")).toContain("secret edit");
    expect(contentsOf(talk, "bob")).toEqual(["bob's", "before"]);
    expect(messagesOf(talk, "bob")[1]?.edited_at).toBeUndefined();
    block(talk, "bob", false);
    expect(contentsOf(talk, "bob")).toEqual(["bob's", "before"]);
    valueOf(talk.do("ann", { op: "edit", message_id, content: "open edit" }));
    for (const user of ["ann", "bob"] as const) expect(contentsOf(talk, user)).toEqual(["bob's", "open edit"]);
    await talk.pass(60_000);
    expect(wordsTo(talk, "bob")).not.toContain("secret");
  });

  it("an entry that is read back later does not carry what an edit behind it said", async () => {
    const talk = new Talk();
    const { message_id } = valueOf(talk.send("ann", "first"));
    await talk.pass(20_000);
    talk.answer = () => Promise.reject(new Error("bob is away"));
    valueOf(talk.do("ann", { op: "edit", message_id, content: "open" }));
    block(talk, "bob");
    valueOf(talk.do("ann", { op: "edit", message_id, content: "secret" }));
    talk.calls.length = 0;
    // His own act brings what he lacks.
    const inbox = { ...NO_INBOX, head: 2, flushed: 2 };
    block(talk, "bob", false);
    const { delivery } = talk.append("bob", [talk.draft("mine")], inbox);
    expect(delivery?.entries.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(delivery?.entries[0]?.target?.now).toContain("open");
    expect(JSON.stringify(delivery)).not.toContain("secret");
  });

  it("a pin stays with him when the other pins the same, and is blocked by him in turn", async () => {
    const { talk, own } = await blocked();
    const { message_id } = own;
    valueOf(talk.do("ann", { op: "pin", message_id, on: true }));
    block(talk, "bob", false);
    block(talk, "ann");
    valueOf(talk.do("bob", { op: "pin", message_id, on: true }));
    talk.crash();
    expect([listOf(talk, "ann", "pins"), listOf(talk, "bob", "pins")]).toEqual([["bob's"], ["bob's"]]);
  });

  it("a reaction and a pin show to him only, and taking away what both have shows to both", async () => {
    const talk = new Talk();
    const { message_id } = valueOf(talk.send("bob", "bob's"));
    valueOf(talk.do("ann", { op: "react", message_id, emoji: "👍", on: true }));
    valueOf(talk.do("ann", { op: "pin", message_id, on: true }));
    await talk.pass(20_000);
    block(talk, "bob");
    valueOf(talk.do("ann", { op: "react", message_id, emoji: "👀", on: true }));
    expect(messagesOf(talk, "bob")[0]?.reactions).toEqual([{ emoji: "👍", count: 1, me: false }]);
    expect(messagesOf(talk, "ann")[0]?.reactions).toHaveLength(2);
    expect(valueOf(talk.conversation.lists.reactions("bob", message_id, {}))).not.toContain("👀");
    valueOf(talk.do("ann", { op: "react", message_id, emoji: "👀", on: false }));
    await talk.pass(20_000);
    expect(talk.placesTo("bob")).toEqual([3, 4]);
    valueOf(talk.do("ann", { op: "react", message_id, emoji: "👍", on: false }));
    valueOf(talk.do("ann", { op: "pin", message_id, on: false }));
    await talk.pass(20_000);
    expect(talk.placesTo("bob")).toEqual([3, 4, 5, 6, 7, 8]);
    expect(logOf(talk, "bob").slice(4)).toMatchObject([
      { kind: "settings", changes: {} },
      { kind: "settings", changes: {} },
      { kind: "reaction", emoji: "👍", op: "remove" },
      { kind: "settings", changes: { unpin: message_id } },
    ]);
    valueOf(talk.do("ann", { op: "pin", message_id, on: true }));
    expect([listOf(talk, "ann", "pins"), listOf(talk, "bob", "pins")]).toEqual([["bob's"], []]);
    block(talk, "bob", false);
    valueOf(talk.do("bob", { op: "pin", message_id, on: true }));
    expect([listOf(talk, "ann", "pins"), listOf(talk, "bob", "pins")]).toEqual([["bob's"], ["bob's"]]);
    expect(talk.refusal("ann", { op: "pin", message_id, on: true })).toBe("conflict");
  });

  it("a deletion of what both have takes effect for both", async () => {
    const { talk, before } = await blocked();
    valueOf(talk.send("ann", "secret"));
    valueOf(talk.do("ann", { op: "delete", message_id: before.message_id }));
    await talk.pass(60_000);
    expect(contentsOf(talk, "bob")).toEqual(["bob's", ""]);
    expect(talk.placesTo("bob")).toEqual([1, 2, 3, 4, 5]);
    expect(wordsTo(talk, "bob")).not.toContain("secret");
    expect(valueOf(talk.conversation.describe("bob"))).toMatchObject({ head: 5, own: { unread: 0 } });
  });

  it("a message whose time is over is removed where it is", async () => {
    const { talk } = await blocked();
    valueOf(talk.send("ann", "secret", { expires_in: 30 }));
    await talk.pass(60_000);
    expect(contentsOf(talk, "ann")[0]).toBe("");
    expect(talk.placesTo("bob")).toEqual([1, 2, 3]);
    expect(valueOf(talk.conversation.describe("bob")).head).toBe(3);
  });
});

describe("[BLOCK-2] who blocks", () => {
  it("writes nothing there, except that he deletes his own", async () => {
    const { talk, before, own } = await blocked();
    const { message_id } = before;
    expect(codeOf(talk.send("bob"))).toBe("forbidden");
    expect(talk.refusal("bob", { op: "edit", message_id: own.message_id, content: "x" })).toBe("forbidden");
    expect(talk.refusal("bob", { op: "react", message_id, emoji: "👍", on: true })).toBe("forbidden");
    expect(talk.refusal("bob", { op: "pin", message_id, on: true })).toBe("forbidden");
    expect(talk.refusal("bob", { op: "delete", message_id })).toBe("forbidden");
    const at = talk.time.now() + 60_000;
    expect(codeOf(talk.conversation.agenda.schedule("bob", talk.draft(), at))).toBe("forbidden");
    valueOf(talk.do("bob", { op: "delete", message_id: own.message_id }));
    expect(contentsOf(talk, "ann")).toEqual(["", "before"]);
    block(talk, "bob", false);
    valueOf(talk.send("bob", "back"));
  });

  it("has what he scheduled refused when it is due; that of the other is sent, and hidden", async () => {
    const talk = new Talk();
    const at = talk.time.now() + 30_000;
    for (const user of ["ann", "bob"]) valueOf(talk.conversation.agenda.schedule(user, talk.draft(`of ${user}`), at));
    block(talk, "bob");
    await talk.pass(60_000);
    expect(JSON.parse(valueOf(talk.conversation.agenda.list("bob", {})))).toMatchObject({
      scheduled: [{ status: "refused", reason: "forbidden" }],
    });
    expect(JSON.parse(valueOf(talk.conversation.agenda.list("ann", {})))).toEqual({ scheduled: [] });
    expect([contentsOf(talk, "ann"), contentsOf(talk, "bob")]).toEqual([["of ann"], []]);
  });

  it("is told again what he wrote before, when his device asks again", async () => {
    const talk = new Talk();
    const draft = talk.draft("once");
    const { seq } = valueOf(talk.write("bob", draft));
    block(talk, "bob");
    expect(valueOf(talk.write("bob", draft))).toMatchObject({ seq, duplicate: true });
  });

  it("cannot block in a group, nor where he is not a member", () => {
    const group = new Talk(["ann", "bob", "cem"]);
    expect(codeOf(group.conversation.block("bob", true))).toBe("not_found");
    expect(codeOf(new Talk().conversation.block("eve", true))).toBe("not_found");
  });
});

describe("[BLOCK-3] receipts and typing", () => {
  it("stand still for both while one blocks the other, over a crash too", async () => {
    const { talk, before, own } = await blocked();
    const none = { delivered: 0, read: 0, of: 1 };
    talk.calls.length = 0;
    valueOf(talk.read("bob", 3));
    valueOf(talk.read("ann", 3));
    await talk.pass(60_000);
    talk.crash();
    expect(talk.calls.filter(({ delivery }) => delivery.receipt)).toEqual([]);
    expect(receiptsOf(talk, "ann", before.message_id)).toEqual(none);
    expect(receiptsOf(talk, "bob", own.message_id)).toEqual(none);
    expect(valueOf(talk.conversation.lists.receipts("ann", before.message_id, {}))).toBe('{"receipts":[]}');
    // His own list is exact all the same.
    expect(valueOf(talk.conversation.describe("bob")).own).toEqual({ read_up_to: 3, unread: 0, mentions: 0 });
  });

  it("go on from where they were, and never count what is hidden", async () => {
    const { talk, before } = await blocked();
    valueOf(talk.delivered("bob", 2));
    const secret = valueOf(talk.send("ann", "secret"));
    block(talk, "bob", false);
    valueOf(talk.read("bob", 9));
    await talk.pass(60_000);
    expect(receiptsOf(talk, "ann", secret.message_id)).toEqual({ delivered: 0, read: 0, of: 1 });
    const after = valueOf(talk.send("ann", "after"));
    valueOf(talk.read("bob", after.seq));
    await talk.pass(60_000);
    expect(receiptsOf(talk, "ann", after.message_id)).toEqual({ delivered: 1, read: 1, of: 1 });
    expect(receiptsOf(talk, "ann", before.message_id)).toEqual({ delivered: 1, read: 1, of: 1 });
    expect(receiptsOf(talk, "ann", secret.message_id)).toEqual({ delivered: 0, read: 0, of: 1 });
    expect(valueOf(talk.conversation.lists.receipts("ann", secret.message_id, {}))).toBe('{"receipts":[]}');
  });

  it("each sees his own as it is: that it stands still for the other does not show", async () => {
    const { talk, own } = await blocked();
    valueOf(talk.read("ann", 3));
    await talk.pass(60_000);
    const list = valueOf(talk.conversation.lists.receipts("ann", own.message_id, {}));
    expect(JSON.parse(list)).toMatchObject({ receipts: [{ user_id: "ann", read_at: expect.any(String) as string }] });
    expect(valueOf(talk.conversation.lists.receipts("bob", own.message_id, {}))).toBe('{"receipts":[]}');
  });

  it("what the blocker reads meanwhile stays private, until he reads on", async () => {
    const { talk, before } = await blocked();
    valueOf(talk.read("bob", 2));
    block(talk, "bob", false);
    expect(receiptsOf(talk, "ann", before.message_id)).toEqual({ delivered: 1, read: 0, of: 1 });
    talk.crash();
    expect(receiptsOf(talk, "ann", before.message_id)).toMatchObject({ read: 0 });
    valueOf(talk.read("bob", 3));
    expect(receiptsOf(talk, "ann", before.message_id)).toEqual({ delivered: 1, read: 1, of: 1 });
  });

  it("what was seen before the block stays seen", async () => {
    const talk = new Talk();
    const { message_id } = valueOf(talk.send("ann", "before"));
    valueOf(talk.read("bob", 2));
    block(talk, "bob");
    talk.crash();
    expect(receiptsOf(talk, "ann", message_id)).toEqual({ delivered: 1, read: 1, of: 1 });
  });

  it("typing goes neither way, and what waited to be shown is gone", async () => {
    const talk = new Talk();
    await talk.pass(20_000);
    for (const [user, other] of [
      ["ann", "bob"],
      ["bob", "ann"],
    ] as const) {
      talk.calls.length = 0;
      talk.conversation.typing(user, "start");
      await talk.pass(1000);
      expect(talk.to(other).flatMap(({ live }) => live ?? [])).toHaveLength(1);
    }
    block(talk, "bob");
    talk.calls.length = 0;
    talk.conversation.typing("ann", "start");
    talk.conversation.typing("bob", "start");
    await talk.pass(5000);
    expect(talk.calls).toEqual([]);
  });

  it("in a group, typing passes over those who are not to see it", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    await talk.pass(20_000);
    talk.calls.length = 0;
    talk.conversation.typing("ann", "start", ["bob"]);
    await talk.pass(1000);
    expect(talk.calls.flatMap(({ user, delivery }) => (delivery.live ? [user] : []))).toEqual(["cem"]);
  });
});

describe("[BLOCK-4] a conversation that was founded by somebody who is blocked", () => {
  const stage = async () => {
    const talk = new Talk(["ann", "bob"], {}, "bob");
    valueOf(talk.send("ann", "secret"));
    await talk.pass(60_000);
    return talk;
  };

  it("is not there for who blocks", async () => {
    const talk = await stage();
    expect(talk.to("bob")).toEqual([]);
    expect(codeOf(talk.conversation.describe("bob"))).toBe("not_found");
    expect(logOf(talk, "bob")).toEqual([]);
    expect(contentsOf(talk, "ann")).toEqual(["secret"]);
    talk.crash();
    block(talk, "bob", false);
    await talk.pass(60_000);
    expect(talk.to("bob")).toEqual([]);
  });

  it("is there from the first thing that he may see", async () => {
    const talk = await stage();
    block(talk, "bob", false);
    valueOf(talk.send("ann", "open"));
    await talk.pass(60_000);
    expect(talk.placesTo("bob")).toEqual([1, 2, 3]);
    expect(talk.to("bob")[0]?.meta).toMatchObject({ type: "direct" });
    expect(contentsOf(talk, "bob")).toEqual(["open"]);
  });

  it("is there when he founds it himself, and empty", async () => {
    const talk = await stage();
    block(talk, "bob", false);
    const { view, delivery } = valueOf(talk.conversation.welcome("bob", false, NO_INBOX));
    expect(view).toMatchObject({ head: 1, own: { unread: 0 } });
    expect(delivery?.entries.map(({ seq }) => seq)).toEqual([1]);
    talk.crash();
    expect(valueOf(talk.conversation.describe("bob")).head).toBe(1);
    expect(contentsOf(talk, "bob")).toEqual([]);
  });
});
