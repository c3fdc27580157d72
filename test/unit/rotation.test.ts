import { describe, expect, it } from "vitest";
import { Alarms } from "../../src/core/conversation/alarms.ts";
import { broughtTo, mayGo, Rotation } from "../../src/core/conversation/rotation.ts";
import type { RotationFacts } from "../../src/core/conversation/rotation.ts";
import { Roster } from "../../src/core/conversation/roster.ts";
import { openTables } from "../../src/core/conversation/tables.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";
import { conversationStore, foundConversation } from "./stores.ts";

describe("whether the older generation may go", () => {
  const facts: RotationFacts = {
    last: 100,
    archived: 100,
    stale: undefined,
    brought: 100,
    holds: [100, Infinity],
    waiting: 0,
    entries: 50,
  };
  it.each<[string, Partial<RotationFacts>, boolean]>([
    ["all is archived and nobody needs it", {}, true],
    ["its last entry is not archived", { archived: 99 }, false],
    ["an entry of it changed since", { stale: 100 }, false],
    ["a later entry changed since", { stale: 101 }, true],
    ["somebody was not brought the last of it", { brought: 99 }, false],
    ["nobody is brought anything", { brought: Infinity }, true],
    ["somebody else holds it", { holds: [Infinity, 99] }, false],
    ["nobody else has a say", { holds: [] }, true],
    ["some of it waits to expire", { waiting: LIMITS.waitingKept }, true],
    ["much of it waits to expire", { waiting: LIMITS.waitingKept + 1 }, false],
    ["as much of a large one", { waiting: LIMITS.waitingKept + 1, entries: 10_000 }, true],
  ])("%s", (_when, change, may) => expect(mayGo({ ...facts, ...change })).toBe(may));
});

describe("up to where everybody was brought what there is", () => {
  const roster = (): Roster => {
    const sql = conversationStore();
    foundConversation(sql, ["ann", "bob", "cem"], 0);
    const members = new Roster(sql, "group", false);
    for (const member of members.all()) member.flushed = 10;
    return members;
  };

  it("is what the one has who has least", () => {
    const members = roster();
    const bob = members.get("bob");
    if (bob) bob.flushed = 4;
    expect(broughtTo(members)).toBe(4);
  });

  it("does not wait for whoever is away, nor for whoever cannot be reached for long", () => {
    const members = roster();
    const [bob, cem] = [members.get("bob"), members.get("cem")];
    if (bob) Object.assign(bob, { flushed: 4, away: true });
    if (cem) Object.assign(cem, { flushed: 3, failures: LIMITS.parkedAfter });
    expect(broughtTo(members)).toBe(10);
  });

  it("waits for whoever has left and does not know it, and keeps what is hidden from somebody until he sees what follows", () => {
    const members = roster();
    const [bob, cem] = [members.get("bob"), members.get("cem")];
    if (bob) bob.reach = 8;
    expect(broughtTo(members)).toBe(7);
    if (!cem) throw new Error("cem is no member");
    const meta = { type: "group", region: "local", created_at: 0, member_count: 2, role: "member" } as const;
    members.remove(cem, { seq: 6, at: 0, by: "ann", meta });
    expect(broughtTo(members)).toBe(5);
  });
});

const UNREAD = { head: 0, read: 0, delivered: 0, hidesReads: false, epoch: 1 };

describe("the generations change places", () => {
  /** A group with `count` messages, archived so far. */
  const archived = (count: number, horizon: { entries: number; ms: number; step?: number }) => {
    const talk = new Talk(["ann", "bob", "cem"]);
    for (let i = 0; i < count; i++) valueOf(talk.send("ann", `text ${i}`));
    const { sql, time } = talk;
    const { log } = openTables(sql);
    const members = new Roster(sql, "group", false);
    for (const member of members.all()) member.flushed = 1_000_000;
    let { seq: head } = log.head();
    sql.run("UPDATE conversation SET archived = ? WHERE one = 1", head);
    const alarms = new Alarms(() => undefined);
    const rotation = new Rotation({ sql, clock: time, log, alarms, roster: members, horizon, head: () => head });
    const more = (entries: number): void => {
      for (let i = 0; i < entries; i++) {
        const row = log.at(head);
        if (row) log.insert({ ...row, seq: ++head, client_id: null }, false);
      }
      sql.run("UPDATE conversation SET archived = ? WHERE one = 1", head);
    };
    return { sql, log, rotation, time, more, members };
  };
  const count = (sql: Talk["sql"], table: string): number =>
    sql.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`)[0]?.n ?? 0;

  it("when the newer one alone has enough, in number and in time", async () => {
    const { sql, log, rotation, time, more } = archived(9, { entries: 10, ms: 1000 });
    expect(rotation.step()).toBe("rests");
    await time.pass(1000);
    expect(rotation.step()).toBe("turned");
    expect([log.pruned, log.generations.newer, log.generations.first]).toEqual([0, "log_1", 11]);
    more(9);
    await time.pass(1000);
    expect(rotation.step()).toBe("rests");
    more(1);
    // Its first entry has the stamp of the one it was made of.
    expect(rotation.step()).toBe("turned");
    expect([log.pruned, log.generations.newer, log.generations.first]).toEqual([10, "log_0", 21]);
    expect(["log_0", "log_1", "kept", "blocks"].map((table) => count(sql, table))).toEqual([0, 10, 1, 1]);
    expect(openTables(sql).log.generations).toMatchObject({ pruned: 10, newer: "log_0", first: 21 });
  });

  it("in as many turns as its outlines take, and then at once", () => {
    const { sql, log, rotation, more } = archived(9, { entries: 10, ms: 0, step: 4 });
    expect(rotation.step()).toBe("turned");
    more(10);
    expect([1, 2, 3].map(() => rotation.step())).toEqual(["goes on", "goes on", "turned"]);
    expect([log.pruned, count(sql, "blocks")]).toEqual([10, 3]);
  });

  // Somebody who had left was brought it once more after a crash, with a last message that lay further back.
  it("and that everybody has what goes is on disk by then", () => {
    const { sql, rotation, more, members } = archived(9, { entries: 10, ms: 0 });
    rotation.step();
    more(10);
    for (const member of members.all()) members.confirm(member, { ...UNREAD, flushed: 2_000_000 });
    expect(rotation.step()).toBe("turned");
    expect([...new Roster(sql, "group", false).all()].map(({ flushed }) => flushed)).toEqual([
      2_000_000, 2_000_000, 2_000_000,
    ]);
  });

  it("with all that belongs to a table of the log: what is new has its indexes", () => {
    const { sql, rotation, more } = archived(9, { entries: 10, ms: 0 });
    const made = () =>
      sql.all("SELECT name, sql FROM sqlite_master WHERE tbl_name IN ('log_0', 'log_1') ORDER BY name");
    const before = made();
    rotation.step();
    more(10);
    rotation.step();
    expect(made()).toEqual(before);
    expect(before).toHaveLength(6);
  });

  it("not while others hold what would go", () => {
    const { log, rotation, more } = archived(9, { entries: 10, ms: 0 });
    rotation.step();
    more(10);
    let held = 9;
    rotation.holds.push(() => held);
    expect(rotation.step()).toBe("rests");
    held = 10;
    expect(rotation.step()).toBe("turned");
    expect(log.pruned).toBe(10);
  });

  it("and what goes costs a handful of rows", () => {
    const { sql, rotation, more } = archived(999, { entries: 1000, ms: 0 });
    rotation.step();
    more(1000);
    const before = sql.rowsWritten;
    expect(rotation.step()).toBe("turned");
    expect(sql.rowsWritten - before).toBeLessThanOrEqual(6);
  });
});
