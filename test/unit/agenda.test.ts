import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { codeOf, Talk, valueOf } from "./conversation-fixtures.ts";

interface Waiting {
  readonly client_message_id: string;
  readonly send_at: string;
  readonly status: string;
  readonly reason?: string;
  readonly content: string;
}

const listed = (talk: Talk, user: string, page = {}): Waiting[] =>
  (JSON.parse(valueOf(talk.conversation.agenda.list(user, page))) as { scheduled: Waiting[] }).scheduled;
const contents = (talk: Talk): (string | undefined)[] =>
  (
    JSON.parse(valueOf(talk.conversation.history.messages("ann", { limit: 200 }))) as {
      messages: { content: string }[];
    }
  ).messages.map(({ content }) => content);

describe("[SCHED-1] scheduled messages", () => {
  it("[SCHED-2] are sent at their time, once, with their id, and delivered", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const draft = talk.draft("later", { mentions: ["bob"] });
    const at = talk.time.now() + 60_000;
    expect(valueOf(talk.conversation.agenda.schedule("ann", draft, at)).created).toBe(true);
    expect(listed(talk, "ann")).toMatchObject([{ content: "later", status: "scheduled" }]);
    expect(listed(talk, "bob")).toEqual([]);
    await talk.pass(59_999);
    expect(talk.conversation.head).toBe(1);
    await talk.pass(1);
    expect(talk.conversation.head).toBe(2);
    expect(listed(talk, "ann")).toEqual([]);
    expect(valueOf(talk.write("ann", draft))).toMatchObject({ seq: 2, at, duplicate: true });
    await talk.pass(1000);
    expect(talk.placesTo("bob")).toEqual([1, 2]);
    await talk.pass(3_600_000);
    expect(talk.alarmAt).toBeUndefined();
  });

  it("outlast a crash, and are late rather than lost", async () => {
    const talk = new Talk();
    valueOf(talk.conversation.agenda.schedule("ann", talk.draft("later"), talk.time.now() + 60_000));
    await talk.pass(30_000);
    talk.crash();
    await talk.pass(40_000);
    expect(contents(talk)).toEqual(["later"]);
  });

  it("the same id again replaces what waits, and what may never be sent is refused at once", () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const draft = talk.draft("first");
    const at = talk.time.now() + 60_000;
    valueOf(talk.conversation.agenda.schedule("ann", draft, at));
    expect(valueOf(talk.conversation.agenda.schedule("ann", { ...draft, content: "second" }, at + 1)).created).toBe(
      false,
    );
    expect(listed(talk, "ann")).toMatchObject([{ content: "second", send_at: new Date(at + 1).toISOString() }]);
    const schedule = (user: string, more: object, when: number): string | undefined =>
      codeOf(talk.conversation.agenda.schedule(user, talk.draft("x", more), when));
    expect(schedule("ann", {}, talk.time.now())).toBe("bad_request");
    expect(schedule("ann", {}, talk.time.now() + LIMITS.scheduleAheadMs + 1)).toBe("limit_exceeded");
    expect(schedule("ann", { mentions: ["eve"] }, at)).toBe("bad_request");
    expect(schedule("bob", { mentions: ["@all"] }, at)).toBe("forbidden");
    expect(schedule("eve", {}, at)).toBe("not_found");
  });

  it("are taken back by whom they are", async () => {
    const talk = new Talk();
    const draft = talk.draft("later");
    valueOf(talk.conversation.agenda.schedule("ann", draft, talk.time.now() + 1000));
    expect(codeOf(talk.conversation.agenda.cancel("bob", draft.client_message_id))).toBe("not_found");
    expect(codeOf(talk.conversation.agenda.cancel("ann", draft.client_message_id))).toBeUndefined();
    expect(codeOf(talk.conversation.agenda.cancel("ann", draft.client_message_id))).toBe("not_found");
    await talk.pass(60_000);
    expect(talk.conversation.head).toBe(1);
  });

  it("[SCHED-2] what may not be sent then stays, with the reason, and is not tried again", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const root = valueOf(talk.send("ann", "root")).message_id;
    for (const thread_root of [undefined, root])
      valueOf(
        talk.conversation.agenda.schedule(
          "bob",
          talk.draft("later", thread_root === undefined ? {} : { thread_root }),
          talk.time.now() + 60_000,
        ),
      );
    valueOf(talk.do("ann", { op: "delete", message_id: root }));
    valueOf(talk.do("ann", { op: "change", changes: { settings: { write: "admins" } } }));
    await talk.pass(120_000);
    expect(listed(talk, "bob").map(({ status, reason }) => [status, reason])).toEqual([
      ["refused", "forbidden"],
      ["refused", "forbidden"],
    ]);
    valueOf(talk.do("ann", { op: "change", changes: { settings: { write: "everyone" } } }));
    await talk.pass(3_600_000);
    expect(contents(talk)).toEqual([""]);
    expect(talk.alarmAt).toBeUndefined();
  });

  it("[MEMB-7] of who was removed are not sent", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    valueOf(talk.conversation.agenda.schedule("bob", talk.draft("later"), talk.time.now() + 60_000));
    valueOf(talk.do("ann", { op: "remove", user_id: "bob" }));
    await talk.pass(120_000);
    expect(contents(talk)).toEqual([]);
    expect(codeOf(talk.conversation.agenda.list("bob", {}))).toBe("not_found");
  });

  it("[LIM-12] a person has so many waiting, in the order of their times, page by page", () => {
    const talk = new Talk();
    const now = talk.time.now();
    for (let i = 0; i < LIMITS.scheduled; i++)
      valueOf(talk.conversation.agenda.schedule("ann", talk.draft(`${i}`), now + 1000 * (LIMITS.scheduled - i)));
    expect(codeOf(talk.conversation.agenda.schedule("ann", talk.draft("x"), now + 1000))).toBe("limit_exceeded");
    expect(codeOf(talk.conversation.agenda.schedule("bob", talk.draft("x"), now + 1000))).toBeUndefined();
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const json = valueOf(talk.conversation.agenda.list("ann", { limit: 7, ...(cursor ? { cursor } : {}) }));
      const page = JSON.parse(json) as { scheduled: Waiting[]; next_cursor?: string };
      found.push(...page.scheduled.map(({ content }) => content));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(found).toEqual(Array.from({ length: LIMITS.scheduled }, (_, i) => `${LIMITS.scheduled - 1 - i}`));
  });

  it("many that are due at once are all sent, some with each ring", async () => {
    const members = Array.from({ length: 5 }, (_, i) => `m${i}`);
    const talk = new Talk(["ann", ...members]);
    const at = talk.time.now() + 1000;
    for (const member of members)
      for (let i = 0; i < 50; i++) valueOf(talk.conversation.agenda.schedule(member, talk.draft("x"), at));
    await talk.pass(1000 + 60_000);
    expect(talk.conversation.head).toBe(1 + 250);
  });
});

describe("[EXP-1] messages that expire", () => {
  it("are removed at their time by an entry in their author's name, and carry when", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const { message_id, at } = valueOf(talk.send("bob", "secret", { expires_in: 60 }));
    const shown = (): object => JSON.parse(valueOf(talk.conversation.history.message("ann", message_id))) as object;
    expect(shown()).toMatchObject({ content: "secret", expires_at: new Date(at + 60_000).toISOString() });
    await talk.pass(59_999);
    expect(shown()).toMatchObject({ content: "secret" });
    await talk.pass(1);
    expect(shown()).toMatchObject({ content: "", deleted_at: new Date(at + 60_000).toISOString() });
    const entries = JSON.parse(valueOf(talk.conversation.history.log("ann", 2)).entries) as object[];
    expect(entries).toMatchObject([{ kind: "delete", target: message_id, sender_id: "bob" }]);
    expect(entries[0]).not.toHaveProperty("client_message_id");
    await talk.pass(1000);
    expect(talk.placesTo("cem")).toEqual([1, 2, 3]);
    expect(valueOf(talk.conversation.describe("ann")).own.unread).toBe(0);
    await talk.pass(3_600_000);
    expect(talk.alarmAt).toBeUndefined();
  });

  it("by the conversation's setting, unless they say otherwise, and only those that come after it", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    valueOf(talk.send("bob", "before"));
    valueOf(talk.do("ann", { op: "change", changes: { settings: { expires_in: 10 } } }));
    valueOf(talk.send("bob", "ten"));
    valueOf(talk.send("bob", "twenty", { expires_in: 20 }));
    await talk.pass(10_000);
    expect(contents(talk)).toEqual(["twenty", "", "before"]);
    await talk.pass(10_000);
    expect(contents(talk)).toEqual(["", "", "before"]);
  });

  it("also when the object crashed meanwhile, and when somebody deleted it before", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const { message_id } = valueOf(talk.send("bob", "one", { expires_in: 60 }));
    valueOf(talk.send("bob", "two", { expires_in: 60 }));
    await talk.pass(30_000);
    valueOf(talk.do("bob", { op: "delete", message_id }));
    talk.crash();
    await talk.pass(31_000);
    expect(contents(talk)).toEqual(["", ""]);
    expect(talk.conversation.head).toBe(5);
  });

  it("many at once are removed, some with each ring", async () => {
    const talk = new Talk();
    for (let i = 0; i < 250; i++) valueOf(talk.send("ann", "x", { expires_in: 60 }));
    await talk.pass(61_000);
    expect(new Set(contents(talk))).toEqual(new Set([""]));
    expect(talk.conversation.head).toBe(501);
  });

  it("[EDIT-1] an edit does not prolong it", async () => {
    const talk = new Talk();
    const { message_id } = valueOf(talk.send("ann", "x", { expires_in: 60 }));
    await talk.pass(50_000);
    valueOf(talk.do("ann", { op: "edit", message_id, content: "y" }));
    await talk.pass(10_000);
    expect(contents(talk)).toEqual([""]);
  });
});
