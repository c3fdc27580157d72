import { describe, expect, test } from "vitest";
import { UpgradeRefused } from "../support/session.ts";
import { useServer } from "../support/target.ts";
import type { Person } from "../support/person.ts";
import { until, within } from "../support/wait.ts";

const target = useServer();

const devicesOf = async (person: Person) => (await person.rest.ok("listDevices")).devices;

/** The same user on two devices. */
const household = async () => {
  const phone = await target.person("ann");
  const laptop = await target.person("ann", { userId: phone.userId });
  return { phone, laptop };
};

describe("one's devices", () => {
  test("[DEV-1] [DEV-2] are registered when they first connect, with what they call themselves", async () => {
    const { phone, laptop } = await household();
    const before = Date.now() - 60_000;
    await phone.connect({ query: { name: "Ann’s phone 😀", platform: "Android" } });
    await laptop.connect({ query: { name: "Work" } });
    const devices = await devicesOf(laptop);
    expect(devices).toMatchObject([
      { device_id: phone.deviceId, name: "Ann’s phone 😀", platform: "Android", status: "active" },
      { device_id: laptop.deviceId, name: "Work", status: "active", current: true },
    ]);
    for (const { last_seen } of devices) expect(Date.parse(last_seen ?? "")).toBeGreaterThan(before);
    expect(devices[0]?.current).not.toBe(true);
  });

  test("[DEV-1] tell whether they are in use, and stay when they go offline", async () => {
    const { phone, laptop } = await household();
    const session = await phone.connect();
    session.tell({ type: "state", active: false });
    await session.settle();
    expect(await devicesOf(laptop)).toMatchObject([{ device_id: phone.deviceId, status: "idle" }]);
    await session.close();
    await until("offline", async () => (await devicesOf(laptop))[0]?.status === "offline");
  });

  test("[LIST-1] come in pages", async () => {
    const { phone, laptop } = await household();
    await phone.connect();
    await laptop.connect();
    const first = await phone.rest.ok("listDevices", { query: { limit: 1 } });
    expect(first.devices).toMatchObject([{ device_id: phone.deviceId }]);
    const second = await phone.rest.ok("listDevices", { query: { limit: 1, cursor: first.next_cursor } });
    expect(second.devices).toMatchObject([{ device_id: laptop.deviceId }]);
    expect(second.next_cursor).toBeUndefined();
    expect(await phone.rest.refused("listDevices", { query: { cursor: "x" } })).toMatchObject({ code: "bad_request" });
  });

  test("[ERR-1] a name that is too long is bad_request on the upgrade", async () => {
    const ann = await target.person("ann");
    const refused = await ann.connect({ query: { name: "x".repeat(129) } }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 400 });
  });
});

describe("a device that is removed", () => {
  test("[DEV-1] [CLOSE-3] is closed with 4501 and is not in the list any more; the others stay", async () => {
    const { phone, laptop } = await household();
    const [lost, kept] = [await phone.connect(), await laptop.connect()];
    await laptop.rest.ok("removeDevice", { params: { id: phone.deviceId } });
    expect((await within(lost.closed, 5000, "the close")).code).toBe(4501);
    expect((await devicesOf(laptop)).map((device) => device.device_id)).toEqual([laptop.deviceId]);
    await kept.settle();
  });

  test("[DEV-3] its token is refused from then on, for reading, writing and connecting", async () => {
    const { phone, laptop } = await household();
    const bob = await target.person("bob");
    await phone.connect();
    const { conversation_id: id } = await phone.direct(bob);
    const { seq } = await phone.send(id, "before");
    await laptop.rest.ok("removeDevice", { params: { id: phone.deviceId } });
    const calls = [
      phone.rest.refused("listMessages", { params: { id } }),
      phone.rest.refused("readLog", { params: { id } }),
      phone.rest.refused("listConversations"),
      phone.rest.refused("getMe"),
      phone.rest.refused("sync", { query: { since: 0 } }),
      phone.rest.refused("listDevices"),
      phone.rest.refused("markRead", { params: { id }, body: { up_to: seq } }),
      phone.rest.refused("setPreferences", { params: { id }, body: { pinned: true } }),
    ];
    for (const refused of await Promise.all(calls))
      expect(refused).toMatchObject({ status: 401, code: "unauthenticated" });
    await expect(phone.send(id, "after")).rejects.toThrow(/unauthenticated/);
    const upgrade = await phone.connect().catch((error: unknown) => error);
    expect(upgrade).toBeInstanceOf(UpgradeRefused);
    expect(upgrade).toMatchObject({ status: 401 });
    expect((await laptop.log(id)).length).toBe(seq);
    expect((await laptop.row(id)).pinned).not.toBe(true);
  });

  test("[DEV-3] may sign in anew as a new device; the old token stays refused", async () => {
    const { phone, laptop } = await household();
    const { conversation_id: id } = await phone.direct(await target.person("bob"));
    const session = await phone.connect();
    const { seq } = await phone.send(id, "hello");
    session.tell({ type: "delivered", conversation_id: id, up_to: seq });
    await session.settle();
    await laptop.rest.ok("removeDevice", { params: { id: phone.deviceId } });
    await session.closed;
    const anew = await target.person("ann", { userId: phone.userId, deviceId: phone.deviceId });
    const stale = await anew.connect({ since: 1 }).catch(() => undefined);
    // What it holds from before is told to be thrown away.
    if (stale) expect((await within(stale.closed, 5000, "the close")).code).toBe(4501);
    const fresh = await anew.connect({ since: 0 });
    const sync = await fresh.waitFor("sync");
    expect(sync.entries[id]?.map((entry) => entry.seq)).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
    expect(await phone.rest.refused("getMe")).toMatchObject({ code: "unauthenticated" });
  });

  test("[DEV-1] one that is not there is not_found, and nobody removes another's", async () => {
    const { phone } = await household();
    const eve = await target.person("eve");
    const session = await phone.connect();
    for (const [who, id] of [
      [phone, "nothing"],
      [eve, phone.deviceId],
    ] as const)
      expect(await who.rest.refused("removeDevice", { params: { id } })).toMatchObject({ code: "not_found" });
    await session.settle();
    await phone.rest.ok("removeDevice", { params: { id: phone.deviceId } });
    expect((await within(session.closed, 5000, "the close")).code).toBe(4501);
  });
});
