import { describe, expect, it } from "vitest";
import { LegalHolds } from "../../src/core/duties/holds.ts";
import type { HoldWish } from "../../src/core/duties/holds.ts";
import { Policies, retainedBy } from "../../src/core/duties/policies.ts";
import { openStore } from "../../src/core/store.ts";
import type { LegalHold } from "../../src/shared/protocol/http-admin.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { codeOf, valueOf } from "./conversation-fixtures.ts";
import { NodeSql } from "./node-sql.ts";
import { DUTIES } from "./stores.ts";

const DONE = { ok: true, value: true } as const;
const wish = (hold_id: string, more: Partial<HoldWish> = {}): HoldWish => ({
  hold_id,
  conversation_id: "c1",
  reason: "case 7",
  ...more,
});

/** Conversations that may be out of reach. */
const setUp = (sql = openStore(new NodeSql(), DUTIES)) => {
  let now = 1_700_000_000_000;
  const told: string[] = [];
  const world = { answer: (): Promise<Result<true>> => Promise.resolve(DONE), told, waits: 0 };
  const tell = (what: string) => async (hold: LegalHold) => {
    const result = await world.answer();
    if (result.ok) told.push(`${what} ${hold.hold_id}`);
    return result;
  };
  const holds = new LegalHolds({
    sql,
    clock: { now: () => now },
    place: tell("place"),
    release: tell("release"),
    waits: () => world.waits++,
  });
  const shown = () => (JSON.parse(valueOf(holds.page({}))) as { holds: LegalHold[] }).holds;
  const ring = async () => holds.ring((now = Math.max(now, holds.nextAt())));
  return { holds, sql, told, world, shown, ring };
};

describe("[HOLD-1] legal holds", () => {
  it("are told before they are answered, once for each id, and listed until they are released", async () => {
    const { holds, told, shown } = setUp();
    const placed = valueOf(await holds.place(wish("h1"), "root"));
    expect(placed).toMatchObject({ created: true, hold: { hold_id: "h1", placed_by: "root", reason: "case 7" } });
    expect(valueOf(await holds.place(wish("h1"), "other"))).toEqual({ ...placed, created: false });
    expect(told).toEqual(["place h1"]);
    expect(shown()).toEqual([placed.hold]);
    expect(codeOf(await holds.place(wish("h1", { conversation_id: "c2" }), "root"))).toBe("conflict");
    expect(await holds.release("h1")).toEqual(DONE);
    expect(told).toEqual(["place h1", "release h1"]);
    expect(shown()).toEqual([]);
    expect(codeOf(await holds.release("h1"))).toBe("not_found");
    expect(holds.nextAt()).toBe(Infinity);
  });

  it("on what does not exist are none", async () => {
    const { holds, shown, world } = setUp();
    world.answer = () => Promise.resolve(refuse("not_found", "no"));
    expect(codeOf(await holds.place(wish("h1"), "root"))).toBe("not_found");
    expect(shown()).toEqual([]);
    expect(holds.nextAt()).toBe(Infinity);
  });

  it("that could not be told, or whose telling a crash ended, are told by the alarm", async () => {
    const first = setUp();
    first.world.answer = () => Promise.reject(new Error("out of reach"));
    await expect(first.holds.place(wish("h1"), "root")).rejects.toThrow("out of reach");
    expect(first.world.waits).toBeGreaterThan(0);
    expect(first.shown()).toHaveLength(1);
    // Another life, on the same disk.
    const second = setUp(first.sql);
    expect(second.holds.nextAt()).toBeLessThan(Infinity);
    await second.ring();
    expect(second.told).toEqual(["place h1"]);
    expect(second.holds.nextAt()).toBe(Infinity);
    second.world.answer = () => Promise.reject(new Error("out of reach"));
    await expect(second.holds.release("h1")).rejects.toThrow("out of reach");
    await second.ring();
    expect(second.told).toEqual(["place h1"]);
    second.world.answer = () => Promise.resolve(DONE);
    await second.ring();
    expect(second.told).toEqual(["place h1", "release h1"]);
    expect(second.holds.nextAt()).toBe(Infinity);
  });

  it("are told in the order in which they were decided", async () => {
    const { holds, told, world } = setUp();
    const gate = Promise.withResolvers<void>();
    world.answer = () => gate.promise.then(() => DONE);
    const both = Promise.all([holds.place(wish("h1"), "root"), holds.release("h1")]);
    world.answer = () => Promise.resolve(DONE);
    gate.resolve();
    await both;
    expect(told).toEqual(["place h1", "release h1"]);
  });
});

describe("[RET-1] policies of retention", () => {
  const policies = () => new Policies(openStore(new NodeSql(), DUTIES), { now: () => 0 });

  it("the narrowest counts, and of two that are as narrow the shorter one", () => {
    const all = policies();
    const of = (type: "group", region: string) => retainedBy(all.all(), type, region);
    expect(of("group", "eu")).toEqual({ watched: false });
    all.set({ type: "channel", days: 7, reason: "r" }, "root");
    expect(of("group", "eu")).toEqual({ watched: true });
    all.set({ days: 365, reason: "r" }, "root");
    expect(of("group", "eu").days).toBe(365);
    all.set({ region: "eu", days: 30, reason: "r" }, "root");
    expect(of("group", "eu").days).toBe(30);
    expect(of("group", "us").days).toBe(365);
    all.set({ type: "group", days: 90, reason: "r" }, "root");
    expect(of("group", "eu").days).toBe(30);
    expect(of("group", "us").days).toBe(90);
    all.set({ type: "group", region: "eu", days: 400, reason: "r" }, "root");
    expect(of("group", "eu").days).toBe(400);
    all.set({ type: "group", region: "eu", days: null, reason: "r" }, "root");
    expect(of("group", "eu").days).toBe(30);
  });

  it("are shown with who set them and why", () => {
    const all = policies();
    expect(all.all()).toEqual([]);
    all.set({ type: "direct", days: 10, reason: "law" }, "root");
    all.set({ type: "direct", days: 20, reason: "other law" }, "eve");
    expect(all.all()).toEqual([
      { type: "direct", days: 20, reason: "other law", set_by: "eve", set_at: "1970-01-01T00:00:00.000Z" },
    ]);
  });
});
