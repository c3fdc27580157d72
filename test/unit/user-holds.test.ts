import { describe, expect, it } from "vitest";
import { Suspension } from "../../src/core/duties/suspension.ts";
import { UserHolds } from "../../src/core/duties/user-holds.ts";
import type { LegalHold } from "../../src/shared/protocol/http-admin.ts";
import { refuse } from "../../src/shared/result.ts";
import { userStore } from "./stores.ts";

const hold: LegalHold = {
  hold_id: "h1",
  user_id: "bob",
  reason: "r",
  placed_at: "2026-01-01T00:00:00.000Z",
  placed_by: "root",
};

const setUp = (sql = userStore()) => {
  const world = { list: ["c1", "c2"], down: new Set<string>(), held: new Set<string>(), waits: 0, now: 1000 };
  const tell = (id: string, change: () => void) => {
    if (world.down.has(id)) return Promise.reject(new Error("out of reach"));
    change();
    return Promise.resolve({ ok: true, value: true } as const);
  };
  const holds = new UserHolds({
    sql,
    clock: { now: () => world.now },
    conversations: () => world.list,
    place: (id) => tell(id, () => world.held.add(id)),
    release: (id) => tell(id, () => world.held.delete(id)),
    waits: () => world.waits++,
  });
  const ring = () => holds.ring((world.now = Math.max(world.now, holds.nextAt())));
  return { world, holds, ring, sql };
};

describe("[HOLD-2] a legal hold on a user", () => {
  it("is one on every conversation that he is in or was in, and on those that come later", async () => {
    const { world, holds, ring } = setUp();
    expect(holds.nextAt()).toBe(Infinity);
    expect(await holds.place(hold)).toBe(true);
    expect([...world.held]).toEqual(["c1", "c2"]);
    expect(holds.nextAt()).toBe(Infinity);
    world.list.push("c3");
    holds.began();
    expect(holds.nextAt()).toBeLessThan(Infinity);
    await ring();
    expect([...world.held]).toEqual(["c1", "c2", "c3"]);
    expect(holds.all()).toEqual([hold]);
    expect(await holds.release("h1")).toBe(true);
    expect(world.held.size).toBe(0);
    expect(holds.all()).toEqual([]);
    expect(await holds.release("h1")).toBe(true);
  });

  it("is told again to what was out of reach, in another life too", async () => {
    const first = setUp();
    first.world.down.add("c2");
    expect(await first.holds.place(hold)).toBe(false);
    expect([...first.world.held]).toEqual(["c1"]);
    const second = setUp(first.sql);
    second.world.down.add("c2");
    await second.ring();
    expect(second.holds.nextAt()).toBeGreaterThan(second.world.now);
    second.world.down.clear();
    await second.ring();
    // c1 knew already, and is not told again.
    expect([...second.world.held]).toEqual(["c2"]);
    expect(second.holds.nextAt()).toBe(Infinity);
    second.world.down.add("c2");
    expect(await second.holds.release("h1")).toBe(false);
    expect(second.holds.all()).toEqual([]);
    second.world.down.clear();
    await second.ring();
    expect(second.world.held.size).toBe(0);
  });

  it("is not told of what does not exist any more", async () => {
    const { world, holds } = setUp();
    world.list = [];
    expect(await holds.place(hold)).toBe(true);
    const other = new UserHolds({
      sql: userStore(),
      clock: { now: () => 0 },
      conversations: () => ["gone"],
      place: () => Promise.resolve(refuse("not_found", "no")),
      release: () => Promise.resolve(refuse("not_found", "no")),
      waits: () => undefined,
    });
    expect(await other.place(hold)).toBe(true);
  });
});

describe("[SUSP-1] a suspension", () => {
  it("is kept, says who did it first, and is lifted", () => {
    const sql = userStore();
    const suspension = new Suspension(sql, { now: () => 5 });
    expect(suspension.state).toBeUndefined();
    suspension.begin("root", "spam");
    suspension.begin("eve", "other");
    expect(suspension.state).toEqual({ at: 5, by: "root", reason: "spam" });
    expect(new Suspension(sql, { now: () => 6 }).state).toEqual({ at: 5, by: "root", reason: "spam" });
    suspension.lift();
    expect(suspension.state).toBeUndefined();
    expect(new Suspension(sql, { now: () => 6 }).state).toBeUndefined();
  });
});
