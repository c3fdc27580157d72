import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import { message } from "../../src/shared/protocol/message.ts";
import { codeOf, Talk, valueOf } from "./conversation-fixtures.ts";

const shown = (talk: Talk, user: string, id: string): Message => {
  const parsed = JSON.parse(valueOf(talk.conversation.history.message(user, id))) as Message;
  expect(message.safeParse(parsed).error).toBeUndefined();
  return parsed;
};
const entriesOf = (talk: Talk): Record<string, unknown>[] =>
  JSON.parse(valueOf(talk.conversation.history.log("ann", 0, 200)).entries) as Record<string, unknown>[];

/** Ann owns it, bob and cem are members, and bob has said something: entry 2. */
const three = (): { readonly talk: Talk; readonly message_id: string } => {
  const talk = new Talk(["ann", "bob", "cem"]);
  return { talk, message_id: valueOf(talk.send("bob", "first")).message_id };
};

describe("[EDIT-1] editing", () => {
  it("is the author's, and the message stands as last edited", async () => {
    const { talk, message_id } = three();
    for (const user of ["ann", "cem"])
      expect(talk.refusal(user, { op: "edit", message_id, content: "x" })).toBe("forbidden");
    await talk.pass(10);
    valueOf(talk.do("bob", { op: "edit", message_id, content: "second" }));
    await talk.pass(10);
    const { seq } = valueOf(talk.do("bob", { op: "edit", message_id, content: "third" }));
    expect(seq).toBe(4);
    const edited_at = new Date(talk.time.now()).toISOString();
    expect(shown(talk, "cem", message_id)).toMatchObject({ seq: 2, content: "third", edited_at });
    expect(entriesOf(talk)[1]).toMatchObject({ kind: "message", content: "first" });
    expect(entriesOf(talk)[2]).toMatchObject({ kind: "edit", target: message_id, content: "second" });
  });

  it("has an end", () => {
    const { talk, message_id } = three();
    for (let i = 0; i < LIMITS.editsPerMessage; i++)
      valueOf(talk.do("bob", { op: "edit", message_id, content: `${i}` }));
    expect(talk.refusal("bob", { op: "edit", message_id, content: "x" })).toBe("limit_exceeded");
  });

  it("of what is no message, or of nothing, is not_found", () => {
    const { talk, message_id } = three();
    const edit = valueOf(talk.do("bob", { op: "edit", message_id, content: "x" }));
    for (const id of [edit.message_id, "x", message_id.toLowerCase()])
      expect(talk.refusal("bob", { op: "edit", message_id: id, content: "y" })).toBe("not_found");
  });

  it("[MEMB-7] who left sees the text as it was then", async () => {
    const { talk, message_id } = three();
    valueOf(talk.do("bob", { op: "edit", message_id, content: "before" }));
    valueOf(talk.do("cem", { op: "remove", user_id: "cem" }));
    valueOf(talk.do("bob", { op: "edit", message_id, content: "after" }));
    expect(shown(talk, "cem", message_id).content).toBe("before");
    expect(shown(talk, "ann", message_id).content).toBe("after");
    const { message_id: plain } = valueOf(talk.send("bob", "later"));
    expect(codeOf(talk.conversation.history.message("cem", plain))).toBe("not_found");
  });

  it("[MEMB-7] who left before the first edit sees what was sent", () => {
    const { talk, message_id } = three();
    valueOf(talk.do("cem", { op: "remove", user_id: "cem" }));
    valueOf(talk.do("bob", { op: "edit", message_id, content: "after" }));
    expect(shown(talk, "cem", message_id)).toMatchObject({ content: "first" });
    expect(shown(talk, "cem", message_id)).not.toHaveProperty("edited_at");
  });
});

describe("[DEL-1] deleting", () => {
  it.each([
    ["ann", undefined],
    ["bob", undefined],
    ["cem", "forbidden"],
  ])("[ROLE-2] a message of bob's, by %s: %s", (user, code) => {
    const { talk, message_id } = three();
    expect(talk.refusal(user, { op: "delete", message_id })).toBe(code);
  });

  it("keeps the place, and empties it everywhere: the text, its edits, reactions and pin", () => {
    const { talk, message_id } = three();
    valueOf(talk.do("bob", { op: "edit", message_id, content: "secret" }));
    valueOf(talk.do("cem", { op: "react", message_id, emoji: "+1", on: true }));
    valueOf(talk.do("ann", { op: "pin", message_id, on: true }));
    valueOf(talk.do("bob", { op: "delete", message_id }));
    const stands = shown(talk, "ann", message_id);
    expect(stands).toMatchObject({ seq: 2, content: "" });
    expect(stands.deleted_at).toBeDefined();
    for (const gone of ["reactions", "edited_at", "mentions"]) expect(stands).not.toHaveProperty(gone);
    expect(entriesOf(talk).filter(({ content }) => content === "")).toHaveLength(2);
    expect(JSON.stringify([...entriesOf(talk), talk.sql.all("SELECT * FROM log")])).not.toMatch(/secret|first/);
    expect(JSON.parse(valueOf(talk.conversation.lists.pins("ann", {})))).toEqual({ messages: [] });
    expect(JSON.parse(valueOf(talk.conversation.lists.reactions("ann", message_id, {})))).toEqual({ reactions: [] });
  });

  it("[SEQ-5] who is behind is brought it emptied", async () => {
    const { talk, message_id } = three();
    valueOf(talk.do("bob", { op: "delete", message_id }));
    const { answer } = talk;
    talk.answer = async () => Promise.reject(new Error("the object is gone"));
    talk.crash();
    talk.answer = answer;
    talk.calls.length = 0;
    await talk.pass(LIMITS.outboxAlarmMaxMs);
    const texts = talk.to("cem").flatMap(({ entries }) => entries.map(({ json }) => json));
    expect(texts.join()).not.toContain("first");
    expect(texts).toHaveLength(3);
  });

  it("[EDIT-1] a deleted message is not touched again: conflict, and not found for whom it never was", () => {
    const { talk, message_id } = three();
    valueOf(talk.do("bob", { op: "delete", message_id }));
    expect(talk.refusal("bob", { op: "edit", message_id, content: "x" })).toBe("conflict");
    expect(talk.refusal("ann", { op: "delete", message_id })).toBe("conflict");
    expect(talk.refusal("cem", { op: "react", message_id, emoji: "+1", on: true })).toBe("conflict");
    expect(talk.refusal("ann", { op: "pin", message_id, on: true })).toBe("conflict");
    expect(talk.refusal("eve", { op: "delete", message_id })).toBe("not_found");
  });

  it("a list shows what its last message became", async () => {
    const { talk, message_id } = three();
    valueOf(talk.do("bob", { op: "edit", message_id, content: "edited" }));
    await talk.pass(10);
    valueOf(talk.do("bob", { op: "delete", message_id }));
    await talk.pass(10);
    const targets = talk.to("cem").flatMap(({ entries }) => entries.flatMap(({ target }) => (target ? [target] : [])));
    expect(targets).toHaveLength(2);
    for (const target of targets) expect(target).toMatchObject({ seq: 2, sender: "bob" });
    expect(JSON.parse(targets[0]?.now ?? "{}")).toMatchObject({ content: "edited" });
    expect(JSON.parse(targets[1]?.now ?? "{}")).toMatchObject({ content: "" });
  });
});

describe("[REACT-1] reacting", () => {
  const react = (on: boolean, emoji = "+1", message_id = "") => ({ op: "react", message_id, emoji, on }) as const;

  it("one person's emoji counts once, and adding it again is answered with the entry that did", () => {
    const { talk, message_id } = three();
    const first = valueOf(talk.do("cem", react(true, "+1", message_id)));
    expect(valueOf(talk.do("cem", react(true, "+1", message_id)))).toEqual({ ...first, duplicate: true });
    valueOf(talk.do("ann", react(true, "heart", message_id)));
    valueOf(talk.do("ann", react(true, "+1", message_id)));
    expect(shown(talk, "ann", message_id).reactions).toEqual([
      { emoji: "+1", count: 2, me: true },
      { emoji: "heart", count: 1, me: true },
    ]);
    expect(shown(talk, "bob", message_id).reactions?.[0]).toEqual({ emoji: "+1", count: 2, me: false });
    valueOf(talk.do("cem", react(false, "+1", message_id)));
    expect(talk.refusal("cem", react(false, "+1", message_id))).toBe("not_found");
    expect(talk.refusal("cem", react(false, "heart", message_id))).toBe("not_found");
    const listed = JSON.parse(valueOf(talk.conversation.lists.reactions("bob", message_id, {}))) as {
      reactions: { user_id: string; emoji: string }[];
    };
    expect(listed.reactions.map(({ user_id, emoji }) => [user_id, emoji])).toEqual([
      ["ann", "heart"],
      ["ann", "+1"],
    ]);
  });

  it("[IDEM-1] a repeat of what changed nothing changes nothing later, either", () => {
    for (const crashes of [false, true]) {
      const { talk, message_id } = three();
      const first = valueOf(talk.do("cem", react(true, "+1", message_id)));
      const again = talk.change(react(true, "+1", message_id));
      expect(valueOf(talk.write("cem", again))).toEqual({ ...first, duplicate: true });
      valueOf(talk.do("cem", react(false, "+1", message_id)));
      if (crashes) talk.crash();
      expect(valueOf(talk.write("cem", again))).toEqual({ ...first, duplicate: true });
      expect(shown(talk, "cem", message_id)).not.toHaveProperty("reactions");
    }
  });

  it("[LIM-11] a person has so many, and a message so many different ones", () => {
    const { talk, message_id } = three();
    const people = Array.from({ length: LIMITS.emojiPerMessage / LIMITS.emojiPerPerson }, (_, i) => `m${i}`);
    valueOf(talk.do("ann", { op: "add", user_ids: people }));
    for (const [index, person] of people.entries()) {
      for (let i = 0; i < LIMITS.emojiPerPerson; i++)
        valueOf(talk.do(person, react(true, `e${index * LIMITS.emojiPerPerson + i}`, message_id)));
      expect(talk.refusal(person, react(true, "e0more", message_id))).toBe("limit_exceeded");
    }
    expect(talk.refusal("cem", react(true, "new", message_id))).toBe("limit_exceeded");
    expect(talk.refusal("cem", react(true, "e7", message_id))).toBeUndefined();
    valueOf(talk.do("m1", react(false, "e16", message_id)));
    expect(talk.refusal("cem", react(true, "new", message_id))).toBeUndefined();
  });
});

describe("[PIN-2] pinning", () => {
  const pins = (talk: Talk, user: string): number[] =>
    (JSON.parse(valueOf(talk.conversation.lists.pins(user, {}))) as { messages: Message[] }).messages.map(
      ({ seq }) => seq,
    );

  it("is a settings entry, newest pin first, once each", () => {
    const { talk, message_id } = three();
    const { message_id: other } = valueOf(talk.send("cem"));
    expect(talk.refusal("bob", { op: "pin", message_id, on: true })).toBe("forbidden");
    valueOf(talk.do("ann", { op: "pin", message_id: other, on: true }));
    valueOf(talk.do("ann", { op: "pin", message_id, on: true }));
    expect(entriesOf(talk).at(-1)).toMatchObject({ kind: "settings", changes: { pin: message_id } });
    expect(pins(talk, "cem")).toEqual([2, 3]);
    expect(talk.refusal("ann", { op: "pin", message_id, on: true })).toBe("conflict");
    valueOf(talk.do("ann", { op: "pin", message_id, on: false }));
    expect(talk.refusal("ann", { op: "pin", message_id, on: false })).toBe("not_found");
    expect(pins(talk, "cem")).toEqual([3]);
  });

  it("[LIM-12] has a bound", () => {
    const talk = new Talk();
    const ids = Array.from({ length: LIMITS.pins + 1 }, () => valueOf(talk.send("ann")).message_id);
    const codes = ids.map((message_id) => talk.refusal("bob", { op: "pin", message_id, on: true }));
    expect(codes.filter((code) => code === undefined)).toHaveLength(LIMITS.pins);
    expect(codes.at(-1)).toBe("limit_exceeded");
  });
});

describe("[SEND-2] [SEND-3] what a message may name", () => {
  it("everybody is called by the staff alone", () => {
    const { talk } = three();
    expect(codeOf(talk.send("bob", "x", { mentions: ["@all"] }))).toBe("forbidden");
    expect(codeOf(talk.send("ann", "x", { mentions: ["@all", "bob"] }))).toBeUndefined();
    expect(codeOf(talk.send("ann", "x", { mentions: ["eve"] }))).toBe("bad_request");
    expect(valueOf(talk.conversation.describe("bob")).own).toEqual({ read_up_to: 0, unread: 1, mentions: 1 });
    expect(valueOf(talk.conversation.describe("cem")).own).toEqual({ read_up_to: 0, unread: 2, mentions: 1 });
    expect(codeOf(new Talk().send("ann", "x", { mentions: ["@all"] }))).toBe("forbidden");
  });

  it("a reply in a thread names what the thread hangs on, and messages that stand", () => {
    const { talk, message_id } = three();
    const reply = valueOf(talk.send("ann", "reply", { thread_root: message_id }));
    expect(codeOf(talk.send("cem", "x", { thread_root: reply.message_id }))).toBe("bad_request");
    expect(codeOf(talk.send("cem", "x", { thread_root: message_id, reply_to: reply.message_id }))).toBeUndefined();
    valueOf(talk.do("bob", { op: "delete", message_id }));
    expect(codeOf(talk.send("cem", "x", { thread_root: message_id }))).toBe("bad_request");
    expect(codeOf(talk.send("cem", "x", { reply_to: message_id }))).toBe("bad_request");
    const edit = entriesOf(talk).at(-1)?.["message_id"] as string;
    expect(codeOf(talk.send("cem", "x", { reply_to: edit }))).toBe("bad_request");
  });
});

describe("[MEMB-4] with history since_joined", () => {
  const late = (): { readonly talk: Talk; readonly old: string; readonly fresh: string } => {
    const { talk, message_id: old } = three();
    valueOf(talk.do("ann", { op: "pin", message_id: old, on: true }));
    valueOf(talk.do("ann", { op: "change", changes: { settings: { history: "since_joined" } } }));
    valueOf(talk.do("ann", { op: "add", user_ids: ["dag"] }));
    return { talk, old, fresh: valueOf(talk.send("bob", "fresh")).message_id };
  };

  it("log, history, pins and threads begin with the entry by which he joined", () => {
    const { talk, old, fresh } = late();
    valueOf(talk.send("ann", "reply", { thread_root: old }));
    const { entries } = valueOf(talk.conversation.history.log("dag", 0));
    expect((JSON.parse(entries) as { seq: number }[]).map(({ seq }) => seq)).toEqual([5, 6, 7]);
    const page = JSON.parse(valueOf(talk.conversation.history.messages("dag", {}))) as { messages: Message[] };
    expect(page.messages.map(({ seq }) => seq)).toEqual([7, 6]);
    expect(codeOf(talk.conversation.history.message("dag", old))).toBe("not_found");
    expect(shown(talk, "dag", fresh).content).toBe("fresh");
    expect(JSON.parse(valueOf(talk.conversation.lists.pins("dag", {})))).toEqual({ messages: [] });
    expect(JSON.parse(valueOf(talk.conversation.lists.threads("dag", {})))).toEqual({ messages: [] });
  });

  it("what was before is not there to be answered, edited or reacted to", () => {
    const { talk, old } = late();
    expect(talk.refusal("dag", { op: "react", message_id: old, emoji: "+1", on: true })).toBe("not_found");
    expect(codeOf(talk.send("dag", "x", { reply_to: old }))).toBe("bad_request");
    expect(codeOf(talk.conversation.readThread("dag", old, 9))).toBe("not_found");
    expect(codeOf(talk.conversation.lists.reactions("dag", old, {}))).toBe("not_found");
  });

  it("those who were there from the beginning see all of it", () => {
    const { talk, old } = late();
    expect(shown(talk, "cem", old).content).toBe("first");
    expect(valueOf(talk.conversation.history.log("cem", 0)).count).toBe(6);
  });
});
