import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { deliveryOf, Home, message, META, settings, stateOf } from "./inbox-fixtures.ts";
import { settled } from "./virtual-time.ts";

/** What a promise has come to, without waiting for it. */
const outcome = async <T>(promise: Promise<T>): Promise<T | "pending"> => {
  await settled();
  return Promise.race([promise, Promise.resolve("pending" as const)]);
};

describe("from a conversation to the devices", () => {
  it("[EVT-7] a device that is connected learns what a new conversation is, before its entries", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob")]));
    expect(home.sockets.types()).toEqual(["conversation", "entries"]);
    expect(home.sockets.frames[0]).toMatchObject({ conversation: { conversation_id: "c1", head_seq: 1 } });
  });

  it("[EVT-7] a device that is connected learns of a new name", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob")]));
    await home.receive(deliveryOf([settings(2, "bob")], { meta: { ...META, name: "New" } }));
    expect(home.sockets.types()).toEqual(["conversation", "entries", "conversation", "entries"]);
    expect(home.sockets.frames[2]).toMatchObject({ conversation: { name: "New", head_seq: 2 } });
  });

  it("a message makes one frame, and it leaves before anything is written", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob")]));
    await home.time.pass(10_000);
    const before = home.sql.rowsWritten;
    let written = -1;
    home.sockets.frames.length = 0;
    home.sockets.onFrame = () => {
      written = home.sql.rowsWritten - before;
    };
    const answer = home.downlink.deliver(deliveryOf([message(2, "bob")]));
    expect(home.sockets.types()).toEqual(["entries"]);
    expect(home.sockets.frames[0]).toMatchObject({ head_seq: 2, rev: home.inbox.rev });
    expect(written).toBe(0);
    await home.time.pass(LIMITS.deliverLingerMs);
    expect(await answer).toEqual(stateOf({ head: 2, flushed: 2, read: 0, delivered: 0 }));
    expect(home.sql.rowsWritten - before).toBe(1);
  });

  it("in a quiet moment the answer waits for the device, and speaks for it", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob")]));
    await home.time.pass(10_000);
    const answer = home.downlink.deliver(deliveryOf([message(2, "bob")]));
    expect(await outcome(answer)).toBe("pending");
    home.downlink.acknowledge(home.row(), "phone", 2);
    expect(await outcome(answer)).toEqual(stateOf({ head: 2, flushed: 2, read: 0, delivered: 2 }));
    await home.time.pass(10_000);
    // Once is enough: no call of its own for what the answer has said.
    expect(home.reported).toEqual([]);
  });

  it("nobody waits for one's own message, nor without a socket", async () => {
    for (const [sender, devices] of [["ann", ["phone"]] as const, ["bob", []] as const]) {
      const home = new Home("ann", devices);
      await home.receive(deliveryOf([settings(1, "bob")]));
      await home.time.pass(10_000);
      expect(await outcome(home.downlink.deliver(deliveryOf([message(2, sender)])))).toMatchObject({ flushed: 2 });
    }
  });

  it("a nudge is answered as by somebody who is away, until his visit says otherwise", async () => {
    const home = new Home("ann", []);
    const large = { large: true, nudge: true };
    expect(await home.receive(deliveryOf([settings(1, "bob")], { large: true }))).toMatchObject({
      presence: { here: false },
    });
    expect(await home.receive(deliveryOf([message(2, "bob")], large))).toMatchObject({
      flushed: 2,
      presence: { here: false },
    });
    home.sockets.devices.push("phone");
    const answer = await home.receive(deliveryOf([message(3, "bob")], large));
    expect(answer).toMatchObject({ head: 3, flushed: 3 });
    expect(answer).not.toHaveProperty("presence");
    expect(home.row().away).toBe(true);
  });

  it("the next call releases the one that waits", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob")]));
    await home.time.pass(10_000);
    const first = home.downlink.deliver(deliveryOf([message(2, "bob")]));
    expect(await outcome(first)).toBe("pending");
    const second = home.downlink.deliver(deliveryOf([message(3, "bob")]));
    expect(await outcome(first)).toMatchObject({ head: 3, flushed: 3 });
    await home.time.pass(LIMITS.deliverLingerMs);
    expect(await second).toMatchObject({ head: 3 });
    expect(home.inbox.state("c1")).toMatchObject({ head: 3, flushed: 3 });
  });

  it("when things are busy nobody waits: the row is written, and reported, with the tick", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob")]));
    const before = home.sql.rowsWritten;
    for (let seq = 2; seq <= 20; seq++) {
      expect(await outcome(home.downlink.deliver(deliveryOf([message(seq, "bob")])))).toMatchObject({
        head: seq,
        flushed: 1,
      });
      home.downlink.acknowledge(home.row(), "phone", seq);
    }
    const devices = home.sql.rowsWritten - before;
    await home.time.pass(LIMITS.inboxFlushMs);
    expect(home.sql.rowsWritten - before - devices).toBe(1);
    expect(home.reported).toEqual(["c1"]);
    expect(home.inbox.state("c1")).toEqual(stateOf({ head: 20, flushed: 20, read: 0, delivered: 20 }));
    await home.time.pass(60_000);
    expect(home.reported).toEqual(["c1"]);
    expect(home.time.pending).toBe(0);
  });

  it("a report that does not get through is repeated, and not for ever", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob"), message(2, "bob")]));
    await home.time.pass(10_000);
    home.reachable = false;
    home.downlink.acknowledge(home.row(), "phone", 2);
    await home.time.pass(2 * LIMITS.inboxFlushMs);
    expect(home.reported.length).toBeGreaterThan(1);
    home.reachable = true;
    await home.time.pass(60_000);
    const told = home.reported.length;
    await home.time.pass(600_000);
    expect(home.reported).toHaveLength(told);
    home.reachable = false;
    await home.receive({ ...deliveryOf([message(3, "bob")]), settle: true });
    home.downlink.acknowledge(home.row(), "phone", 3);
    await home.time.pass(600_000);
    expect(home.reported.length - told).toBe(1 + LIMITS.reportRetries);
    expect(home.time.pending).toBe(0);
  });

  it("a settling call is answered only by what is written", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob")]));
    const settle = { after: 1, entries: [message(2, "bob")], settle: true };
    expect(await home.receive({ ...deliveryOf([]), ...settle })).toMatchObject({ flushed: 2 });
    home.crash();
    expect(home.inbox.state("c1")).toMatchObject({ head: 2, flushed: 2 });
  });

  it("a hole changes nothing, and tells where to send from", async () => {
    const home = new Home();
    await home.receive(deliveryOf([settings(1, "bob")]));
    home.sockets.frames.length = 0;
    const { rev } = home.inbox;
    expect(await home.receive(deliveryOf([message(3, "bob")]))).toMatchObject({ head: 1 });
    expect(home.sockets.frames).toEqual([]);
    expect(home.inbox.rev).toBe(rev);
  });

  it("a repeat is answered and nobody is told again", async () => {
    const home = new Home();
    const both = deliveryOf([settings(1, "bob"), message(2, "bob")]);
    await home.receive({ ...both, settle: true });
    const count = home.sockets.frames.length;
    const { rev } = home.inbox;
    expect(await home.receive({ ...both, settle: true })).toMatchObject({ head: 2, flushed: 2 });
    expect(home.sockets.frames).toHaveLength(count);
    expect(home.inbox.rev).toBe(rev);
  });

  it("[RCPT-7] what a device does not acknowledge is pushed once more, and once only", async () => {
    const home = new Home("ann", ["phone", "tablet"]);
    await home.receive({ ...deliveryOf([settings(1, "bob"), message(2, "bob")]), settle: true });
    home.downlink.acknowledge(home.row(), "phone", 2);
    await home.time.pass(LIMITS.repeatAfterMs - 1000);
    expect(home.repeated).toEqual([]);
    await home.time.pass(1000);
    expect(home.repeated).toEqual([{ device: "tablet", after: 0, until: 2 }]);
    expect(home.deaf).toEqual([]);
    await home.time.pass(LIMITS.repeatAfterMs);
    expect(home.deaf).toEqual(["tablet"]);
    await home.time.pass(10 * LIMITS.repeatAfterMs);
    expect(home.repeated).toHaveLength(1);
    expect(home.deaf).toEqual(["tablet"]);
    expect(home.time.pending).toBe(0);
    expect(home.time.pending).toBe(0);
  });

  it("[RCPT-7] nothing is pushed again to devices that acknowledged, or are gone", async () => {
    const home = new Home();
    await home.receive({ ...deliveryOf([settings(1, "bob"), message(2, "bob")]), settle: true });
    home.downlink.acknowledge(home.row(), "phone", 2);
    await home.time.pass(2 * LIMITS.repeatAfterMs);
    await home.receive({ ...deliveryOf([message(3, "bob")]), settle: true });
    home.sockets.devices = [];
    home.downlink.disconnected();
    await home.time.pass(2 * LIMITS.repeatAfterMs);
    expect(home.repeated).toEqual([]);
    expect(home.time.pending).toBe(0);
  });
});
