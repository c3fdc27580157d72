import { describe, expect, it } from "vitest";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { valueOf } from "./conversation-fixtures.ts";
import { Crowd, crowdOf, MENTIONS, MESSAGES, PEOPLE, rests } from "./crowd-fixtures.ts";

/** When a member was called, in ms after `from`. */
const timesOf = (crowd: Crowd): Map<string, number[]> => {
  const times = new Map<string, number[]>();
  const from = crowd.talk.time.now();
  const { answer } = crowd.talk;
  crowd.talk.answer = (user, delivery) => {
    times.set(user, [...(times.get(user) ?? []), crowd.talk.time.now() - from]);
    return answer(user, delivery);
  };
  return times;
};

describe("who is away and wants every message", () => {
  it("is brought the first after a pause at once, what comes within ten seconds with the next call, and nobody else is called", async () => {
    const crowd = await crowdOf();
    const times = timesOf(crowd);
    for (let i = 0; i < 100; i++) await crowd.say("ann", 600);
    await crowd.talk.pass(60_000);
    const called = times.get("cem") ?? [];
    expect(called[0]).toBeLessThan(100);
    expect(called.length).toBe(7);
    for (const [index, at] of called.entries())
      if (index > 0) expect(at - (called[index - 1] ?? 0)).toBeGreaterThanOrEqual(LIMITS.nudgeEveryMs);
    expect(crowd.talk.placesTo("cem")).toEqual(Array.from({ length: 100 }, (_, i) => i + 3));
    for (const delivery of crowd.talk.to("cem")) expect(delivery).toMatchObject({ large: true, nudge: true });
    expect(crowd.talk.to("dag")).toEqual([]);
    expect(crowd.talk.to("eve")).toEqual([]);
    expect(new Set(crowd.talk.placesTo("bob")).size).toBe(100);
    for (const delivery of crowd.talk.to("bob")) expect(delivery).not.toHaveProperty("nudge");
    rests(crowd);
  });

  it("what comes in his pause waits for the alarm, not for a timer", async () => {
    const crowd = await crowdOf();
    await crowd.say();
    await crowd.talk.pass(1000);
    await crowd.say();
    crowd.forget();
    await crowd.talk.pass(4000);
    expect(crowd.talk.time.pending).toBe(1);
    expect(crowd.talk.alarmAt).toBeDefined();
    expect(crowd.talk.to("cem")).toEqual([]);
    await crowd.talk.pass(4000);
    expect(crowd.talk.placesTo("cem")).toEqual([4]);
    await crowd.talk.pass(60_000);
    rests(crowd);
  });

  it("is not called for reactions, edits, members and reading; they come with the next message, or a deletion", async () => {
    const crowd = await crowdOf();
    const { message_id } = valueOf(crowd.talk.send("ann", "look", {}, { ...NO_INBOX, head: 2, flushed: 2 }));
    await crowd.talk.pass(60_000);
    crowd.forget();
    valueOf(crowd.talk.do("bob", { op: "react", message_id, emoji: "+1", on: true }));
    valueOf(crowd.talk.do("ann", { op: "edit", message_id, content: "look here" }));
    valueOf(crowd.talk.do("ann", { op: "add", user_ids: ["fay"] }));
    valueOf(crowd.talk.read("bob", 3));
    await crowd.talk.pass(60_000);
    expect(crowd.talk.to("cem")).toEqual([]);
    rests(crowd);
    valueOf(crowd.talk.do("ann", { op: "delete", message_id }));
    await crowd.talk.pass(60_000);
    expect(crowd.talk.placesTo("cem")).toEqual([4, 5, 6, 7]);
    rests(crowd);
  });

  it("is not called for what he writes himself", async () => {
    const crowd = await crowdOf();
    await crowd.say("cem", 0);
    crowd.heads.set("cem", 2);
    await crowd.talk.pass(60_000);
    expect(crowd.talk.to("cem")).toEqual([]);
    rests(crowd);
    await crowd.say();
    expect(crowd.talk.placesTo("cem")).toContain(4);
  });

  it("has all of it after more than one call holds", async () => {
    const crowd = await crowdOf();
    await crowd.say();
    for (let i = 0; i < 2 * LIMITS.deliverBatch + 50; i++) await crowd.say("ann", 10);
    await crowd.talk.pass(60_000);
    expect(crowd.heads.get("cem")).toBe(crowd.talk.conversation.head);
    rests(crowd);
  });

  it("when he is far behind is given how things stand, and the newest", async () => {
    const crowd = new Crowd(PEOPLE, ["ann", "bob"]);
    await crowd.say();
    for (let i = 0; i < LIMITS.deliverBatch; i++) await crowd.say("ann", 0);
    await crowd.talk.pass(60_000);
    crowd.forget();
    crowd.wants.set("eve", MESSAGES);
    // The answer that would bring his list up to date does not arrive.
    valueOf(crowd.visit("eve", { live: false, wants: MESSAGES }));
    await crowd.say();
    const { head } = crowd.talk.conversation;
    expect(crowd.talk.to("eve").at(-1)?.base).toMatchObject({ head: head - LIMITS.deliverBatch });
    expect(crowd.heads.get("eve")).toBe(head);
  });

  it("after a crash before he was called, the alarm finds what he lacks", async () => {
    const crowd = await crowdOf();
    await crowd.say("ann", 0);
    crowd.talk.crash();
    crowd.talk.evictSlices();
    crowd.forget();
    await crowd.talk.pass(60_000);
    expect(crowd.talk.placesTo("cem")).toEqual([3]);
    expect(crowd.talk.to("dag")).toEqual([]);
    rests(crowd);
  });

  it("after a crash in his pause too", async () => {
    const crowd = await crowdOf();
    await crowd.say("ann", 500);
    await crowd.say("ann", 7000);
    expect(crowd.talk.placesTo("cem")).toEqual([3]);
    crowd.forget();
    crowd.talk.crash();
    await crowd.talk.pass(60_000);
    expect(crowd.talk.placesTo("cem")).toContain(4);
    rests(crowd);
  });

  it("is not called again after a crash when it is known that he has everything", async () => {
    const crowd = await crowdOf();
    await crowd.say();
    await crowd.talk.pass(60_000);
    crowd.talk.crash();
    crowd.talk.evictSlices();
    crowd.forget();
    await crowd.talk.conversation.onAlarm();
    await crowd.talk.pass(60_000);
    expect(crowd.talk.calls).toEqual([]);
    rests(crowd);
  });

  it("who cannot be reached holds up nobody, is tried ever more rarely, and gets it", async () => {
    const crowd = await crowdOf();
    crowd.wish("eve", MESSAGES);
    crowd.failing.add("cem");
    await crowd.say();
    expect(crowd.talk.placesTo("eve")).toEqual([3]);
    await crowd.talk.pass(600_000);
    expect(crowd.talk.parked).toEqual(["cem"]);
    expect(crowd.talk.conversation.deliveryState.parked).toMatchObject([{ user_id: "cem", behind: 1 }]);
    expect(crowd.talk.to("cem").length).toBeLessThan(16);
    crowd.failing.clear();
    await crowd.talk.pass(2 * LIMITS.outboxAlarmMaxMs);
    expect(crowd.heads.get("cem")).toBe(3);
    rests(crowd);
  });

  it("a slice that is out of reach is called again when the pause is over", async () => {
    const crowd = await crowdOf();
    const { answerRelay } = crowd.talk;
    crowd.talk.answerRelay = async (slice, relay) => {
      if (slice < 0) throw new Error("the slice is gone");
      return answerRelay(slice, relay);
    };
    await crowd.say();
    crowd.talk.answerRelay = answerRelay;
    expect(crowd.talk.placesTo("bob")).toEqual([3]);
    await crowd.talk.pass(60_000);
    expect(crowd.talk.placesTo("cem")).toEqual([3]);
    rests(crowd);
  });

  it("they are called by slices, in a turn of their own", async () => {
    const members = Array.from({ length: LIMITS.sliceMembers + 20 }, (_, i) => `m${i}`);
    const crowd = new Crowd(["ann", ...members], ["ann"]);
    for (const user of members) crowd.wants.set(user, MESSAGES);
    await crowd.say();
    await crowd.talk.pass(60_000);
    crowd.forget();
    const { head } = crowd.talk.conversation;
    valueOf(crowd.talk.send("ann", "hello", {}, { ...NO_INBOX, head, flushed: head }));
    const called = () => crowd.talk.relays.map(({ slice }) => slice);
    expect(called()).toEqual([0]);
    await crowd.talk.pass(1000);
    expect(called()).toEqual([0, -1, -2]);
    await crowd.talk.pass(60_000);
    expect(called().filter((slice) => slice < 0)).toEqual([-1, -2]);
    expect(crowd.talk.calls.filter(({ user }) => user !== "ann").length).toBe(members.length);
    expect(crowd.talk.conversation.deliveryState).toMatchObject({ present: 1, behind: 0 });
    rests(crowd);
  });
});

describe("what somebody wants who is away", () => {
  it("is every message from when his mute is over, and not of what came before", async () => {
    const crowd = await crowdOf();
    crowd.wish("eve", { what: "mentions", until: crowd.talk.time.now() + 30_000 });
    await crowd.say();
    await crowd.talk.pass(60_000);
    expect(crowd.talk.to("eve")).toEqual([]);
    rests(crowd);
    crowd.talk.crash();
    await crowd.talk.conversation.onAlarm();
    await crowd.talk.pass(60_000);
    expect(crowd.talk.to("eve")).toEqual([]);
    await crowd.say();
    expect(crowd.talk.placesTo("eve")).toEqual([3, 4]);
  });

  it("ends with his coming back: then he is told as everybody who is there", async () => {
    const crowd = await crowdOf();
    await crowd.say("ann", 1000);
    crowd.there.add("cem");
    valueOf(crowd.visit("cem"));
    crowd.heads.set("cem", 3);
    crowd.forget();
    await crowd.say("ann", 1000);
    await crowd.say("ann", 1000);
    expect(crowd.talk.placesTo("cem")).toEqual([4, 5]);
    for (const delivery of crowd.talk.to("cem")) expect(delivery).not.toHaveProperty("nudge");
  });

  it("changes at once, and durably, when he says so", async () => {
    const crowd = await crowdOf();
    crowd.wish("cem");
    crowd.wish("eve", MESSAGES);
    crowd.talk.crash();
    crowd.forget();
    await crowd.say();
    expect(crowd.talk.to("cem")).toEqual([]);
    expect(crowd.talk.placesTo("eve")).toEqual([3]);
    crowd.wish("eve");
    crowd.forget();
    await crowd.talk.pass(LIMITS.nudgeEveryMs);
    await crowd.say();
    expect(crowd.talk.to("eve")).toEqual([]);
  });

  it("is what his last answer says", async () => {
    const crowd = await crowdOf();
    crowd.wants.delete("cem");
    await crowd.say();
    expect(crowd.talk.placesTo("cem")).toEqual([3]);
    await crowd.talk.pass(60_000);
    crowd.talk.crash();
    crowd.forget();
    await crowd.say();
    await crowd.talk.pass(60_000);
    expect(crowd.talk.to("cem")).toEqual([]);
  });

  it("an older word does not undo a later one", async () => {
    const crowd = await crowdOf();
    crowd.wish("cem");
    valueOf(crowd.visit("cem", { live: false, wants: MESSAGES, asOf: 0 }));
    await crowd.say();
    expect(crowd.talk.to("cem")).toEqual([]);
  });

  it("[I6] is nothing any more when he is removed", async () => {
    const crowd = await crowdOf();
    valueOf(crowd.talk.do("ann", { op: "remove", user_id: "cem" }));
    await crowd.talk.pass(60_000);
    const last = crowd.heads.get("cem");
    crowd.forget();
    await crowd.say();
    await crowd.talk.pass(60_000);
    expect(crowd.talk.to("cem")).toEqual([]);
    expect(last).toBe(3);
  });

  it("[DLV-6] thousands who are far behind do not make it refuse writes", async () => {
    const crowd = new Crowd(["ann", ...Array.from({ length: 40 }, (_, i) => `m${i}`)], ["ann"]);
    await crowd.say();
    for (let i = 0; i <= LIMITS.swampedEntries; i++) await crowd.say("ann", 1);
    for (let i = 0; i < 40; i++) crowd.wish(`m${i}`, MENTIONS);
    crowd.talk.answer = () => new Promise(() => undefined);
    crowd.forget();
    const { head } = crowd.talk.conversation;
    valueOf(crowd.talk.send("ann", "all", { mentions: ["@all"] }, { ...NO_INBOX, head, flushed: head }));
    await crowd.talk.pass(100);
    expect(crowd.talk.to("m0").length).toBe(1);
    for (let i = 0; i < 20; i++) await crowd.say("ann", 1);
  });
});
