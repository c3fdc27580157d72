import { describe, expect, it } from "vitest";
import type { DeliveryAnswer } from "../../src/core/conversation/delivery.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { valueOf } from "./conversation-fixtures.ts";
import { crowdOf, MENTIONS, rests } from "./crowd-fixtures.ts";
import type { Crowd } from "./crowd-fixtures.ts";

describe("who is away and is mentioned", () => {
  const mention = async (crowd: Crowd, mentions: string[], ms = 1000): Promise<void> => {
    const { head } = crowd.talk.conversation;
    valueOf(crowd.talk.send("ann", "you", { mentions }, { ...NO_INBOX, head, flushed: head }));
    await crowd.talk.pass(ms);
  };

  it("is called at once, if he wants mentions or messages", async () => {
    const crowd = await crowdOf();
    await crowd.say("ann", 500);
    crowd.forget();
    await mention(crowd, ["cem", "dag", "eve", "bob"]);
    expect(crowd.talk.placesTo("cem")).toEqual([4]);
    expect(crowd.talk.placesTo("dag")).toEqual([3, 4]);
    expect(crowd.talk.to("eve")).toEqual([]);
    await crowd.talk.pass(60_000);
    expect(crowd.talk.to("cem").length + crowd.talk.to("dag").length).toBe(2);
    rests(crowd);
    crowd.forget();
    await crowd.say();
    expect(crowd.talk.to("dag")).toEqual([]);
  });

  it("everybody, in a group: those who want anything, at most every ten seconds", async () => {
    const crowd = await crowdOf();
    for (let i = 0; i < 5; i++) await mention(crowd, ["@all"]);
    await crowd.talk.pass(60_000);
    for (const user of ["cem", "dag"]) {
      expect(crowd.talk.placesTo(user)).toEqual([3, 4, 5, 6, 7]);
      expect(crowd.talk.to(user).length).toBe(2);
    }
    expect(crowd.talk.to("eve")).toEqual([]);
    rests(crowd);
  });

  it("in a channel by name only, and for nothing else is anybody called there who is away", async () => {
    const crowd = await crowdOf("channel");
    await crowd.say();
    await mention(crowd, ["@all"]);
    expect(new Set(crowd.talk.calls.map(({ user }) => user))).toEqual(new Set(["bob"]));
    await mention(crowd, ["dag", "eve"]);
    expect(crowd.talk.placesTo("dag")).toContain(5);
    expect(crowd.talk.to("eve")).toEqual([]);
    await crowd.talk.pass(60_000);
    rests(crowd);
    crowd.talk.crash();
    crowd.talk.evictSlices();
    crowd.forget();
    await mention(crowd, ["dag"]);
    await crowd.talk.pass(60_000);
    expect(crowd.talk.placesTo("dag")).toContain(6);
    expect(crowd.talk.to("dag").length).toBe(1);
    expect(crowd.talk.to("cem")).toEqual([]);
  });

  it.each(["group", "channel"] as const)(
    "in a %s is called after a crash before he was, and only then",
    async (type) => {
      const crowd = await crowdOf(type);
      await mention(crowd, ["dag"], 0);
      crowd.talk.crash();
      crowd.talk.evictSlices();
      crowd.forget();
      await crowd.talk.pass(60_000);
      expect(crowd.talk.placesTo("dag")).toContain(3);
      expect(crowd.talk.to("dag").length).toBe(1);
      rests(crowd);
      crowd.talk.crash();
      crowd.forget();
      await crowd.talk.conversation.onAlarm();
      await crowd.talk.pass(60_000);
      expect(crowd.talk.to("dag")).toEqual([]);
    },
  );

  it("and goes away before he has it, is called", async () => {
    const crowd = await crowdOf();
    crowd.wants.set("bob", MENTIONS);
    const late = Promise.withResolvers<DeliveryAnswer>();
    const { answer } = crowd.talk;
    crowd.talk.answer = async (user, delivery) => (user === "bob" ? late.promise : answer(user, delivery));
    await crowd.say("ann", 0);
    await mention(crowd, ["bob"], 0);
    crowd.talk.answer = answer;
    crowd.there.delete("bob");
    crowd.heads.set("bob", 3);
    late.resolve({ ...NO_INBOX, head: 3, flushed: 3, presence: { here: false, asOf: 1000, wants: MENTIONS } });
    await crowd.talk.pass(60_000);
    expect(crowd.heads.get("bob")).toBe(4);
    rests(crowd);
  });

  it("being far behind is brought the mention itself, with how things stood before it", async () => {
    const crowd = await crowdOf();
    for (let i = 0; i < LIMITS.deliverBatch + 5; i++) await crowd.say("ann", 10);
    await mention(crowd, ["dag"]);
    const { head } = crowd.talk.conversation;
    const [delivery] = crowd.talk.to("dag");
    expect(delivery?.base).toMatchObject({ head: head - LIMITS.deliverBatch, own: { unread: 7 } });
    expect(delivery?.entries.at(-1)).toMatchObject({ seq: head, mentions: ["dag"] });
  });
});
