import { describe, expect, it } from "vitest";
import type { Founding } from "../../src/core/conversation/founding.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Role } from "../../src/shared/protocol/fields.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";

const FIVE = ["ann", "bob", "cem", "dag", "eve"];
const roleOf = (talk: Talk, user: string): string => valueOf(talk.conversation.describe(user)).meta.role;
const entriesOf = (talk: Talk, after: number): object[] =>
  JSON.parse(valueOf(talk.conversation.history.log("ann", after, 200)).entries) as object[];

/** A group in which everybody has the role that he is named with; the first founds it. */
const groupOf = (roles: Readonly<Record<string, Role>>, more: Partial<Founding> = {}): Talk => {
  const talk = new Talk(Object.keys(roles), { type: "group", name: "Friends", ...more });
  const [founder = "ann"] = Object.keys(roles);
  for (const [user_id, role] of Object.entries(roles).toReversed())
    if (user_id !== founder && role !== "member") valueOf(talk.do(founder, { op: "role", user_id, role }));
  return talk;
};

describe("[MEMB-1] adding", () => {
  it("[MEMB-5] each is an entry, those who are there are passed over, and the answer is that of the last", () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const { seq } = valueOf(talk.do("ann", { op: "add", user_ids: ["bob", "dag", "dag", "eve"] }));
    expect(seq).toBe(3);
    expect(entriesOf(talk, 1)).toMatchObject([
      { kind: "member", op: "add", user_id: "dag", role: "member", sender_id: "ann" },
      { kind: "member", op: "add", user_id: "eve", role: "member", sender_id: "ann" },
    ]);
    expect(talk.refusal("ann", { op: "add", user_ids: ["bob", "eve"] })).toBe("conflict");
  });

  it("[ROLE-4] who may add by the setting adds members only, and nobody above himself", () => {
    const talk = groupOf({ ann: "owner", bob: "admin", cem: "member" });
    expect(talk.refusal("cem", { op: "add", user_ids: ["dag"] })).toBe("forbidden");
    valueOf(talk.do("ann", { op: "change", changes: { settings: { add: "everyone" } } }));
    expect(talk.refusal("cem", { op: "add", user_ids: ["dag"], role: "admin" })).toBe("forbidden");
    expect(talk.refusal("bob", { op: "add", user_ids: ["dag"], role: "owner" })).toBe("forbidden");
    expect(talk.refusal("bob", { op: "add", user_ids: ["dag"], role: "subscriber" })).toBe("bad_request");
    expect(talk.refusal("cem", { op: "add", user_ids: ["dag"] })).toBeUndefined();
    expect(talk.refusal("bob", { op: "add", user_ids: ["eve"], role: "admin" })).toBeUndefined();
    expect([roleOf(talk, "dag"), roleOf(talk, "eve")]).toEqual(["member", "admin"]);
  });

  it("[LIM-3] a group has a bound, a direct conversation two members", () => {
    const names = Array.from({ length: LIMITS.groupMembers - 1 }, (_, i) => `m${i}`);
    const talk = new Talk(["ann", ...names.slice(0, -2)]);
    expect(talk.refusal("ann", { op: "add", user_ids: ["x", "y", "z"] })).toBe("limit_exceeded");
    expect(talk.refusal("ann", { op: "add", user_ids: ["x", "y"] })).toBeUndefined();
    expect(talk.refusal("ann", { op: "add", user_ids: ["z"] })).toBe("limit_exceeded");
    const direct = new Talk();
    expect(direct.refusal("ann", { op: "add", user_ids: ["cem"] })).toBe("limit_exceeded");
    expect(direct.refusal("ann", { op: "add", user_ids: ["bob"] })).toBe("conflict");
  });

  it("who is added has read what was before him, and is told from there on", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    for (let i = 0; i < 5; i++) valueOf(talk.send("ann"));
    valueOf(talk.do("ann", { op: "add", user_ids: ["dag"] }));
    await talk.pass(60_000);
    expect(talk.placesTo("dag")).toEqual([7]);
    expect(talk.to("dag")[0]).toMatchObject({ after: 6, base: { head: 6, own: { read_up_to: 7, unread: 0 } } });
    expect(valueOf(talk.conversation.describe("dag")).own).toEqual({ read_up_to: 7, unread: 0, mentions: 0 });
  });
});

describe("[MEMB-1] removing and leaving", () => {
  const everybody: Readonly<Record<string, Role>> = {
    ann: "owner",
    bob: "owner",
    cem: "admin",
    dag: "admin",
    eve: "member",
  };

  it.each([
    ["ann", "bob", undefined],
    ["ann", "cem", undefined],
    ["cem", "bob", "forbidden"],
    ["cem", "dag", "forbidden"],
    ["cem", "eve", undefined],
    ["eve", "dag", "forbidden"],
    ["eve", "nobody", "forbidden"],
    ["cem", "nobody", "not_found"],
    ["eve", "eve", undefined],
  ])("[ROLE-4] %s removes %s: %s", (actor, user_id, code) =>
    expect(groupOf(everybody).refusal(actor, { op: "remove", user_id })).toBe(code),
  );

  it("[MEMB-7] who was removed is nobody any more: he writes nothing, and his view ends there", () => {
    const talk = groupOf({ ann: "owner", bob: "member", cem: "member" });
    valueOf(talk.send("ann", "before"));
    valueOf(talk.do("ann", { op: "remove", user_id: "bob" }));
    valueOf(talk.send("ann", "after"));
    expect(talk.refusal("bob", { op: "remove", user_id: "bob" })).toBe("not_found");
    const view = valueOf(talk.conversation.describe("bob"));
    expect(view).toMatchObject({ head: 3, own: { unread: 1 }, last: { seq: 2 } });
    expect(view.meta.left_at).toBe(talk.time.now());
    const slice = valueOf(talk.conversation.history.log("bob", 0, 200));
    expect(slice).toMatchObject({ count: 3, head_seq: 3 });
    expect(valueOf(talk.read("bob", 99))).toMatchObject({ read_up_to: 3 });
  });

  it("[MEMB-7] the entry that ended it is the last that is brought to him", async () => {
    const talk = groupOf({ ann: "owner", bob: "member", cem: "member" });
    valueOf(talk.send("ann"));
    valueOf(talk.do("ann", { op: "remove", user_id: "bob" }));
    for (let i = 0; i < 3; i++) valueOf(talk.send("ann"));
    await talk.pass(60_000);
    expect(talk.placesTo("bob")).toEqual([1, 2, 3]);
    expect(talk.to("bob").at(-1)?.meta?.left_at).toBeDefined();
    expect(talk.alarmAt).toBeUndefined();
  });

  it("[MEMB-7] whoever was not there then is brought it later, also after a crash", async () => {
    const talk = groupOf({ ann: "owner", bob: "member", cem: "member" });
    const { answer } = talk;
    talk.answer = async (user, delivery) =>
      user === "bob" ? Promise.reject(new Error("the object is gone")) : answer(user, delivery);
    valueOf(talk.do("ann", { op: "remove", user_id: "bob" }));
    valueOf(talk.send("ann"));
    await talk.pass(60_000);
    talk.crash();
    talk.answer = answer;
    talk.calls.length = 0;
    await talk.pass(LIMITS.outboxAlarmMaxMs);
    expect(new Set(talk.placesTo("bob"))).toEqual(new Set([1, 2]));
    expect(talk.alarmAt).toBeUndefined();
  });

  it("who comes back is told from there on, and what was between is no news", async () => {
    const talk = groupOf({ ann: "owner", bob: "member", cem: "member" });
    valueOf(talk.do("bob", { op: "remove", user_id: "bob" }));
    valueOf(talk.send("ann"));
    valueOf(talk.do("ann", { op: "add", user_ids: ["bob"] }));
    valueOf(talk.send("ann"));
    await talk.pass(60_000);
    expect(talk.placesTo("bob")).not.toContain(3);
    expect(valueOf(talk.conversation.describe("bob"))).toMatchObject({ head: 5, own: { read_up_to: 4, unread: 1 } });
    expect(valueOf(talk.conversation.describe("bob")).meta.left_at).toBeUndefined();
  });

  it("[MEMB-6] a direct conversation is not left, renamed or given settings", () => {
    const talk = new Talk();
    expect(talk.refusal("ann", { op: "remove", user_id: "ann" })).toBe("forbidden");
    expect(talk.refusal("ann", { op: "remove", user_id: "bob" })).toBe("forbidden");
    expect(talk.refusal("ann", { op: "change", changes: { name: "x" } })).toBe("forbidden");
    expect(talk.refusal("ann", { op: "change", changes: { settings: { pin: "admins" } } })).toBe("forbidden");
    expect(talk.refusal("ann", { op: "role", user_id: "bob", role: "admin" })).toBe("forbidden");
  });
});

describe("[ROLE-5] there is an owner", () => {
  const leave = (talk: Talk, user_id: string): object[] => {
    const before = talk.conversation.head;
    const { seq } = valueOf(talk.do(user_id, { op: "remove", user_id }));
    expect(seq).toBe(talk.conversation.head);
    return entriesOf(talk, before).map((entry) => {
      const { op, user_id: about, role } = entry as Record<string, string>;
      return [op, about, role];
    });
  };

  it("when the last one leaves the oldest admin inherits, before he is gone", async () => {
    const talk = new Talk(["bob", "ann", "cem", "dag"]);
    for (const user_id of ["dag", "cem"]) valueOf(talk.do("bob", { op: "role", user_id, role: "admin" }));
    expect(leave(talk, "bob")).toEqual([
      ["role", "cem", "owner"],
      ["remove", "bob", "owner"],
    ]);
    expect(roleOf(talk, "cem")).toBe("owner");
    talk.crash();
    expect(roleOf(talk, "cem")).toBe("owner");
  });

  it("else the oldest member, by when he joined", async () => {
    const talk = new Talk(["bob", "zoe", "ann"]);
    await talk.pass(10);
    valueOf(talk.do("bob", { op: "remove", user_id: "zoe" }));
    valueOf(talk.do("bob", { op: "add", user_ids: ["aaa"] }));
    expect(leave(talk, "bob")[0]).toEqual(["role", "ann", "owner"]);
  });

  it("nobody inherits while there is another owner, or when nobody is left", () => {
    const talk = groupOf({ bob: "owner", ann: "owner", cem: "member" });
    expect(leave(talk, "bob")).toEqual([["remove", "bob", "owner"]]);
    valueOf(talk.do("ann", { op: "remove", user_id: "cem" }));
    expect(leave(talk, "ann")).toEqual([["remove", "ann", "owner"]]);
  });

  it("the last one cannot be given another role, and hands over by naming another", () => {
    const talk = groupOf({ ann: "owner", bob: "admin", cem: "member" });
    expect(talk.refusal("ann", { op: "role", user_id: "ann", role: "member" })).toBe("conflict");
    valueOf(talk.do("ann", { op: "role", user_id: "cem", role: "owner" }));
    expect(talk.refusal("ann", { op: "role", user_id: "ann", role: "member" })).toBeUndefined();
    expect([roleOf(talk, "ann"), roleOf(talk, "cem")]).toEqual(["member", "owner"]);
  });
});

describe("[ROLE-4] changing a role", () => {
  it.each([
    ["ann", "bob", "member", undefined],
    ["ann", "bob", "owner", undefined],
    ["ann", "bob", "admin", "conflict"],
    ["bob", "ann", "member", "forbidden"],
    ["bob", "dag", "member", "forbidden"],
    ["bob", "cem", "admin", undefined],
    ["bob", "cem", "owner", "forbidden"],
    ["bob", "bob", "member", undefined],
    ["bob", "bob", "owner", "forbidden"],
    ["cem", "eve", "admin", "forbidden"],
    ["cem", "cem", "admin", "forbidden"],
    ["ann", "cem", "subscriber", "bad_request"],
    ["ann", "nobody", "admin", "not_found"],
  ] as const)("%s makes %s %s: %s", (actor, user_id, role, code) => {
    const talk = groupOf({ ann: "owner", bob: "admin", cem: "member", dag: "admin", eve: "member" });
    expect(talk.refusal(actor, { op: "role", user_id, role })).toBe(code);
    if (code === undefined) expect(roleOf(talk, user_id)).toBe(role);
  });
});

describe("[CONV-3] name, picture and settings", () => {
  it("[ROLE-3] are changed by whom they permit it, and are everybody's from then on", () => {
    const talk = groupOf({ ann: "owner", bob: "member", cem: "member" });
    expect(talk.refusal("bob", { op: "change", changes: { name: "New" } })).toBe("forbidden");
    expect(talk.refusal("ann", { op: "change", changes: {} })).toBe("bad_request");
    expect(talk.refusal("ann", { op: "change", changes: { settings: {} } })).toBe("bad_request");
    valueOf(talk.do("ann", { op: "change", changes: { settings: { rename: "everyone" } } }));
    valueOf(talk.do("bob", { op: "change", changes: { name: "New", avatar: "a" } }));
    expect(talk.refusal("bob", { op: "change", changes: { name: "x", settings: { pin: "everyone" } } })).toBe(
      "forbidden",
    );
    talk.crash();
    expect(valueOf(talk.conversation.describe("cem")).meta).toMatchObject({
      name: "New",
      avatar: "a",
      settings: { rename: "everyone", add: "admins", history: "all" },
    });
  });

  it("[ROLE-3] where only admins write nobody else writes or edits, and deletes his own no more", () => {
    const talk = groupOf({ ann: "owner", bob: "member", cem: "member" });
    const { message_id } = valueOf(talk.send("bob"));
    valueOf(talk.do("ann", { op: "change", changes: { settings: { write: "admins" } } }));
    expect(talk.send("bob")).toMatchObject({ refusal: { code: "forbidden" } });
    expect(talk.refusal("bob", { op: "edit", message_id, content: "x" })).toBe("forbidden");
    expect(talk.refusal("bob", { op: "delete", message_id })).toBe("forbidden");
    expect(talk.refusal("ann", { op: "delete", message_id })).toBeUndefined();
  });
});

describe("[CHAN-1] a channel", () => {
  const channel = (): Talk => new Talk(FIVE.slice(0, 3), { type: "channel", name: "News" });

  it("subscribers come and go without an entry, and a repeat is answered alike", () => {
    const talk = channel();
    const add = talk.change({ op: "add", user_ids: ["dag", "eve"] });
    const { seq, message_id } = valueOf(talk.write("ann", add));
    expect([seq, talk.conversation.head]).toEqual([1, 1]);
    valueOf(talk.send("ann"));
    expect(valueOf(talk.write("ann", add))).toMatchObject({ seq, message_id, duplicate: true });
    talk.crash();
    expect(valueOf(talk.write("ann", add))).toMatchObject({ seq, message_id, duplicate: true });
    expect(valueOf(talk.conversation.describe("dag"))).toMatchObject({ meta: { role: "subscriber", member_count: 5 } });
    valueOf(talk.do("dag", { op: "remove", user_id: "dag" }));
    expect(talk.conversation.head).toBe(2);
    expect(valueOf(talk.conversation.describe("ann")).meta.member_count).toBe(4);
    expect(talk.refusal("dag", { op: "remove", user_id: "dag" })).toBe("not_found");
  });

  it("who is to run it is an entry, coming and going", () => {
    const talk = channel();
    valueOf(talk.do("ann", { op: "add", user_ids: ["dag"], role: "admin" }));
    valueOf(talk.do("ann", { op: "role", user_id: "bob", role: "admin" }));
    valueOf(talk.send("dag"));
    valueOf(talk.do("dag", { op: "remove", user_id: "dag" }));
    expect(entriesOf(talk, 1)).toMatchObject([
      { op: "add", user_id: "dag", role: "admin" },
      { op: "role", user_id: "bob", role: "admin" },
      { kind: "message" },
      { op: "remove", user_id: "dag" },
    ]);
    expect(talk.refusal("ann", { op: "add", user_ids: ["eve"], role: "member" })).toBe("bad_request");
  });

  it("subscribers read and no more, and see of the others who runs it", () => {
    const talk = channel();
    const { message_id } = valueOf(talk.send("ann"));
    expect(talk.send("bob")).toMatchObject({ refusal: { code: "forbidden" } });
    expect(talk.refusal("bob", { op: "react", message_id, emoji: "+1", on: true })).toBe("forbidden");
    const listed = (user: string): string[] =>
      (
        JSON.parse(valueOf(talk.conversation.lists.members(user, {}))) as { members: { user_id: string }[] }
      ).members.map((one) => one.user_id);
    expect(listed("ann")).toEqual(["ann", "bob", "cem"]);
    expect(listed("bob")).toEqual(["ann"]);
  });

  it("[ROLE-5] when its last owner leaves, somebody who only read it inherits", () => {
    const talk = channel();
    valueOf(talk.do("ann", { op: "remove", user_id: "ann" }));
    expect(roleOf(talk, "bob")).toBe("owner");
    valueOf(talk.send("bob"));
  });
});
