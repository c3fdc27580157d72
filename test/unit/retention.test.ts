import { describe, expect, it } from "vitest";
import type { Draft } from "../../src/core/conversation/write.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { HeldMessage, LegalHold } from "../../src/shared/protocol/http-admin.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";

const DAY = 86_400_000;

const hold: LegalHold = {
  hold_id: "h1",
  conversation_id: "c1",
  reason: "r",
  placed_at: "2026-01-01T00:00:00.000Z",
  placed_by: "root",
};

const said = (talk: Talk, user: string): string[] => {
  const page = valueOf(talk.conversation.history.messages(user, { after: 0 }));
  return (JSON.parse(page) as { messages: { content: string }[] }).messages.map(({ content }) => content);
};

const log = (talk: Talk, user: string, after = 0): Entry[] =>
  JSON.parse(valueOf(talk.conversation.history.log(user, after, 200)).entries) as Entry[];

const rows = (talk: Talk, table: string): number =>
  talk.sql.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`)[0]?.n ?? 0;

const state = (talk: Talk) => talk.conversation.duties.state({});

describe("[RET-2] messages that are older than they may be", () => {
  it("go by one entry, after which nobody reads, counts or finds them, and are deleted", async () => {
    const talk = new Talk(["ann", "bob", "carl"]);
    const old = valueOf(talk.send("bob", "old")).message_id;
    talk.do("ann", { op: "react", message_id: old, emoji: "+", on: true });
    talk.do("ann", { op: "pin", message_id: old, on: true });
    await talk.pass(5 * DAY);
    valueOf(talk.send("bob", "new"));
    talk.conversation.duties.retain(7);
    await talk.pass(DAY);
    expect(said(talk, "ann")).toEqual(["old", "new"]);
    expect(state(talk)).toMatchObject({ retention: { days: 7, by: "conversation" } });
    await talk.pass(1.5 * DAY);
    expect(said(talk, "ann")).toEqual(["new"]);
    // 2 old, 3 and 4 what hung on it, 5 new.
    expect(log(talk, "ann")).toMatchObject([
      { seq: 5, content: "new" },
      { seq: 6, kind: "settings", sender_id: ":service", changes: { retained_from: 5 } },
    ]);
    expect(state(talk)).toMatchObject({ retained_from: 5, head_seq: 6 });
    expect(valueOf(talk.conversation.describe("ann")).own.unread).toBe(1);
    expect(valueOf(talk.conversation.lists.pins("ann", {}))).toBe(`{"messages":[]}`);
    for (const table of ["reactions", "pins"]) expect(rows(talk, table), table).toBe(0);
    expect(rows(talk, "log")).toBe(2);
    await talk.pass(30 * DAY);
    expect(said(talk, "ann")).toEqual([]);
    expect(talk.conversation.head).toBe(7);
    expect(valueOf(talk.conversation.describe("ann"))).toMatchObject({ head: 7, own: { unread: 0 } });
    expect(valueOf(talk.conversation.describe("ann")).last).toBeUndefined();
    // The places go on, in another life too.
    talk.crash();
    expect(valueOf(talk.send("bob", "newest")).seq).toBe(8);
  });

  it("bring one entry a day at most, and none where nothing goes", async () => {
    const talk = new Talk();
    talk.conversation.duties.retain(1);
    for (let hour = 0; hour < 24 * 4; hour++) {
      valueOf(talk.send("bob", `at ${hour}`));
      await talk.pass(DAY / 24);
    }
    const rises = log(talk, "ann").filter((entry) => entry.kind === "settings");
    expect(rises.length).toBeGreaterThan(0);
    const { head } = talk.conversation;
    // 96 messages, 1 that founded it, and the rises.
    expect(head - 97).toBeLessThanOrEqual(4);
    await talk.pass(3 * DAY);
    const last = talk.conversation.head;
    await talk.pass(60 * DAY);
    expect(talk.conversation.head).toBe(last);
    expect(talk.alarmAt).toBeUndefined();
  });

  it("whoever is up to date learns of it with exact counts, and whoever is behind begins there", async () => {
    const talk = new Talk(["ann", "bob", "carl"]);
    let isAway = true;
    const { answer } = talk;
    talk.answer = (user, delivery) =>
      user === "carl" && isAway ? Promise.reject(new Error("away")) : answer(user, delivery);
    for (let i = 0; i < 5; i++) valueOf(talk.send("bob", `old ${i}`));
    await talk.pass(3 * DAY);
    valueOf(talk.send("bob", "new"));
    talk.conversation.duties.retain(2);
    await talk.pass(DAY / 2);
    const risen = talk.to("ann").findLast(({ entries }) => entries.some((entry) => entry.retained !== undefined));
    expect(risen?.own).toEqual({ read_up_to: 0, unread: 1, mentions: 0 });
    expect(risen?.entries.at(-1)?.retained).toBe(7);
    isAway = false;
    await talk.pass(DAY / 2);
    const first = talk.to("carl").find(({ base }) => base !== undefined);
    expect(first).toMatchObject({ after: 6, base: { head: 6, own: { unread: 0 } }, entries: [{ seq: 7 }, { seq: 8 }] });
  });

  it("in a large group too: a slice cannot say how many are left unread, so each is told by himself", async () => {
    const others = Array.from({ length: 105 }, (_, index) => `m${index}`);
    const talk = new Talk(["ann", "bob", ...others]);
    for (let i = 0; i < 3; i++) valueOf(talk.send("bob", `old ${i}`));
    await talk.pass(3 * DAY);
    valueOf(talk.send("bob", "new"));
    await talk.pass(60_000);
    expect(talk.relays.length).toBeGreaterThan(0);
    talk.conversation.duties.retain(2);
    await talk.pass(60_000);
    for (const user of ["ann", ...others]) {
      const told = talk.to(user).filter(({ entries }) => entries.some((entry) => entry.retained !== undefined));
      expect(told.length, user).toBeGreaterThan(0);
      for (const { own } of told) expect(own, user).toEqual({ read_up_to: 0, unread: 1, mentions: 0 });
    }
    valueOf(talk.send("bob", "newer"));
    await talk.pass(1000);
    for (const user of others) expect(talk.placesTo(user).at(-1), user).toBe(talk.conversation.head);
  });

  it("ids of what is gone are free again, and a repeat of one that is there is one still", async () => {
    const talk = new Talk();
    const first = talk.draft("old");
    valueOf(talk.write("bob", first));
    // One that does not lead back to its time.
    const other = { ...talk.draft("old"), client_message_id: "00000000-0000-4000-8000-000000000001" };
    valueOf(talk.write("bob", other));
    await talk.pass(3 * DAY);
    const second = talk.draft("new");
    valueOf(talk.write("bob", second));
    talk.conversation.duties.retain(2);
    await talk.pass(DAY / 2);
    // What is remembered of lately is gone too: it is looked for by its time.
    talk.crash();
    expect(valueOf(talk.write("bob", second)).duplicate).toBe(true);
    expect(valueOf(talk.write("bob", first))).toMatchObject({ duplicate: false, seq: 6 });
    expect(valueOf(talk.write("bob", other))).toMatchObject({ duplicate: false, seq: 7 });
  });

  it("the rule of the conversation counts before the policies, and taking it away lets those count", async () => {
    const talk = new Talk();
    let asked = 0;
    talk.archiving = {
      ...talk.archiving,
      policy: async () => {
        asked++;
        return { days: 30, watched: true };
      },
    };
    talk.crash();
    valueOf(talk.send("bob", "old"));
    await talk.pass(60_000);
    expect(state(talk).retention).toEqual({ days: 30, by: "policy" });
    for (let i = 0; i < 20; i++) {
      valueOf(talk.send("bob", "more"));
      await talk.pass(60_000);
    }
    expect(asked).toBe(1);
    talk.conversation.duties.retain(400);
    await talk.pass(100 * DAY);
    expect(said(talk, "ann")).toHaveLength(21);
    expect(asked).toBeLessThan(6);
    talk.conversation.duties.retain(null);
    await talk.pass(DAY);
    expect(said(talk, "ann")).toEqual([]);
  });

  it("without a policy an idle conversation sleeps", async () => {
    const talk = new Talk();
    talk.archiving = { ...talk.archiving, policy: async () => ({ watched: false }) };
    talk.crash();
    valueOf(talk.send("bob", "hello"));
    await talk.pass(DAY);
    expect(talk.alarmAt).toBeUndefined();
  });

  it("policies that cannot be asked are asked again, and hold up nothing", async () => {
    const talk = new Talk();
    let isDown = true;
    talk.archiving = {
      ...talk.archiving,
      policy: async () => {
        if (isDown) throw new Error("out of reach");
        return { days: 1, watched: true };
      },
    };
    talk.crash();
    valueOf(talk.send("bob", "hello"));
    await talk.pass(60_000);
    expect(state(talk).retention).toBeUndefined();
    isDown = false;
    valueOf(talk.send("bob", "again"));
    await talk.pass(60_000);
    expect(state(talk).retention).toEqual({ days: 1, by: "policy" });
  });
});

describe("[RET-2] messages of which most are archived", () => {
  it("go there too, while the generations of the log change places", async () => {
    const talk = new Talk(["ann", "bob", "carl"]);
    const archive = new MemoryArchive();
    talk.archiving = { archive, horizon: { entries: 10, ms: 0 } };
    talk.crash();
    const HOUR = DAY / 24;
    const sent: { at: number; content: string }[] = [];
    const ids: Draft[] = [];
    const goOn = async (hours: number): Promise<void> => {
      for (let hour = 0; hour < hours; hour++) {
        const draft = talk.draft(`message ${sent.length}`);
        const { at } = valueOf(talk.write("bob", draft));
        sent.push({ at, content: draft.content });
        ids.push(draft);
        await talk.pass(HOUR);
        if (hour % 37 === 36) talk.crash();
      }
    };
    const shown = async (): Promise<string[]> => {
      const all: string[] = [];
      let cursor: string | undefined;
      do {
        const page = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
        const answer = await talk.conversation.history.messages("ann", page);
        const { messages, next_cursor } = JSON.parse(valueOf(answer)) as {
          messages: { content: string }[];
          next_cursor?: string;
        };
        all.unshift(...messages.map(({ content }) => content).toReversed());
        cursor = next_cursor;
      } while (cursor !== undefined);
      return all;
    };
    /** What is there is the newest of what was sent, without a hole, and nothing is much older than it may be. */
    const check = async (days: number): Promise<void> => {
      const there = await shown();
      expect(there).toEqual(sent.slice(sent.length - there.length).map(({ content }) => content));
      const oldest = sent.at(-there.length)?.at ?? 0;
      expect(talk.time.now() - oldest).toBeLessThanOrEqual((days + 1) * DAY + HOUR);
      expect(talk.time.now() - (sent.at(-there.length - 1)?.at ?? 0)).toBeGreaterThanOrEqual(days * DAY);
      expect(valueOf(talk.conversation.describe("ann")).own.unread).toBe(there.length);
      const floor = state(talk).retained_from ?? 1;
      expect(archive.log("c1").filter(({ seq }) => seq < floor)).toEqual([]);
      expect(talk.sql.all("SELECT last FROM blocks WHERE last < ?", floor)).toEqual([]);
    };
    await goOn(200);
    expect(state(talk).pruned_up_to).toBeGreaterThan(150);
    talk.conversation.duties.retain(5);
    await goOn(5);
    await check(5);
    await goOn(300);
    await check(5);
    talk.conversation.duties.retain(1);
    await goOn(5);
    await check(1);
    talk.crash();
    for (const draft of ids.slice(-20)) expect(valueOf(talk.write("bob", draft)).duplicate, draft.content).toBe(true);
    await talk.pass(10 * DAY);
    expect(await shown()).toEqual([]);
    await goOn(100);
    await check(1);
    expect(state(talk).pruned_up_to).toBeGreaterThan(500);
  });
});

describe("[RET-2] what is searched", () => {
  it("has nothing of what is gone, and no word of it is left in the index", async () => {
    const talk = new Talk();
    for (let i = 0; i < 400; i++) {
      valueOf(talk.send("bob", i < 300 ? `ancient word${i}` : `recent word${i}`));
      if (i === 299) await talk.pass(3 * DAY);
    }
    await talk.pass(60_000);
    expect(state(talk).indexed_up_to).toBeGreaterThan(200);
    const chunks = () =>
      talk.sql.all<{ n: number }>("SELECT rowid AS n FROM search_1 WHERE search_1 MATCH 'ancient'").map(({ n }) => n);
    expect(chunks().length).toBeGreaterThan(3);
    talk.conversation.duties.retain(2);
    await talk.pass(DAY / 2);
    expect(state(talk).retained_from).toBe(302);
    expect(chunks()).toEqual([]);
  });
});

describe("[HOLD-4] while there is a legal hold", () => {
  it("members do not see what is too old, operators do, and it goes when the hold is released", async () => {
    const talk = new Talk();
    talk.conversation.duties.placeHold(hold);
    const gone = valueOf(talk.send("bob", "deleted")).message_id;
    talk.do("bob", { op: "delete", message_id: gone });
    const id = valueOf(talk.send("bob", "old")).message_id;
    talk.do("bob", { op: "edit", message_id: id, content: "old, but edited" });
    await talk.pass(3 * DAY);
    valueOf(talk.send("bob", "new"));
    talk.conversation.duties.retain(2);
    await talk.pass(DAY / 2);
    expect(said(talk, "ann")).toEqual(["new"]);
    const held = (limit: number): HeldMessage[] => {
      const all: HeldMessage[] = [];
      let cursor: string | undefined;
      do {
        const page = talk.conversation.duties.heldPage({ limit, ...(cursor === undefined ? {} : { cursor }) });
        const answer = JSON.parse(valueOf(page)) as { held: HeldMessage[]; next_cursor?: string };
        all.push(...answer.held);
        cursor = answer.next_cursor;
      } while (cursor !== undefined);
      return all;
    };
    const shown = held(100);
    expect(shown.map(({ why, content }) => [why, content])).toEqual([
      ["deleted", "deleted"],
      ["edited", "old"],
      ["retention", "old, but edited"],
    ]);
    expect(held(1)).toEqual(shown);
    await talk.pass(30 * DAY);
    expect(rows(talk, "log")).toBeGreaterThan(5);
    talk.conversation.duties.releaseHold("h1");
    await talk.pass(DAY);
    expect(held(100)).toEqual([]);
    expect(rows(talk, "held")).toBe(0);
    expect(log(talk, "ann").length).toBe(rows(talk, "log"));
  });
});
