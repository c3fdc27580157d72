import { describe, expect, it } from "vitest";
import { Alarms } from "../../src/core/conversation/alarms.ts";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";

const DAY = 86_400_000;

describe("the one alarm", () => {
  const heard = (): { readonly alarms: Alarms; readonly set: number[] } => {
    const set: number[] = [];
    return { alarms: new Alarms((at) => set.push(at)), set };
  };

  it("only ever moves forward", () => {
    const { alarms, set } = heard();
    for (const at of [500, 900, 500, 300, 400]) alarms.by(at);
    expect(set).toEqual([500, 300]);
  });

  it("is set anew when it rang", () => {
    const { alarms, set } = heard();
    alarms.by(300);
    alarms.rang();
    alarms.by(900);
    expect(set).toEqual([300, 900]);
  });

  it("a promise to look after things is given once, and not put off by what happens later", () => {
    const { alarms, set } = heard();
    alarms.lookAfter(500);
    alarms.lookAfter(400);
    alarms.by(900);
    expect(set).toEqual([500]);
    alarms.rang();
    alarms.by(90_000);
    alarms.lookAfter(1000);
    expect(set).toEqual([500, 90_000, 1000]);
  });
});

describe("[DLV-1] what a crash leaves open is taken up, whatever else the alarm is set for", () => {
  /** Inboxes that write only when they are asked to. */
  const lazy = (talk: Talk): void => {
    talk.answer = async (_user, { after, entries, settle }) => {
      const head = after + entries.length;
      return { ...NO_INBOX, head, flushed: settle === true ? head : 0 };
    };
  };

  it("a message that is to be removed tomorrow", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    lazy(talk);
    valueOf(talk.send("ann", "hello", { expires_in: DAY / 1000 }));
    talk.crash();
    talk.calls.length = 0;
    await talk.pass(2 * LIMITS.outboxAlarmMs);
    expect(talk.placesTo("bob")).toEqual([1, 2]);
  });

  it("one that is written when all is settled, and one of long ago waits for its time", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    lazy(talk);
    valueOf(talk.send("ann", "hello", { expires_in: DAY / 1000 }));
    await talk.pass(60_000);
    valueOf(talk.send("ann"));
    talk.crash();
    talk.calls.length = 0;
    await talk.pass(2 * LIMITS.outboxAlarmMs);
    expect(talk.placesTo("bob")).toEqual([3]);
  });

  it("something that is scheduled by the first call after the crash", async () => {
    const talk = new Talk(["ann", "bob", "cem"]);
    lazy(talk);
    valueOf(talk.send("ann"));
    talk.crash();
    talk.calls.length = 0;
    valueOf(talk.conversation.agenda.schedule("ann", talk.draft("later"), talk.time.now() + DAY));
    await talk.pass(2 * LIMITS.outboxAlarmMs);
    expect(talk.placesTo("bob")).toEqual([1, 2]);
    await talk.pass(DAY);
    expect(talk.placesTo("bob")).toContain(3);
  });
});
