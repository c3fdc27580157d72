import { describe, expect, test } from "vitest";
import { useServer } from "../support/target.ts";
import { delay, until, within } from "../support/wait.ts";

const target = useServer({ keep: "file" });

describe.concurrent("connections over a minute and a half", { timeout: 150_000 }, () => {
  test("[WS-5] a connection that is silent for 90 s is closed with 4400, and not earlier", async () => {
    const session = await (await target.person("ann")).connect();
    const opened = Date.now();
    const { code } = await within(session.closed, 130_000, "the close");
    expect(code).toBe(4400);
    expect(Date.now() - opened).toBeGreaterThan(85_000);
  });

  test("[WS-5] one that was heard once and then fell silent is closed too, 90 s after that", async () => {
    const session = await (await target.person("ann")).connect();
    await delay(10_000);
    await session.ping();
    const heardAt = Date.now();
    const { code } = await within(session.closed, 115_000, "the close");
    expect(code).toBe(4400);
    expect(Date.now() - heardAt).toBeGreaterThan(85_000);
  });

  test("[WS-4] one that sends nothing but ping every 30 s stays", async () => {
    const session = await (await target.person("bob")).connect();
    const opened = Date.now();
    while (Date.now() - opened < 115_000) {
      await delay(29_000);
      await session.ping();
    }
    expect(session.closedBy).toBeUndefined();
    await session.ask("sync", { type: "sync", since: 0 });
  });

  test("[RCPT-7] entries that a device does not acknowledge within 30 s are pushed once more, then no more", async () => {
    const { ann, bob, id } = await target.pair();
    const session = await bob.connect();
    const alive = setInterval(() => void session.ping().catch(() => undefined), 20_000);
    try {
      const { seq } = await ann.send(id, "did you get it?");
      const times = (): number =>
        session.all("entries").filter(({ entries }) => entries.some((entry) => entry.seq === seq)).length;
      await until("the first push", () => times() >= 1);
      await until("the second push", () => times() >= 2, 75_000, 500);
      await delay(35_000);
      expect(times()).toBe(2);
    } finally {
      clearInterval(alive);
    }
  });

  test("[RCPT-7] entries that were acknowledged are not pushed again", async () => {
    const { ann, bob, id } = await target.pair();
    const session = await bob.connect();
    const { seq } = await ann.send(id, "got it?");
    const holds = ({ entries }: { entries: { seq: number }[] }): boolean => entries.some((entry) => entry.seq === seq);
    await session.waitFor("entries", holds);
    session.tell({ type: "delivered", conversation_id: id, up_to: seq });
    for (let i = 0; i < 3; i++) {
      await delay(20_000);
      await session.ping();
    }
    expect(session.all("entries").filter(holds).length).toBe(1);
  });

  test("[CLOSE-2] a device that stopped reading is let go, and told to connect again", async () => {
    const { ann, bob, id } = await target.pair();
    const session = await bob.connect();
    const opened = Date.now();
    session.pause();
    // More than a mebibyte that nobody reads, and then longer silence than a heartbeat takes.
    for (let i = 0; i < 80; i++) await ann.send(id, "x".repeat(16_000));
    await delay(Math.max(0, opened + 40_000 - Date.now()));
    for (let i = 0; i < 80; i++) await ann.send(id, "y".repeat(16_000));
    session.resume();
    const { code } = await within(session.closed, 30_000, "the close");
    expect(code).toBe(4408);
  });

  test("[PRES-3] who vanishes without a word is offline within 90 s of his last heartbeat", async () => {
    const [ann, bob] = await target.people("ann", "bob");
    const [a, b] = [await ann.connect(), await bob.connect()];
    const alive = setInterval(() => void a.ping().catch(() => undefined), 20_000);
    try {
      a.tell({ type: "presence_subscribe", user_ids: [bob.userId] });
      await a.waitFor("presence", ({ status }) => status === "online");
      await delay(10_000);
      await b.ping();
      // From here on he neither reads nor answers, and nothing closes his connection.
      const heardAt = Date.now();
      b.pause();
      const gone = await a.waitFor("presence", ({ status }) => status === "offline", { timeoutMs: 95_000 });
      expect(Date.now() - heardAt).toBeLessThan(90_000);
      expect(Math.abs(Date.parse(gone.last_seen ?? "") - heardAt)).toBeLessThan(61_000);
    } finally {
      clearInterval(alive);
    }
  });

  test("[DEV-2] a connection that is dead and was never closed does not swallow the notification of its phone", async () => {
    const { ann, bob, id } = await target.pair();
    const desktop = await target.person("bob", { userId: bob.userId });
    const [phone, d] = [await bob.connect(), await desktop.connect()];
    const alive = setInterval(() => void d.ping().catch(() => undefined), 20_000);
    try {
      await phone.settle();
      phone.pause();
      const { seq } = await ann.send(id, "are you there?");
      await d.entry(id, seq);
      d.tell({ type: "delivered", conversation_id: id, up_to: seq });
      const status = async (device: string): Promise<string | undefined> =>
        (await desktop.rest.ok("listDevices")).devices.find(({ device_id }) => device_id === device)?.status;
      expect(await status(bob.deviceId)).toBe("active");
      // It was pushed to twice and said nothing: it is not reached, long before its silence is noticed.
      await until("the phone is unreachable", async () => (await status(bob.deviceId)) === "unreachable", 70_000, 500);
      expect(await status(desktop.deviceId)).toBe("active");
    } finally {
      clearInterval(alive);
    }
  });
});
