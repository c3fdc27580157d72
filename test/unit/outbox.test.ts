import { describe, expect, it } from "vitest";
import type { DeliveryAnswer } from "../../src/core/conversation/delivery.ts";
import { newLine, Outbox } from "../../src/core/conversation/outbox.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";
import { settled, VirtualTime } from "./virtual-time.ts";

const NOTHING: DeliveryAnswer = NO_INBOX;
const gone = async (): Promise<DeliveryAnswer> => Promise.reject(new Error("the object is gone"));

/** Calls that hang until they are answered. */
const hanging = (talk: Talk): ((answer?: DeliveryAnswer) => void)[] => {
  const waiting: ((answer?: DeliveryAnswer) => void)[] = [];
  talk.answer = (_user, { after, entries }) =>
    new Promise((resolve) => {
      const head = after + entries.length;
      waiting.push((answer) => resolve(answer ?? { ...NOTHING, head, flushed: head }));
    });
  return waiting;
};

describe("the way to the members", () => {
  it("[DLV-2] each member is sent each entry once, in order, and the sender has it with his answer", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    for (let i = 0; i < 10; i++) {
      const { delivery } = talk.append("ann", [talk.draft()], { ...NOTHING, head: i === 0 ? 0 : i + 1 });
      expect(delivery?.entries.at(-1)?.seq).toBe(i + 2);
      await settled();
    }
    expect(talk.placesTo("bob")).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(talk.placesTo("cem")).toEqual(talk.placesTo("bob"));
    expect(talk.placesTo("ann")).toEqual([]);
  });

  it("what gathers while a call is under way travels together in the next", async () => {
    const talk = new Talk();
    const waiting = hanging(talk);
    for (let i = 0; i < 5; i++) valueOf(talk.send("ann"));
    expect(talk.placesTo("bob")).toEqual([1, 2]);
    waiting.shift()?.();
    await talk.time.pass(LIMITS.deliverOverlapMs + 100);
    expect(talk.to("bob").map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([
      [1, 2],
      [3, 4, 5, 6],
    ]);
  });

  it("a call that hangs holds back the next for a moment only, and a third until it ends", async () => {
    const talk = new Talk();
    hanging(talk);
    valueOf(talk.send("ann"));
    valueOf(talk.send("ann"));
    await talk.time.pass(LIMITS.deliverOverlapMs - 1);
    expect(talk.to("bob")).toHaveLength(1);
    await talk.time.pass(1);
    expect(talk.to("bob")).toHaveLength(2);
    valueOf(talk.send("ann"));
    await talk.time.pass(1000);
    expect(talk.to("bob")).toHaveLength(2);
  });

  it("[SEQ-3] a hole is filled from where the inbox stands", async () => {
    const talk = new Talk();
    for (let i = 0; i < 5; i++) valueOf(talk.send("ann"));
    await talk.pass(60_000);
    talk.calls.length = 0;
    const { answer } = talk;
    let lost = true;
    talk.answer = async (user, delivery) => {
      if (!lost) return answer(user, delivery);
      lost = false;
      return { ...NOTHING, head: 3, flushed: 3 };
    };
    valueOf(talk.send("ann"));
    await talk.time.pass(1000);
    expect(talk.placesTo("bob")).toEqual([7, 4, 5, 6, 7]);
  });

  it("[DLV-1] a member whose object fails is tried again, later and later, and gets everything", async () => {
    const talk = new Talk();
    const { answer } = talk;
    talk.answer = gone;
    valueOf(talk.send("ann"));
    await talk.pass(LIMITS.outboxAlarmMs - 1);
    const tries = talk.to("bob").length;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(12);
    await talk.pass(3_600_000);
    expect(talk.to("bob").length - tries).toBeLessThan(40);
    talk.calls.length = 0;
    talk.answer = answer;
    await talk.pass(LIMITS.outboxAlarmMaxMs);
    expect(new Set(talk.placesTo("bob"))).toEqual(new Set([1, 2]));
    expect(talk.alarmAt).toBeUndefined();
  });

  it("[DLV-1] what a crash interrupted is taken up by the alarm", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const { answer } = talk;
    hanging(talk);
    for (let i = 0; i < 3; i++) valueOf(talk.send("ann"));
    talk.crash();
    talk.answer = answer;
    talk.calls.length = 0;
    await talk.pass(LIMITS.outboxAlarmMs);
    for (const user of ["ann", "bob", "cem"]) {
      expect(talk.placesTo(user)).toEqual([1, 2, 3, 4]);
      expect(talk.to(user)[0]?.meta).toBeDefined();
    }
    expect(talk.alarmAt).toBeUndefined();
  });

  it("an inbox that has not written is asked to, once all is quiet", async () => {
    const talk = new Talk();
    talk.answer = async (_user, { after, entries, settle }) => {
      const head = after + entries.length;
      return { ...NOTHING, head, flushed: settle === true ? head : 0 };
    };
    valueOf(talk.send("ann"));
    await settled();
    expect(talk.to("bob").map(({ settle }) => settle)).toEqual([undefined]);
    await talk.pass(LIMITS.outboxAlarmMs);
    expect(talk.to("bob").map(({ settle }) => settle)).toEqual([undefined, true]);
    await talk.pass(10 * LIMITS.outboxAlarmMs);
    expect(talk.to("bob")).toHaveLength(2);
  });

  it("while people write, the alarm waits; afterwards it settles", async () => {
    const talk = new Talk();
    talk.answer = async (_user, { after, entries, settle }) => {
      const head = after + entries.length;
      return { ...NOTHING, head, flushed: settle === true ? head : 0 };
    };
    for (let i = 0; i < 100; i++) {
      valueOf(talk.send(i % 2 ? "ann" : "bob"));
      await talk.pass(1000);
    }
    expect(talk.calls.some(({ delivery }) => delivery.settle === true)).toBe(false);
    await talk.pass(2 * LIMITS.outboxAlarmMs);
    expect(talk.calls.some(({ delivery }) => delivery.settle === true)).toBe(true);
    expect(talk.alarmAt).toBeUndefined();
  });

  it("settles also after the clock was set back", async () => {
    const talk = new Talk();
    valueOf(talk.send("ann"));
    talk.time.jumpTo(talk.time.now() - 3_600_000);
    talk.alarmAt = undefined;
    await talk.conversation.onAlarm();
    expect(talk.to("ann").some(({ settle }) => settle === true)).toBe(true);
  });

  it("a reading that an inbox lost is told to it again, with exact counts", async () => {
    const talk = new Talk();
    for (let i = 0; i < 4; i++) valueOf(talk.send("ann"));
    await talk.pass(60_000);
    valueOf(talk.read("bob", 3));
    talk.calls.length = 0;
    await talk.pass(LIMITS.outboxAlarmMs);
    expect(talk.to("bob")).toMatchObject([{ after: 5, entries: [], settle: true, own: { read_up_to: 3, unread: 2 } }]);
    await talk.pass(60_000);
    expect(talk.to("bob")).toHaveLength(1);
  });

  it("so many calls are begun in one turn, and no member is forgotten", async () => {
    const members = Array.from({ length: LIMITS.plainGroupMembers }, (_, i) => `m${i}`);
    const talk = new Talk(members);
    const waiting = hanging(talk);
    valueOf(talk.send("m0"));
    expect(waiting).toHaveLength(LIMITS.startsPerTurn);
    await talk.time.pass(100);
    while (waiting.length > 0) {
      waiting.shift()?.();
      await talk.time.pass(1);
    }
    for (const member of members.slice(1)) expect(talk.placesTo(member)).toEqual([1, 2]);
  });

  it("at most so many calls are under way at once", async () => {
    const time = new VirtualTime();
    const lines = Array.from({ length: 10 }, () => newLine(0));
    const waiting: (() => void)[] = [];
    const outbox = new Outbox({
      clock: time,
      timers: time,
      random: () => 0.5,
      parallel: () => 4,
      restMs: () => 0,
      lines: () => lines,
      end: () => 1,
      news: () => "none",
      isSettled: (line) => line.sent === 1,
      durable: (line) => line.sent,
      compose: (_line, after) => ({ after, entries: ["one"] }),
      deliver: () => new Promise<{ head: number }>((resolve) => waiting.push(() => resolve({ head: 1 }))),
      answered: () => undefined,
      failed: () => undefined,
    });
    outbox.pump();
    let calls = 0;
    for (; waiting.length > 0; calls++) {
      expect(waiting.length).toBe(Math.min(4, lines.length - calls));
      waiting.shift()?.();
      await time.pass(1);
    }
    expect(calls).toBe(10);
    expect(outbox.settled).toBe(true);
  });

  it("long entries travel in several calls", async () => {
    const talk = new Talk();
    const { answer } = talk;
    talk.answer = gone;
    const content = "x".repeat(LIMITS.contentBytes);
    for (let i = 0; i < 100; i++) valueOf(talk.send("ann", content));
    talk.crash();
    talk.answer = answer;
    talk.calls.length = 0;
    await talk.pass(60_000);
    expect(talk.placesTo("bob")).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
    for (const { entries } of talk.to("bob")) {
      const length = entries.reduce((sum, { json }) => sum + json.length, 0);
      expect(length).toBeLessThanOrEqual(LIMITS.deliverBatchBytes);
    }
  });

  it("an outbox that nobody waits for holds no timer", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    valueOf(talk.send("ann"));
    valueOf(talk.read("bob", 2));
    await talk.pass(60_000);
    expect(talk.time.pending).toBe(0);
    expect(talk.alarmAt).toBeUndefined();
  });

  it("[CMD-5] typing reaches the others, and is not kept for whom it does not reach", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    const { answer } = talk;
    valueOf(talk.send("ann"));
    await talk.pass(60_000);
    talk.calls.length = 0;
    talk.conversation.typing("ann", "start");
    await settled();
    const frame = { type: "typing", conversation_id: "c1", user_id: "ann", state: "start" };
    for (const user of ["bob", "cem"])
      expect(talk.to(user).map(({ live }) => live?.map((text) => JSON.parse(text) as unknown))).toEqual([[frame]]);
    expect(talk.to("ann")).toEqual([]);
    talk.calls.length = 0;
    talk.answer = gone;
    talk.conversation.typing("ann", "stop");
    await settled();
    talk.answer = answer;
    await talk.pass(60_000);
    expect(talk.calls.filter(({ delivery }) => delivery.live).length).toBe(2);
    talk.conversation.typing("eve", "start");
    await settled();
    expect(talk.calls.filter(({ delivery }) => delivery.live).length).toBe(2);
  });
});
