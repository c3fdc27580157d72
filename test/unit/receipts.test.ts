import { describe, expect, it } from "vitest";
import type { Delivery } from "../../src/core/conversation/delivery.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";
import { settled } from "./virtual-time.ts";

const framesOf = (deliveries: readonly Delivery[]): unknown[] =>
  deliveries.flatMap(({ receipt }) => (receipt ? [JSON.parse(receipt.frame) as unknown] : []));

describe("receipts", () => {
  it("[RCPT-1] in a direct conversation the author learns each watermark of the other", async () => {
    const talk = new Talk();
    valueOf(talk.send("ann"));
    await talk.pass(1000);
    valueOf(talk.delivered("bob", 2));
    await talk.pass(1000);
    valueOf(talk.read("bob", 2));
    await talk.pass(1000);
    expect(framesOf(talk.to("ann"))).toEqual([
      { type: "receipt", conversation_id: "c1", user_id: "bob", delivered_up_to: 2, read_up_to: 0 },
      { type: "receipt", conversation_id: "c1", user_id: "bob", delivered_up_to: 2, read_up_to: 2 },
    ]);
    expect(framesOf(talk.to("bob"))).toEqual([]);
  });

  it("[RCPT-1] watermarks only rise, and what does not rise tells nobody", async () => {
    const talk = new Talk();
    for (let i = 0; i < 4; i++) valueOf(talk.send("ann"));
    valueOf(talk.read("bob", 4));
    await settled();
    const told = framesOf(talk.to("ann")).length;
    expect(valueOf(talk.read("bob", 2))).toMatchObject({ read_up_to: 4, delivered_up_to: 4, unread: 1 });
    expect(valueOf(talk.delivered("bob", 3))).toMatchObject({ read_up_to: 4, delivered_up_to: 4 });
    await settled();
    expect(framesOf(talk.to("ann"))).toHaveLength(told);
  });

  it("[RCPT-5] an up_to beyond the head counts as the head, and not as what comes later", async () => {
    const talk = new Talk();
    valueOf(talk.send("ann"));
    expect(valueOf(talk.read("bob", 1000))).toMatchObject({ read_up_to: 2, delivered_up_to: 2, unread: 0 });
    valueOf(talk.send("ann"));
    expect(valueOf(talk.delivered("bob", 2))).toMatchObject({ read_up_to: 2, unread: 1 });
  });

  it("[RCPT-4] having read means having it delivered", () => {
    const talk = new Talk();
    valueOf(talk.send("ann"));
    expect(valueOf(talk.read("bob", 2)).delivered_up_to).toBe(2);
    talk.crash();
    expect(valueOf(talk.conversation.describe("bob")).delivered_up_to).toBe(2);
  });

  it("[RCPT-1] a delivered watermark that comes when all is settled outlasts the object's sleep", async () => {
    const talk = new Talk();
    valueOf(talk.send("ann"));
    await talk.pass(60_000);
    expect(talk.alarmAt).toBeUndefined();
    valueOf(talk.delivered("bob", 2));
    await talk.pass(60_000);
    expect(talk.alarmAt).toBeUndefined();
    talk.crash();
    expect(valueOf(talk.conversation.describe("bob")).delivered_up_to).toBe(2);
  });

  it("in a group the author of the newest message gets counts of the others", async () => {
    const talk = new Talk(["ann", "bob", "cem", "dag"]);
    valueOf(talk.send("ann"));
    valueOf(talk.delivered("bob", 2));
    await talk.pass(LIMITS.groupReceiptMs);
    valueOf(talk.read("cem", 2));
    await talk.pass(LIMITS.groupReceiptMs);
    expect(framesOf(talk.to("ann"))).toEqual([
      { type: "receipt", conversation_id: "c1", user_id: "ann", seq: 2, delivered: 1, read: 0, of: 3 },
      { type: "receipt", conversation_id: "c1", user_id: "ann", seq: 2, delivered: 2, read: 1, of: 3 },
    ]);
  });

  it("in a group counts come at most once a second, and the last one is right", async () => {
    const members = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const talk = new Talk(["ann", ...members]);
    valueOf(talk.send("ann"));
    for (const member of members) {
      valueOf(talk.read(member, 2));
      await talk.pass(100);
    }
    await talk.pass(LIMITS.groupReceiptMs);
    const frames = framesOf(talk.to("ann"));
    expect(frames.length).toBeLessThanOrEqual(6);
    expect(frames.at(-1)).toMatchObject({ delivered: 40, read: 40, of: 40 });
  });

  it("in a group counts go on after the clock was set back", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    valueOf(talk.send("ann"));
    valueOf(talk.read("bob", 2));
    talk.time.jumpTo(talk.time.now() - 3_600_000);
    valueOf(talk.read("cem", 2));
    await talk.time.pass(2 * LIMITS.groupReceiptMs);
    expect(framesOf(talk.to("ann")).at(-1)).toMatchObject({ read: 2 });
  });

  it("a receipt that could not be handed over goes with the next call", async () => {
    const talk = new Talk();
    const { answer } = talk;
    valueOf(talk.send("ann"));
    await settled();
    talk.answer = async () => Promise.reject(new Error("the object is gone"));
    valueOf(talk.read("bob", 2));
    await settled();
    talk.answer = answer;
    talk.calls.length = 0;
    await talk.pass(LIMITS.outboxAlarmMs);
    expect(framesOf(talk.to("ann")).at(-1)).toMatchObject({ read_up_to: 2 });
  });

  it("[RCPT-3] who has a message, and since when", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const { message_id } = valueOf(talk.send("ann"));
    const start = talk.time.now();
    await talk.pass(1000);
    valueOf(talk.delivered("bob", 2));
    await talk.pass(1000);
    valueOf(talk.read("bob", 2));
    const of = (page: object) =>
      JSON.parse(valueOf(talk.conversation.lists.receipts("ann", message_id, page))) as unknown;
    const iso = (ms: number): string => new Date(start + ms).toISOString();
    expect(of({})).toEqual({ receipts: [{ user_id: "bob", delivered_at: iso(1000), read_at: iso(2000) }] });
    valueOf(talk.read("cem", 2));
    const first = of({ limit: 1 }) as { receipts: unknown[]; next_cursor: string };
    expect(first.receipts).toHaveLength(1);
    expect(of({ limit: 1, cursor: first.next_cursor })).toEqual({
      receipts: [{ user_id: "cem", delivered_at: iso(2000), read_at: iso(2000) }],
    });
  });

  it("[RCPT-3] the time stays the first one, however many moves follow", async () => {
    const talk = new Talk();
    const { message_id } = valueOf(talk.send("ann"));
    const start = talk.time.now();
    valueOf(talk.read("bob", 2));
    for (let seq = 3; seq < 3 + LIMITS.receiptMoves / 2 - 1; seq++) {
      await talk.pass(1000);
      valueOf(talk.send("ann"));
      valueOf(talk.read("bob", seq));
    }
    const page = JSON.parse(valueOf(talk.conversation.lists.receipts("ann", message_id, {}))) as unknown;
    const at = new Date(start).toISOString();
    expect(page).toEqual({ receipts: [{ user_id: "bob", delivered_at: at, read_at: at }] });
  });
});
