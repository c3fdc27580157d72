import { describe, expect, it } from "vitest";
import type { MemberView } from "../../src/core/conversation/delivery.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { deliveryOf, message, META } from "./inbox-fixtures.ts";
import { PushHome, reportOf } from "./push-home.ts";

const { pushGraceMs: GRACE, pushEveryMs: EVERY, pushLostMs: LOST, pushRetryMs: RETRY } = LIMITS;

/** Somebody with a phone that is pushed to, who is away. */
const away = async (): Promise<PushHome> => {
  const home = new PushHome();
  await home.register("phone");
  return home;
};

describe("what is handed over", () => {
  it("[PUSH-9] [PUSH-11] says of whom it is, how many there are, and what the icon shows", async () => {
    const home = await away();
    await home.hears(1, { meta: { type: "group", name: "Friends" } });
    await home.hears(2, { sender: "cem", mentions: ["ann"] });
    await home.hears(1, { id: "c2" });
    await home.passes(GRACE + 300);
    expect(home.taken()).toMatchObject([
      {
        user: "ann",
        device: "phone",
        conversation: "c1",
        collapse: "key of c1",
        urgency: "high",
        note: {
          type: "mention",
          seq: 2,
          count: 2,
          sender_id: "cem",
          sender_name: "CEM",
          conversation_name: "Friends",
          badge: 3,
        },
      },
      { conversation: "c2", urgency: "high", note: { type: "message", seq: 1, count: 1, sender_id: "bob", badge: 3 } },
    ]);
  });

  it("[PUSH-12] is urgent of direct messages and mentions only", async () => {
    const home = await away();
    await home.hears(1, { meta: { type: "group", name: "Friends" } });
    await home.passes(GRACE + 300);
    expect(home.taken()).toMatchObject([{ urgency: "normal", ttlSeconds: LIMITS.pushTtlSeconds }]);
  });

  it("[PUSH-9] says nothing of what was written, unless that is wanted, and then as it stands", async () => {
    const home = await away();
    await home.hears(1);
    await home.passes(GRACE + 300);
    expect(home.shown().map(({ note }) => note.preview)).toEqual([undefined]);
    home.previews = true;
    await home.hears(2);
    await home.passes(EVERY);
    expect(home.shown().map(({ note }) => note.preview)).toEqual(["2"]);
    const secret = message(3, "bob");
    await home.deliver(deliveryOf([{ ...secret, json: secret.json.replace('"text"', '"encrypted"') }]));
    await home.passes(EVERY);
    expect(home.shown().map(({ note }) => note.preview)).toEqual([undefined]);
    // Not the last of the list, and edited since: entries are kept for a device that has the others.
    home.acknowledges("phone", 3);
    const { json, ...own } = message(5, "ann");
    const edit = `{"kind":"edit","seq":6,"message_id":"E6","sender_id":"bob","target":"M${"4".padStart(25, "0")}","content":"four"}`;
    await home.deliver(
      deliveryOf([
        message(4, "bob"),
        { ...own, json },
        { ...message(6, "bob"), kind: "edit", target: { seq: 4, sender: "bob" }, json: edit },
      ]),
    );
    await home.passes(EVERY);
    expect(home.shown()).toMatchObject([{ note: { seq: 4, preview: "four" } }]);
  });

  it("does not wait for a name for more than a moment, and remembers those that it knows", async () => {
    const home = await away();
    home.askName = () => new Promise(() => undefined);
    await home.hears(1);
    await home.passes(GRACE + LIMITS.pushNameMs - 10);
    expect(home.shown()).toEqual([]);
    await home.passes(20);
    expect(home.shown()).toMatchObject([{ note: { sender_id: "bob", sender_name: undefined } }]);
    home.askName = async () => "Bob";
    for (const seq of [2, 3]) {
      await home.hears(seq);
      await home.passes(EVERY);
      expect(home.shown().map(({ note }) => note.sender_name)).toEqual(["Bob"]);
    }
    expect(home.asked).toEqual(["bob", "bob"]);
    home.askName = () => Promise.reject(new Error("out of reach"));
    await home.hears(4, { sender: "cem" });
    await home.passes(EVERY);
    expect(home.shown()).toMatchObject([{ note: { sender_id: "cem", sender_name: undefined } }]);
  });

  it("[PUSH-6] is nothing of what a device in use acknowledged, and then nothing is kept of it or waited for", async () => {
    const home = await away();
    home.connect("phone");
    const delivered = home.hears(1);
    home.acknowledges("phone", 1);
    await home.passes(1000);
    await delivered;
    expect([home.stored(), home.alarmAt]).toEqual([null, Infinity]);
    await home.passes(GRACE);
    expect(home.taken()).toEqual([]);
  });

  it("[PUSH-6] is nothing that was read, deleted or of somebody who was blocked before the grace was over", async () => {
    const home = await away();
    await home.hears(1);
    await home.hears(1, { id: "c2" });
    await home.hears(1, { id: "c3", sender: "cem" });
    await home.passes(GRACE - 500);
    home.reads(1);
    const gone = `{"kind":"delete","seq":2,"message_id":"D2","sender_id":"bob","target":"M"}`;
    const deletion = { ...message(2, "bob"), kind: "delete" as const, target: { seq: 1, sender: "bob" }, json: gone };
    await home.deliver(deliveryOf([deletion], { conversation_id: "c2" }));
    home.blocks.set("cem", true);
    await home.passes(2 * EVERY);
    expect(home.taken()).toEqual([]);
    expect(["c1", "c2", "c3"].map((id) => home.stored(id))).toEqual([null, null, null]);
  });

  it("[PUSH-7] is one alert of a conversation in ten seconds, which tells of all that came", async () => {
    const home = await away();
    for (let seq = 1; seq <= 100; seq++) {
      void home.hears(seq);
      await home.passes(600);
      for (const job of home.jobs) home.reports.pushed([reportOf(job)]);
    }
    await home.passes(2 * EVERY);
    const jobs = home.taken();
    expect(jobs.length).toBeLessThanOrEqual(7);
    expect(jobs.at(-1)?.note).toMatchObject({ seq: 100, count: 100, badge: 100 });
    const times = jobs.map(({ queuedAt }) => queuedAt);
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(EVERY);
  });

  it("[PUSH-8] waits for the end of the quiet hours, and moves with them", async () => {
    const home = await away();
    const midnight = { from: "00:00", until: "06:00", time_zone: "UTC" };
    home.profile.change({ notifications: { quiet_hours: midnight } });
    await home.hears(1);
    await home.hears(2, { mentions: ["ann"] });
    await home.passes(3_600_000);
    expect(home.taken()).toEqual([]);
    expect(home.alarmAt).toBe(Date.UTC(2026, 10, 22, 6));
    home.profile.change({ notifications: { quiet_hours: { ...midnight, until: "02:00" } } });
    home.notices.review();
    await home.passes(1000);
    expect(home.taken()).toEqual([]);
    await home.passes(3_600_000);
    expect(home.taken()).toMatchObject([
      { note: { type: "mention", seq: 2, count: 2 }, queuedAt: Date.UTC(2026, 10, 22, 2) },
    ]);
  });

  it("is at most so much in one turn; the rest follows at once", async () => {
    const home = await away();
    const count = LIMITS.pushPerRing + 20;
    for (let index = 0; index < count; index++) void home.hears(1, { id: `c${index}` });
    await home.passes(GRACE + 3000);
    const jobs = home.taken();
    expect(jobs.length).toBe(count);
    expect(new Set(jobs.map(({ note }) => note.badge))).toEqual(new Set([count]));
  });

  it("a test is sent to a device that has an address only", async () => {
    const home = await away();
    await home.hears(1);
    expect(await home.pusher.test("tablet")).toMatchObject({ refusal: { code: "not_found" } });
    expect(await home.pusher.test("phone")).toEqual({ ok: true, value: true });
    expect(home.taken()).toMatchObject([
      { device: "phone", ttlSeconds: 60, urgency: "high", note: { type: "test", badge: 1 } },
    ]);
    home.isQueueOpen = false;
    expect(await home.pusher.test("phone")).toMatchObject({ refusal: { code: "overloaded" } });
  });
});

describe("[PUSH-13] what is lost on the way", () => {
  it("a crash before the grace is over: the next life rings, also for what a connected device had not acknowledged", async () => {
    const home = await away();
    home.connect("phone");
    await Promise.all([home.hears(1), home.passes(1000)]);
    home.crash();
    await home.passes(GRACE);
    expect(home.taken()).toMatchObject([{ note: { seq: 1 } }]);
  });

  it("a crash while names are asked for: the alarm is still due", async () => {
    const home = await away();
    home.askName = () => new Promise(() => undefined);
    await home.hears(1);
    await home.passes(GRACE + 10);
    home.askName = async () => "Bob";
    home.crash();
    await home.passes(1000);
    expect(home.taken()).toMatchObject([{ note: { seq: 1 } }]);
  });

  it("a queue that takes nothing is asked again soon, one that answers nothing after a minute, with what is true then", async () => {
    const home = await away();
    home.isQueueOpen = false;
    await home.hears(1);
    await home.passes(GRACE + 10);
    home.isQueueOpen = true;
    await home.passes(2 * EVERY);
    expect(home.taken()).toMatchObject([{ note: { seq: 1, count: 1 } }]);
    await home.hears(2);
    await home.passes(LOST - EVERY - RETRY);
    expect(home.taken()).toEqual([]);
    await home.passes(EVERY);
    expect(home.taken()).toMatchObject([{ note: { seq: 2, count: 2 } }]);
  });

  it("what was handed over is on the disk as that, with the alarm that looks for it", async () => {
    const home = await away();
    await home.hears(1);
    await home.passes(GRACE + 10);
    const [job] = home.taken();
    home.crash();
    await home.passes(LOST - 100);
    expect(home.taken()).toEqual([]);
    await home.passes(200);
    expect(home.taken()).toMatchObject([{ note: { seq: 1 } }]);
    // The report of the first one is late, and as good.
    if (job) home.reports.pushed([reportOf(job), reportOf(job)]);
    await home.passes(3 * LOST);
    expect(home.taken()).toEqual([]);
  });
});

describe("what comes to somebody who is away, at once", () => {
  const jump = async (more: Partial<MemberView["own"]>, sender = "bob") => {
    const home = await away();
    await home.hears(1, { meta: { type: "group", name: "Friends" } });
    await home.passes(GRACE + EVERY);
    home.shown();
    const base: MemberView = {
      conversation_id: "c1",
      epoch: 1,
      head: 500,
      activity: home.time.now(),
      meta: { ...META, type: "group", name: "Friends" },
      own: { read_up_to: 0, unread: 499, mentions: 0, ...more },
      delivered_up_to: 0,
      last: { seq: 499, json: message(499, sender).json },
      large: true,
    };
    await home.deliver(deliveryOf([], { after: 500, base, large: true, nudge: true }));
    await home.passes(GRACE + 100);
    return home.taken();
  };

  it("is told by what it came to", async () => {
    expect(await jump({})).toMatchObject([
      { note: { type: "message", seq: 500, count: 499, sender_id: "bob", badge: 499 } },
    ]);
    expect(await jump({ mentions: 2 })).toMatchObject([{ urgency: "high", note: { type: "mention", seq: 500 } }]);
    expect(await jump({ unread: 0, read_up_to: 500 })).toMatchObject([{ note: { type: "read" } }]);
    expect(await jump({}, "ann")).toEqual([]);
  });
});

describe("what somebody who is away wants to be brought of a large conversation", () => {
  it("[PUSH-5] is what a device of his would be alerted of, and nothing without one", async () => {
    const home = new PushHome();
    await home.hears(1, { meta: { type: "group" } });
    const wants = () => home.notices.wants(home.row());
    expect(wants()).toBeUndefined();
    await home.register("phone");
    expect(wants()).toEqual({ what: "messages" });
    const until = home.time.now() + 60_000;
    home.inbox.setPreferences(home.row(), { muted_until: new Date(until).toISOString() });
    expect(wants()).toEqual({ what: "mentions", until });
    home.inbox.setPreferences(home.row(), { notify: "mentions" });
    expect(wants()).toEqual({ what: "mentions" });
    home.inbox.setPreferences(home.row(), { notify: "none" });
    expect(wants()).toBeUndefined();
    home.inbox.setPreferences(home.row(), { notify: "all", muted_until: null });
    const answer = await home.deliver(deliveryOf([message(2, "bob")], { large: true }));
    expect(answer.presence).toMatchObject({ here: false, wants: { what: "messages" } });
    home.connect("phone");
    const [there] = await Promise.all([
      home.deliver(deliveryOf([message(3, "bob")], { large: true, brief: true })),
      home.passes(1),
    ]);
    expect(there.presence).toMatchObject({ here: true });
    expect(there.presence?.wants).toBeUndefined();
    await home.hears(4, { meta: { type: "group", left_at: until } });
    expect(wants()).toBeUndefined();
  });
});
