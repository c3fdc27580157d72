import { describe, expect, it } from "vitest";
import type { HeldMessage, LegalHold } from "../../src/shared/protocol/http-admin.ts";
import { codeOf, Talk, valueOf } from "./conversation-fixtures.ts";

const hold = (hold_id: string): LegalHold => ({
  hold_id,
  conversation_id: "c1",
  reason: "r",
  placed_at: "2026-01-01T00:00:00.000Z",
  placed_by: "root",
});

const held = (talk: Talk, limit = 200): Pick<HeldMessage, "seq" | "why" | "content" | "removed_by" | "by_seq">[] => {
  const all: HeldMessage[] = [];
  let cursor: string | undefined;
  do {
    const page = talk.conversation.duties.heldPage({ limit, ...(cursor === undefined ? {} : { cursor }) });
    const answer = JSON.parse(valueOf(page)) as { held: HeldMessage[]; next_cursor?: string };
    all.push(...answer.held);
    cursor = answer.next_cursor;
  } while (cursor !== undefined);
  return all.map(({ seq, why, content, removed_by, by_seq }) => ({ seq, why, content, removed_by, by_seq }));
};

const said = (talk: Talk, user: string): string[] => {
  const page = valueOf(talk.conversation.history.messages(user, { after: 0 }));
  return (JSON.parse(page) as { messages: { content: string }[] }).messages.map(({ content }) => content);
};

const message = (talk: Talk, user: string, content: string, more = {}): string =>
  valueOf(talk.send(user, content, more)).message_id;

describe("[HOLD-3] while a conversation is held", () => {
  it("what is deleted is kept as it was, with all that it said before, and members see it deleted", () => {
    const talk = new Talk(["ann", "bob", "carl"]);
    talk.conversation.duties.placeHold(hold("h1"));
    const id = message(talk, "bob", "one");
    talk.do("bob", { op: "edit", message_id: id, content: "two" });
    talk.do("bob", { op: "edit", message_id: id, content: "three" });
    talk.do("ann", { op: "delete", message_id: id });
    expect(said(talk, "ann")).toEqual([""]);
    expect(held(talk)).toEqual([
      { seq: 2, why: "edited", content: "one", removed_by: "bob", by_seq: 3 },
      { seq: 2, why: "edited", content: "two", removed_by: "bob", by_seq: 4 },
      { seq: 2, why: "deleted", content: "three", removed_by: "ann", by_seq: 5 },
    ]);
    expect(held(talk, 1)).toEqual(held(talk));
  });

  it("edits of before the hold are kept when what they changed goes", () => {
    const talk = new Talk();
    const id = message(talk, "bob", "one");
    talk.do("bob", { op: "edit", message_id: id, content: "two" });
    talk.conversation.duties.placeHold(hold("h1"));
    expect(held(talk)).toEqual([]);
    talk.do("bob", { op: "delete", message_id: id });
    expect(held(talk).map(({ why, content }) => [why, content])).toEqual([
      ["edited", "one"],
      ["deleted", "two"],
    ]);
  });

  it("what disappears by its time, and what is taken down, is kept as well", async () => {
    const talk = new Talk();
    talk.conversation.duties.placeHold(hold("h1"));
    message(talk, "bob", "brief", { expires_in: 10 });
    const id = message(talk, "bob", "bad");
    expect(valueOf(talk.conversation.duties.takeDown(id))).toBe(true);
    await talk.pass(20_000);
    expect(said(talk, "ann")).toEqual(["", ""]);
    expect(held(talk)).toEqual([
      { seq: 2, why: "expired", content: "brief", removed_by: undefined, by_seq: 5 },
      { seq: 3, why: "taken_down", content: "bad", removed_by: undefined, by_seq: 4 },
    ]);
  });

  it("another life of the object goes on holding", () => {
    const talk = new Talk();
    talk.conversation.duties.placeHold(hold("h1"));
    const id = message(talk, "bob", "one");
    talk.crash();
    talk.do("bob", { op: "delete", message_id: id });
    expect(held(talk).map(({ content }) => content)).toEqual(["one"]);
  });

  it("what is kept stays until the last hold is released, and then goes", async () => {
    const talk = new Talk();
    talk.conversation.duties.placeHold(hold("h1"));
    talk.conversation.duties.placeHold(hold("h2"));
    talk.conversation.duties.placeHold(hold("h2"));
    const first = message(talk, "bob", "one");
    talk.do("bob", { op: "delete", message_id: first });
    talk.conversation.duties.releaseHold("h1");
    await talk.pass(60_000);
    expect(held(talk)).toHaveLength(1);
    expect(talk.conversation.duties.state({})).toMatchObject({ holds: [{ hold_id: "h2" }], held: 1 });
    talk.conversation.duties.releaseHold("h2");
    await talk.pass(60_000);
    expect(held(talk)).toEqual([]);
    const second = message(talk, "bob", "two");
    talk.do("bob", { op: "delete", message_id: second });
    expect(held(talk)).toEqual([]);
    expect(talk.conversation.duties.state({})).toMatchObject({ holds: [], held: 0 });
  });
});

describe("[TAKE-1] a message that is taken down", () => {
  it("is deleted for everybody by an entry that says so, once", () => {
    const talk = new Talk(["ann", "bob", "carl"]);
    const id = message(talk, "bob", "bad");
    const { duties } = talk.conversation;
    expect(valueOf(duties.takeDown(id))).toBe(true);
    expect(valueOf(duties.takeDown(id))).toBe(true);
    expect(talk.conversation.head).toBe(3);
    const { entries } = valueOf(talk.conversation.history.log("carl", 2));
    expect(JSON.parse(entries)).toEqual([
      expect.objectContaining({ seq: 3, kind: "delete", sender_id: "bob", target: id, taken_down: true }),
    ]);
    expect(said(talk, "carl")).toEqual([""]);
  });

  it("has to be a message of this conversation", () => {
    const talk = new Talk();
    const id = message(talk, "bob", "one");
    const edit = valueOf(talk.do("bob", { op: "edit", message_id: id, content: "two" })).message_id;
    for (const wrong of [edit, "0", `${id.slice(0, -1)}Z`])
      expect(codeOf(talk.conversation.duties.takeDown(wrong))).toBe("not_found");
  });

  it("is counted as read and as gone as after any deletion", () => {
    const talk = new Talk();
    const id = message(talk, "bob", "bad");
    message(talk, "bob", "good");
    expect(valueOf(talk.conversation.describe("ann")).own.unread).toBe(2);
    valueOf(talk.conversation.duties.takeDown(id));
    expect(valueOf(talk.conversation.describe("ann")).own.unread).toBe(1);
  });
});
