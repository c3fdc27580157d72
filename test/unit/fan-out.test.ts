import { describe, expect, it } from "vitest";
import type { DeliveryAnswer } from "../../src/core/conversation/delivery.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";
import { Crowd } from "./crowd-fixtures.ts";
import { settled } from "./virtual-time.ts";

const gone = async (): Promise<DeliveryAnswer> => Promise.reject(new Error("the object is gone"));

const CROWD = ["ann", "bob", "cem", "dag", "eve"];

describe("a large conversation", () => {
  it("tells those who are there, and does not call those who are not", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob", "cem"]);
    await crowd.say();
    crowd.forget();
    for (let i = 0; i < 5; i++) await crowd.say();
    expect(crowd.talk.placesTo("bob")).toEqual([3, 4, 5, 6, 7]);
    expect(crowd.talk.placesTo("cem")).toEqual([3, 4, 5, 6, 7]);
    for (const user of ["dag", "eve"]) expect(crowd.talk.to(user)).toEqual([]);
    expect(crowd.talk.conversation.deliveryState).toMatchObject({ members: 5, present: 3, slices: 1 });
  });

  it("remembers after a crash who is not there, once it was saved", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"]);
    await crowd.say();
    await crowd.talk.pass(60_000);
    crowd.talk.crash();
    crowd.talk.evictSlices();
    crowd.forget();
    await crowd.say();
    expect(crowd.talk.placesTo("bob")).toEqual([3]);
    for (const user of ["cem", "dag", "eve"]) expect(crowd.talk.to(user)).toEqual([]);
  });

  it("whoever comes back is told how things stand, and from then on what happens", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"]);
    for (let i = 0; i < 4; i++) await crowd.say();
    crowd.forget();
    crowd.there.add("dag");
    expect(valueOf(crowd.visit("dag")).view).toMatchObject({ head: 5, own: { unread: 4, read_up_to: 0 }, large: true });
    crowd.heads.set("dag", 5);
    await crowd.say();
    expect(crowd.talk.placesTo("dag")).toEqual([6]);
    expect(crowd.talk.placesTo("eve")).toEqual([]);
  });

  it("[SYNC-2] whoever asks is brought what he missed with the answer: the newest, up to the head", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"]);
    for (let i = 0; i < 4; i++) await crowd.say();
    crowd.heads.set("dag", 2);
    const missed = (user: string): number[] =>
      valueOf(crowd.visit(user, { live: false })).entries.map(({ seq }) => seq);
    expect(missed("dag")).toEqual([3, 4, 5]);
    expect(missed("ann")).toEqual([]);
    for (let i = 0; i < LIMITS.tailEntries; i++) await crowd.say("ann", 0);
    const { head } = crowd.talk.conversation;
    expect(missed("dag")).toEqual(
      Array.from({ length: LIMITS.tailEntries }, (_x, at) => head - LIMITS.tailEntries + 1 + at),
    );
    await crowd.talk.pass(60_000);
    const long = "x".repeat(LIMITS.tailBytes / 5);
    for (let i = 0; i < 6; i++)
      valueOf(crowd.talk.send("ann", long, {}, { ...NO_INBOX, head: head + i, flushed: head + i }));
    expect(missed("dag")).toEqual([head + 3, head + 4, head + 5, head + 6]);
    // Whoever left is given nothing of what came after.
    valueOf(crowd.talk.do("ann", { op: "remove", user_id: "dag" }));
    const left = crowd.talk.conversation.head;
    valueOf(crowd.talk.send("ann"));
    crowd.heads.set("dag", left - 2);
    expect(missed("dag")).toEqual([left - 1, left]);
  });

  it("that somebody is there again is durable at once: a crash makes nobody forget it", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"]);
    await crowd.say();
    await crowd.talk.pass(60_000);
    crowd.there.add("dag");
    valueOf(crowd.visit("dag"));
    crowd.heads.set("dag", 2);
    crowd.talk.crash();
    crowd.talk.evictSlices();
    crowd.forget();
    await crowd.say();
    expect(crowd.talk.placesTo("dag")).toContain(3);
  });

  it("whoever does not get the answer to his visit is brought what is in it by a line of his own", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"]);
    for (let i = 0; i < 4; i++) await crowd.say();
    crowd.there.add("dag");
    const had = crowd.heads.get("dag") ?? 0;
    valueOf(crowd.visit("dag"));
    crowd.talk.evictSlices();
    crowd.forget();
    await crowd.say();
    expect(crowd.heads.get("dag")).toBe(6);
    expect(new Set(crowd.talk.placesTo("dag"))).toEqual(
      new Set(Array.from({ length: 6 - had }, (_, i) => had + 1 + i)),
    );
    expect(crowd.talk.to("dag").length).toBeLessThan(5);
  });

  it("who only asks, and is not there, is told how things stand and nothing after it", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"]);
    await crowd.say();
    crowd.forget();
    expect(valueOf(crowd.visit("dag", { live: false })).view).toMatchObject({ head: 2 });
    await crowd.say();
    expect(crowd.talk.to("dag")).toEqual([]);
  });

  it("an answer from before the visit does not send him away again", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob", "dag"]);
    await crowd.say();
    const late = Promise.withResolvers<DeliveryAnswer>();
    const { answer } = crowd.talk;
    crowd.talk.answer = async (user, delivery) => (user === "dag" ? late.promise : answer(user, delivery));
    await crowd.say("ann", 0);
    valueOf(crowd.visit("dag", { asOf: 1000 }));
    late.resolve({ ...NO_INBOX, head: 2, flushed: 2, presence: { here: false, asOf: 999 } });
    await crowd.talk.pass(1000);
    crowd.talk.answer = answer;
    crowd.heads.set("dag", 3);
    crowd.forget();
    await crowd.say();
    expect(crowd.talk.placesTo("dag")).toContain(4);
  });

  it("a member whose object fails holds up nobody, is tried by himself, and gets everything", async () => {
    const crowd = new Crowd(CROWD, CROWD);
    await crowd.say();
    crowd.failing.add("bob");
    crowd.forget();
    for (let i = 0; i < 3; i++) await crowd.say();
    for (const user of ["cem", "dag", "eve"]) expect(crowd.talk.placesTo(user)).toEqual([3, 4, 5]);
    expect(crowd.talk.relays.at(-1)?.relay.members.map(([user]) => user)).not.toContain("bob");
    crowd.failing.clear();
    await crowd.talk.pass(LIMITS.outboxAlarmMaxMs);
    expect(crowd.heads.get("bob")).toBe(5);
    crowd.forget();
    await crowd.say();
    expect(crowd.talk.placesTo("bob")).toEqual([6]);
    expect(crowd.talk.relays.at(-1)?.relay.members.map(([user]) => user)).toContain("bob");
  });

  it("whom nobody reaches is shown as parked, and no longer when he is reached", async () => {
    const crowd = new Crowd(CROWD, CROWD);
    await crowd.say();
    crowd.failing.add("bob");
    await crowd.say("ann", 600_000);
    expect(crowd.talk.parked).toEqual(["bob"]);
    const { parked } = crowd.talk.conversation.deliveryState;
    expect(parked).toMatchObject([{ user_id: "bob", behind: 1 }]);
    expect(parked[0]?.failures).toBeGreaterThanOrEqual(LIMITS.parkedAfter);
    crowd.failing.clear();
    await crowd.talk.pass(2 * LIMITS.outboxAlarmMaxMs);
    expect(crowd.talk.conversation.deliveryState).toMatchObject({ behind: 0, parked: [] });
    expect(crowd.talk.alarmAt).toBeUndefined();
  });

  it("a slice that fails, or forgets, holds up nobody for long and loses nothing", async () => {
    const crowd = new Crowd(CROWD, CROWD);
    await crowd.say();
    const { answerRelay } = crowd.talk;
    crowd.talk.answerRelay = async () => Promise.reject(new Error("the slice is gone"));
    for (let i = 0; i < 3; i++) await crowd.say();
    crowd.talk.answerRelay = answerRelay;
    crowd.talk.evictSlices();
    await crowd.talk.pass(LIMITS.outboxAlarmMaxMs);
    for (const user of CROWD) expect(crowd.heads.get(user)).toBe(5);
    await crowd.talk.pass(2 * LIMITS.outboxAlarmMaxMs);
    expect(crowd.talk.alarmAt).toBeUndefined();
    expect(crowd.talk.time.pending).toBe(0);
  });

  it("slices have a size, and only those who are there take a place", async () => {
    const members = Array.from({ length: LIMITS.sliceMembers + 20 }, (_, i) => `m${i}`);
    const crowd = new Crowd(["ann", ...members, "away"], ["ann", ...members]);
    await crowd.say();
    await crowd.talk.pass(60_000);
    expect(crowd.talk.conversation.deliveryState).toMatchObject({ slices: 2, present: members.length + 1 });
    crowd.forget();
    await crowd.say();
    expect(crowd.talk.relays.map(({ relay }) => relay.members.length).toSorted((a, b) => a - b)).toEqual([
      21,
      LIMITS.sliceMembers,
    ]);
    for (const user of members) expect(crowd.heads.get(user)).toBe(3);
  });

  it("a newcomer is told from where he came in, and then by a slice as all the others", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob", "fay"]);
    for (let i = 0; i < 3; i++) await crowd.say();
    valueOf(crowd.talk.do("ann", { op: "add", user_ids: ["fay"] }));
    await crowd.talk.pass(2000);
    expect(crowd.talk.placesTo("fay")).toEqual([5]);
    expect(crowd.talk.to("fay")[0]).toMatchObject({ after: 4, base: { head: 4 }, large: true });
    await crowd.say();
    expect(crowd.talk.placesTo("fay")).toEqual([5, 6]);
  });

  it("[MEMB-7] who is removed is told so, though he is not there", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"]);
    await crowd.say();
    valueOf(crowd.talk.do("ann", { op: "remove", user_id: "dag" }));
    await crowd.say();
    await crowd.talk.pass(60_000);
    expect(crowd.heads.get("dag")).toBe(3);
    expect(crowd.talk.to("dag").at(-1)?.meta?.left_at).toBeDefined();
    expect(crowd.talk.alarmAt).toBeUndefined();
  });

  it("[CMD-5] typing is not told in it", async () => {
    const crowd = new Crowd(CROWD, CROWD);
    await crowd.say();
    crowd.forget();
    crowd.talk.conversation.typing("ann", "start");
    await settled();
    expect(crowd.talk.calls).toEqual([]);
  });

  it("a group that outgrows the others becomes one, and stays it", async () => {
    const members = Array.from({ length: LIMITS.plainGroupMembers }, (_, i) => `m${i}`);
    const talk = new Talk(members);
    valueOf(talk.send("m0"));
    await talk.pass(10_000);
    expect(talk.relays).toEqual([]);
    valueOf(talk.do("m0", { op: "add", user_ids: ["new"] }));
    await talk.pass(10_000);
    expect(talk.relays.length).toBeGreaterThan(0);
    expect(valueOf(talk.conversation.describe("m1")).large).toBe(true);
    valueOf(talk.do("m0", { op: "remove", user_id: "m9" }));
    talk.crash();
    expect(valueOf(talk.conversation.describe("m1")).large).toBe(true);
    talk.calls.length = 0;
    valueOf(talk.send("m0"));
    await talk.pass(60_000);
    expect(new Set(talk.placesTo("m1"))).toEqual(new Set([5]));
    expect(talk.placesTo("m9").filter((seq) => seq > 4)).toEqual([]);
  });
});

describe("[DLV-6] a conversation in which more is written than can be brought", () => {
  const members = ["ann", ...Array.from({ length: 19 }, (_, index) => `m${index}`)];
  const write = (talk: Talk) => talk.send("ann", "more", {}, { ...NO_INBOX, head: talk.conversation.head });

  const flood = (unreachable: boolean): Talk => {
    const talk = new Talk(members, { type: "group", name: "Flood" });
    talk.answer = () => (unreachable ? gone() : new Promise(() => undefined));
    for (let count = 0; count < LIMITS.swampedEntries - 1; count++) valueOf(write(talk));
    return talk;
  };

  it("admits nothing while most of the members are far behind, and says when to come back", () => {
    const talk = flood(false);
    for (let count = 0; count < 8; count++) write(talk);
    const refused = write(talk);
    expect(refused).toMatchObject({ ok: false, refusal: { code: "overloaded" } });
    expect(refused.ok ? 0 : refused.refusal.retry_after_ms).toBeGreaterThan(0);
    const { head } = talk.conversation;
    write(talk);
    expect(talk.conversation.head).toBe(head);
  });

  it("goes on when they cannot be reached: then nothing could be brought anyway", async () => {
    const talk = flood(true);
    await settled();
    for (let count = 0; count < 20; count++) valueOf(write(talk));
  });
});

describe("[CHAN-2] a channel", () => {
  it("is brought to those who have it open; the others ask", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"], "channel");
    await crowd.say();
    crowd.forget();
    await crowd.say();
    expect(crowd.talk.placesTo("bob")).toEqual([3]);
    expect(crowd.talk.to("cem")).toEqual([]);
    expect(valueOf(crowd.visit("cem", { live: false })).view).toMatchObject({ head: 3, own: { unread: 2 } });
    await crowd.say();
    expect(crowd.talk.to("cem")).toEqual([]);
    expect(valueOf(crowd.talk.read("cem", 4))).toMatchObject({ read_up_to: 4, unread: 0 });
  });

  it("counts no receipts", async () => {
    const crowd = new Crowd(CROWD, ["ann", "bob"], "channel");
    await crowd.say();
    valueOf(crowd.talk.read("bob", 2));
    await crowd.talk.pass(5000);
    expect(crowd.talk.calls.some(({ delivery }) => delivery.receipt)).toBe(false);
    const page = JSON.parse(valueOf(crowd.talk.conversation.history.messages("ann", {}))) as { messages: object[] };
    expect(page.messages[0]).not.toHaveProperty("receipts");
  });
});
