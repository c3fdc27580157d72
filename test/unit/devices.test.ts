import { describe, expect, it } from "vitest";
import { devicePage } from "../../src/core/inbox/device-page.ts";
import { Devices } from "../../src/core/inbox/devices.ts";
import { reachOf } from "../../src/core/presence/reach.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { valueOf } from "./conversation-fixtures.ts";
import { userStore } from "./stores.ts";
import { VirtualTime } from "./virtual-time.ts";

const drawer = () => {
  const [sql, time] = [userStore(), new VirtualTime()];
  const gone: string[] = [];
  const open = (): Devices => new Devices(sql, time, (id) => gone.push(id));
  const rows = (): number => sql.all("SELECT 1 FROM devices").length;
  return { sql, time, open, rows, gone };
};

const deviceOf = (devices: Devices, id: string) => devices.all().find(({ device_id }) => device_id === id);

describe("the devices of a user", () => {
  it("are there from their first connection, with what they call themselves, also after a sleep", () => {
    const { open, time } = drawer();
    const devices = open();
    devices.register("phone", { name: "Ann's phone", platform: "Android" });
    time.jumpTo(time.now() + 5);
    devices.register("laptop", {});
    const shown = [
      { device_id: "phone", name: "Ann's phone", platform: "Android", since: 0 },
      { device_id: "laptop", since: 0 },
    ];
    expect(devices.all()).toMatchObject(shown);
    expect(open().all()).toMatchObject(shown);
  });

  it("keep their name when they do not say it again, and take a new one", () => {
    const { open } = drawer();
    const devices = open();
    devices.register("phone", { name: "old", platform: "iOS" });
    devices.register("phone");
    expect(deviceOf(devices, "phone")).toMatchObject({ name: "old", platform: "iOS" });
    devices.register("phone", { name: "new" });
    expect(deviceOf(devices, "phone")).toMatchObject({ name: "new", platform: "iOS" });
  });

  it("are new until they acknowledge something", () => {
    const { open } = drawer();
    const devices = open();
    devices.register("phone");
    expect(devices.isKnown("phone")).toBe(false);
    devices.acknowledged("phone");
    devices.acknowledged("never-connected");
    for (const each of [devices, open()])
      expect([each.isKnown("phone"), each.isKnown("never-connected"), each.isKnown("other")]).toEqual([
        true,
        true,
        false,
      ]);
  });

  it("were last seen about when they were: a minute more or less is not worth a row", () => {
    const { open, time } = drawer();
    const devices = open();
    devices.register("phone");
    const start = time.now();
    devices.seen("phone", start + LIMITS.lastSeenStepMs - 1);
    expect(devices.lastSeen).toBe(start);
    devices.seen("phone", start + LIMITS.lastSeenStepMs);
    devices.seen("unknown", start + 10 * LIMITS.lastSeenStepMs);
    expect(open().lastSeen).toBe(start + LIMITS.lastSeenStepMs);
  });

  it("that are removed are gone, and what was issued to them before is refused for good", () => {
    const { open, time } = drawer();
    const devices = open();
    devices.register("phone", { name: "lost" });
    devices.acknowledged("phone");
    expect(devices.admits("phone", 0)).toBe(true);
    expect(devices.remove("phone")).toBe(true);
    expect(devices.remove("phone")).toBe(false);
    const removedAt = time.now();
    for (const each of [devices, open()]) {
      expect(each.all()).toEqual([]);
      expect(each.isKnown("phone")).toBe(false);
      expect(each.wasRemoved("phone")).toBe(true);
      expect([0, removedAt - 1, removedAt, removedAt + 1].map((at) => each.admits("phone", at))).toEqual([
        false,
        false,
        false,
        true,
      ]);
    }
    devices.register("phone");
    expect(deviceOf(devices, "phone")).toMatchObject({ since: 0 });
    expect(deviceOf(devices, "phone")?.name).toBeUndefined();
    expect(devices.admits("phone", removedAt)).toBe(false);
  });

  it("are not without number: of too many the one that was not used for the longest time is forgotten", () => {
    const { open, time, rows } = drawer();
    const devices = open();
    for (let i = 0; i < LIMITS.devices; i++) {
      devices.register(`d${i}`);
      time.jumpTo(time.now() + LIMITS.lastSeenStepMs);
    }
    devices.seen("d0", time.now());
    devices.register("one more");
    expect(devices.all().length).toBe(LIMITS.devices);
    expect(
      [deviceOf(devices, "d0"), deviceOf(devices, "d1"), deviceOf(devices, "one more")].map((one) => one !== undefined),
    ).toEqual([true, false, true]);
    expect(rows()).toBe(LIMITS.devices);
    expect(open().all()).toEqual(devices.all());
  });

  it("take with them what else is known of them: removed, or too many", () => {
    const { open, time, gone } = drawer();
    const devices = open();
    for (let i = 0; i <= LIMITS.devices; i++) {
      devices.register(`d${i}`);
      time.jumpTo(time.now() + 1);
    }
    expect(devices.remove("d5")).toBe(true);
    expect(devices.remove("d5")).toBe(false);
    expect(gone).toEqual(["d0", "d5"]);
  });

  it("that were removed are remembered up to a number", () => {
    const { open, time, rows } = drawer();
    const devices = open();
    for (let i = 0; i <= LIMITS.removedDevices; i++) {
      devices.register(`d${i}`);
      devices.remove(`d${i}`);
      time.jumpTo(time.now() + 1);
    }
    expect(rows()).toBe(LIMITS.removedDevices);
    expect([devices.admits("d0", 1), devices.admits("d1", 1)]).toEqual([true, false]);
  });

  it("[DEV-1] are listed by pages, with whether they can be reached and which one asks", () => {
    const { open, time } = drawer();
    const devices = open();
    for (const id of ["a", "b", "c", "d"]) devices.register(id);
    const now = time.now() + 100_000;
    const signs = { active: true, lastHeardAt: now - 5, deaf: false };
    const connected = new Map([
      ["a", signs],
      ["b", { ...signs, active: false }],
      ["c", { ...signs, deaf: true }],
    ]);
    const listing = { devices: devices.all(), connected, current: "b", now };
    const shown: object[] = [];
    for (let cursor: string | undefined; ;) {
      const page = JSON.parse(valueOf(devicePage(listing, { limit: 3, ...(cursor ? { cursor } : {}) }))) as {
        devices: object[];
        next_cursor?: string;
      };
      shown.push(...page.devices);
      cursor = page.next_cursor;
      if (cursor === undefined) break;
    }
    const heard = new Date(now - 5).toISOString();
    expect(shown).toEqual([
      { device_id: "a", status: "active", last_seen: heard },
      { device_id: "b", status: "idle", last_seen: heard, current: true },
      { device_id: "c", status: "unreachable", last_seen: heard },
      { device_id: "d", status: "offline", last_seen: new Date(time.now()).toISOString() },
    ]);
  });
});

describe("how a device can be reached", () => {
  const now = 1_000_000;
  const lease = LIMITS.presenceLeaseMs;
  it.each([
    [undefined, "offline"],
    [{ active: true, lastHeardAt: now, deaf: false }, "active"],
    [{ active: true, lastHeardAt: now - lease + 1, deaf: false }, "active"],
    [{ active: true, lastHeardAt: now - lease, deaf: false }, "unreachable"],
    [{ active: false, lastHeardAt: now, deaf: false }, "idle"],
    [{ active: false, lastHeardAt: now - lease, deaf: false }, "unreachable"],
    [{ active: true, lastHeardAt: now, deaf: true }, "unreachable"],
    [{ active: false, lastHeardAt: now, deaf: true }, "unreachable"],
  ] as const)("%j is %s", (signs, reach) => {
    expect(reachOf(signs, now)).toBe(reach);
  });
});
