import { describe, expect, it } from "vitest";
import { Alarm } from "../../src/core/alarm.ts";
import { Presence } from "../../src/core/presence/presence.ts";
import type { Sighting } from "../../src/core/presence/presence.ts";
import type { Signs } from "../../src/core/presence/reach.ts";
import { Watchers } from "../../src/core/presence/watchers.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { userStore } from "./stores.ts";
import { VirtualTime } from "./virtual-time.ts";

/** A user whose devices come and go, and who is told of it. */
class Stage {
  readonly time = new VirtualTime();
  readonly sql = userStore();
  readonly devices = new Map<string, Signs>();
  readonly told: [user: string, online: boolean][] = [];
  readonly hidden = new Set<string>();
  readonly uninterested = new Set<string>();
  readonly unreachable = new Set<string>();
  lastSeen = 0;
  /** The object's alarm, which outlives its memory. */
  alarmAt = Infinity;
  alarm = new Alarm([], () => undefined);
  presence = this.wake();

  /** A new life: memory is gone, sockets stay. */
  wake(): Presence {
    const presence = new Presence({
      clock: this.time,
      timers: this.time,
      watchers: new Watchers(this.sql, this.time),
      signs: () => this.devices.values(),
      lastSeen: () => this.lastSeen,
      mayKnow: (user) => !this.hidden.has(user),
      tell: async (user, sighting) => {
        if (this.unreachable.has(user)) throw new Error("out of reach");
        this.told.push([user, sighting.online]);
        return !this.uninterested.has(user);
      },
      changed: () => this.alarm.changed(),
    });
    this.presence = presence;
    this.alarm = new Alarm([presence], (at) => (this.alarmAt = at));
    return presence;
  }

  connect(device: string, active = true): void {
    this.devices.set(device, { active, lastHeardAt: this.time.now(), deaf: false });
    this.presence.update();
  }

  close(device: string): void {
    this.devices.delete(device);
    this.lastSeen = this.time.now();
    this.presence.update();
  }

  /** As the object does it: the alarm rings when it is time. */
  async pass(ms: number): Promise<void> {
    const end = this.time.now() + ms;
    while (this.alarmAt <= end) {
      await this.time.pass(Math.max(this.alarmAt - this.time.now(), 0));
      this.alarmAt = Infinity;
      void this.alarm.ring(this.time.now());
      await this.time.pass(0);
    }
    await this.time.pass(end - this.time.now());
  }

  watchers(): string[] {
    return new Watchers(this.sql, this.time).ids();
  }
}

const online = ({ online: is }: Sighting): boolean => is;

describe("whether a user is there", () => {
  it("[PRES-1] is told to whoever asked, at once and whenever it changes", async () => {
    const stage = new Stage();
    expect(online(stage.presence.watch("bob"))).toBe(false);
    stage.connect("phone");
    await stage.pass(0);
    expect(stage.told).toEqual([["bob", true]]);
    expect(online(stage.presence.watch("carl"))).toBe(true);
    stage.close("phone");
    await stage.pass(LIMITS.presenceGraceMs);
    expect(stage.told.slice(1)).toEqual([
      ["bob", false],
      ["carl", false],
    ]);
  });

  it("[PRES-2] takes a device that is in use: one in the background is nobody", async () => {
    const stage = new Stage();
    stage.presence.watch("bob");
    stage.connect("desktop", false);
    await stage.pass(60_000);
    expect(stage.told).toEqual([]);
    stage.connect("desktop", true);
    await stage.pass(0);
    expect(stage.told).toEqual([["bob", true]]);
    stage.connect("desktop", false);
    await stage.pass(LIMITS.presenceGraceMs - 1);
    expect(stage.told).toHaveLength(1);
    await stage.pass(1);
    expect(stage.told).toEqual([
      ["bob", true],
      ["bob", false],
    ]);
  });

  it("[PRES-4] a connection that comes back within ten seconds was never gone", async () => {
    const stage = new Stage();
    stage.presence.watch("bob");
    stage.connect("phone");
    await stage.pass(0);
    for (let i = 0; i < 5; i++) {
      stage.close("phone");
      await stage.pass(LIMITS.presenceGraceMs - 1);
      stage.connect("phone");
      await stage.pass(1000);
    }
    expect(stage.told).toEqual([["bob", true]]);
  });

  it("[PRES-3] a device that vanishes without a word is gone within 90 s of when it was last heard", async () => {
    const stage = new Stage();
    stage.presence.watch("bob");
    stage.connect("phone");
    await stage.pass(0);
    // Heartbeats come for a while, and then no more.
    for (let i = 0; i < 10; i++) {
      await stage.pass(30_000);
      const signs = stage.devices.get("phone");
      if (signs) stage.devices.set("phone", { ...signs, lastHeardAt: stage.time.now() });
    }
    const heardAt = stage.time.now();
    expect(stage.told).toEqual([["bob", true]]);
    while (stage.told.length < 2) await stage.pass(100);
    expect(stage.told[1]).toEqual(["bob", false]);
    expect(stage.time.now() - heardAt).toBeLessThan(90_000);
    expect(stage.time.now() - heardAt).toBeGreaterThan(60_000);
  });

  it("costs nothing while nobody wants to know: no timer, no alarm", async () => {
    const stage = new Stage();
    stage.connect("phone");
    expect([stage.presence.nextAt(), stage.time.pending]).toEqual([Infinity, 0]);
    stage.close("phone");
    expect([stage.presence.nextAt(), stage.time.pending]).toEqual([Infinity, 0]);
    stage.presence.watch("bob");
    expect([stage.presence.nextAt(), stage.time.pending]).toEqual([Infinity, 0]);
  });

  it("a sleep in between changes nothing, and tells nobody again", async () => {
    const stage = new Stage();
    stage.presence.watch("bob");
    stage.connect("phone");
    await stage.pass(0);
    stage.wake();
    await stage.pass(1000);
    stage.connect("tablet");
    await stage.pass(1000);
    expect(stage.told).toEqual([["bob", true]]);
    stage.devices.clear();
    stage.presence.update();
    await stage.pass(LIMITS.presenceGraceMs);
    expect(stage.told.at(-1)).toEqual(["bob", false]);
  });

  it("a crash while he is there is told when the alarm rings: nobody shows him as there for ever", async () => {
    const stage = new Stage();
    stage.presence.watch("bob");
    stage.connect("phone");
    await stage.pass(0);
    stage.devices.clear();
    stage.wake();
    await stage.pass(LIMITS.presenceLeaseMs);
    expect(stage.told).toEqual([
      ["bob", true],
      ["bob", false],
    ]);
    stage.wake();
    await stage.pass(100_000);
    expect(stage.told).toHaveLength(2);
  });

  it("so is a crash in the ten seconds after he went, also when the alarm rang in them", async () => {
    const stage = new Stage();
    stage.presence.watch("bob");
    stage.connect("phone");
    // What waits for its time besides may ring just then.
    await stage.pass(LIMITS.presenceLeaseMs - LIMITS.presenceGraceMs / 2);
    stage.close("phone");
    await stage.pass(LIMITS.presenceGraceMs - 1);
    expect(stage.told).toEqual([["bob", true]]);
    // The timer of before is of a life that is over.
    stage.time.forget();
    stage.wake();
    await stage.pass(2 * LIMITS.presenceLeaseMs);
    expect(stage.told).toEqual([
      ["bob", true],
      ["bob", false],
    ]);
  });

  it("whoever does not want to know any more is not told again; whoever is out of reach is", async () => {
    const stage = new Stage();
    for (const user of ["bob", "carl", "dora"]) stage.presence.watch(user);
    stage.uninterested.add("bob");
    stage.unreachable.add("carl");
    stage.connect("phone");
    await stage.pass(0);
    expect(stage.watchers()).toEqual(["carl", "dora"]);
    stage.unreachable.clear();
    stage.close("phone");
    await stage.pass(LIMITS.presenceGraceMs);
    expect(stage.told.slice(-2)).toEqual([
      ["carl", false],
      ["dora", false],
    ]);
  });

  it("[PRES-5] who may not know is told that he is not there, and learns nothing when he comes", async () => {
    const stage = new Stage();
    stage.hidden.add("eve");
    stage.connect("phone");
    stage.lastSeen = 5;
    expect(stage.presence.watch("eve")).toMatchObject({ online: false });
    expect(stage.presence.watch("eve").lastSeen).toBeUndefined();
    expect(online(stage.presence.watch("bob"))).toBe(true);
    stage.close("phone");
    await stage.pass(LIMITS.presenceGraceMs);
    stage.connect("phone");
    await stage.pass(0);
    expect(stage.told.filter(([user]) => user === "eve")).toEqual([]);
  });

  it("[PRES-5] hiding is told as going, and showing oneself again as coming", async () => {
    const stage = new Stage();
    stage.connect("phone");
    for (const user of ["bob", "eve"]) stage.presence.watch(user);
    stage.hidden.add("eve");
    stage.presence.shownOtherwise("eve");
    await stage.pass(0);
    expect(stage.told).toEqual([["eve", false]]);
    stage.hidden.add("bob");
    stage.presence.shownOtherwise();
    await stage.pass(0);
    expect(stage.told.slice(1)).toEqual([
      ["bob", false],
      ["eve", false],
    ]);
    stage.hidden.clear();
    stage.presence.shownOtherwise();
    await stage.pass(0);
    expect(stage.told.slice(3)).toEqual([
      ["bob", true],
      ["eve", true],
    ]);
  });

  it("what changes while it is told is told after it", async () => {
    const stage = new Stage();
    stage.presence.watch("bob");
    const gate = Promise.withResolvers<void>();
    const seen: boolean[] = [];
    const presence = new Presence({
      clock: stage.time,
      timers: stage.time,
      watchers: new Watchers(stage.sql, stage.time),
      signs: () => stage.devices.values(),
      lastSeen: () => 0,
      mayKnow: () => true,
      tell: async (_user, sighting) => {
        seen.push(sighting.online);
        if (seen.length === 1) await gate.promise;
        return true;
      },
      changed: () => undefined,
    });
    stage.presence = presence;
    stage.connect("phone");
    await stage.time.pass(0);
    stage.close("phone");
    await stage.time.pass(LIMITS.presenceGraceMs);
    expect(seen).toEqual([true]);
    gate.resolve();
    await stage.time.pass(0);
    expect(seen).toEqual([true, false]);
  });
});

describe("who wants to know", () => {
  it("is kept on disk, for a time, and not written again until half of it is over", () => {
    const [sql, time] = [userStore(), new VirtualTime()];
    const watchers = new Watchers(sql, time);
    watchers.put("bob");
    const until = () => sql.all<{ until: number }>("SELECT until FROM watchers")[0]?.until;
    const first = until();
    time.jumpTo(time.now() + LIMITS.watchLeaseMs / 2 - 1);
    watchers.put("bob");
    expect(until()).toBe(first);
    time.jumpTo(time.now() + 2);
    watchers.put("bob");
    expect(until()).toBe(time.now() + LIMITS.watchLeaseMs);
    time.jumpTo(time.now() + LIMITS.watchLeaseMs);
    expect(new Watchers(sql, time).ids()).toEqual([]);
    expect(until()).toBeUndefined();
  });

  it("are so many at most: whoever asked longest ago makes room", () => {
    const [sql, time] = [userStore(), new VirtualTime()];
    const watchers = new Watchers(sql, time);
    for (let i = 0; i <= LIMITS.watchers; i++) {
      watchers.put(`u${i}`);
      time.jumpTo(time.now() + 1);
    }
    expect(watchers.size).toBe(LIMITS.watchers);
    expect([watchers.ids().includes("u0"), watchers.ids().includes("u1")]).toEqual([false, true]);
  });
});
