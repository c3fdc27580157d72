import { describe, expect, it } from "vitest";
import { participantOf } from "../../src/core/conversation/member.ts";
import type { Member } from "../../src/core/conversation/member.ts";
import { Roster } from "../../src/core/conversation/roster.ts";
import type { Sql } from "../../src/core/ports.ts";
import { stateOf } from "./inbox-fixtures.ts";
import { conversationStore, foundConversation } from "./stores.ts";

const AT = Date.UTC(2026, 10, 22);

const rosterOf = (sql: Sql): Roster => new Roster(sql, "group", false);

const memberOf = (roster: Roster, user: string): Member => {
  const member = roster.get(user);
  if (!member) throw new Error(`${user} is no member`);
  return member;
};

describe("the roster", () => {
  it("comes back as it was saved", () => {
    const sql = conversationStore();
    foundConversation(sql, ["ann", "bob", "cem"], AT);
    const roster = rosterOf(sql);
    const bob = memberOf(roster, "bob");
    roster.read(bob, 3, AT + 1);
    roster.delivered(bob, 5, AT + 2);
    roster.confirm(bob, stateOf({ head: 5, flushed: 4, read: 3, delivered: 5 }));
    roster.save();
    const again = memberOf(rosterOf(sql), "bob");
    expect(again).toMatchObject({ read: 3, delivered: 5, flushed: 4, readFlushed: 3, sent: 4 });
    expect(again.readMoves).toEqual([[3, AT + 1]]);
    expect(again.deliveredMoves.at(-1)).toEqual([5, AT + 2]);
    expect(memberOf(rosterOf(sql), "ann")).toMatchObject({ read: 0, delivered: 0, flushed: 0, role: "owner" });
  });

  it("without a save a read watermark is kept, with all that it implies, and the rest starts again", () => {
    const sql = conversationStore();
    foundConversation(sql, ["ann", "bob"], AT);
    const roster = rosterOf(sql);
    const bob = memberOf(roster, "bob");
    roster.read(bob, 3, AT);
    roster.confirm(bob, stateOf({ head: 3, flushed: 3, read: 3, delivered: 3 }));
    expect(memberOf(rosterOf(sql), "bob")).toMatchObject({
      read: 3,
      delivered: 3,
      flushed: 0,
      readFlushed: 0,
      sent: 0,
    });
  });

  it("is saved in one row, and only when something moved", () => {
    const sql = conversationStore();
    foundConversation(
      sql,
      Array.from({ length: 100 }, (_, i) => `m${i}`),
      AT,
    );
    const roster = rosterOf(sql);
    for (const member of roster.all()) roster.confirm(member, stateOf({ head: 1, flushed: 1, read: 0, delivered: 0 }));
    const before = sql.rowsWritten;
    roster.save();
    roster.save();
    expect(sql.rowsWritten - before).toBe(1);
  });

  it("what an inbox says never moves a position down", () => {
    const sql = conversationStore();
    foundConversation(sql, ["ann", "bob"], AT);
    const roster = rosterOf(sql);
    const bob = memberOf(roster, "bob");
    roster.confirm(bob, stateOf({ head: 9, flushed: 9, read: 4, delivered: 0 }));
    roster.confirm(bob, stateOf({ head: 2, flushed: 2, read: 5, delivered: 0 }));
    expect(bob).toMatchObject({ flushed: 9, readFlushed: 5, sent: 9 });
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("a user may be called %s", (name) => {
    const sql = conversationStore();
    foundConversation(sql, ["ann", name], AT);
    const roster = rosterOf(sql);
    const member = memberOf(roster, name);
    expect(member).toMatchObject({ read: 0, delivered: 0, flushed: 0 });
    roster.delivered(member, 1, AT);
    roster.confirm(member, stateOf({ head: 1, flushed: 1, read: 0, delivered: 1 }));
    roster.save();
    expect(memberOf(rosterOf(sql), name)).toMatchObject({ delivered: 1, flushed: 1 });
  });

  it("[MEMB-7] who was away and is removed is not away any more, also after a crash: that it ended is brought to him", () => {
    const sql = conversationStore();
    foundConversation(sql, ["ann", "bob", "cem"], AT);
    const roster = new Roster(sql, "group", true);
    const bob = memberOf(roster, "bob");
    roster.goAway(bob, { what: "messages" });
    roster.save();
    expect(memberOf(new Roster(sql, "group", true), "bob")).toMatchObject({ away: true, wants: { what: "messages" } });
    const meta = { type: "group", region: "local", created_at: AT, member_count: 2, role: "member" } as const;
    roster.remove(bob, { seq: 2, at: AT, by: "ann", meta });
    const [left] = new Roster(sql, "group", true).leaving();
    expect(left).toMatchObject({ user_id: "bob", away: false, wants: undefined });
  });

  it("pages follow the order of ids", () => {
    const sql = conversationStore();
    foundConversation(sql, ["dag", "bob", "ann", "cem"], AT);
    const roster = rosterOf(sql);
    expect(roster.page("", 3).map(({ user_id }) => user_id)).toEqual(["ann", "bob", "cem"]);
    expect(roster.page("cem", 3).map(participantOf)).toEqual([
      { user_id: "dag", role: "owner", joined_at: new Date(AT).toISOString() },
    ]);
  });

  it("remembers a bounded number of moves", () => {
    const sql = conversationStore();
    foundConversation(sql, ["ann", "bob"], AT);
    const roster = rosterOf(sql);
    const bob = memberOf(roster, "bob");
    for (let seq = 1; seq <= 1000; seq++) roster.read(bob, seq, AT + seq);
    expect(bob.readMoves.length).toBeLessThanOrEqual(16);
    expect(bob.deliveredMoves.length).toBeLessThanOrEqual(16);
    expect(bob.readMoves.at(-1)).toEqual([1000, AT + 1000]);
  });
});
