import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { PushHome, reportOf } from "./push-home.ts";

const { pushGraceMs: GRACE, pushEveryMs: EVERY, pushLostMs: LOST } = LIMITS;

const away = async (): Promise<PushHome> => {
  const home = new PushHome();
  await home.register("phone");
  return home;
};

describe("what became of it", () => {
  const handed = async () => {
    const home = await away();
    await home.hears(1);
    await home.passes(GRACE + 10);
    const [job] = home.taken();
    if (!job) throw new Error("nothing was handed over");
    return { home, job };
  };

  it("later: tried again at its time, counted, and told with what came since", async () => {
    const { home, job } = await handed();
    const at = home.time.now() + 30_000;
    home.reports.pushed([reportOf(job, { is: "later", at, attempt: 4 })]);
    await home.hears(2);
    home.crash();
    await home.passes(29_000);
    expect(home.taken()).toEqual([]);
    await home.passes(2000);
    expect(home.taken()).toMatchObject([{ attempt: 4, note: { seq: 2, count: 2 } }]);
  });

  it("[PUSH-4] gone: the address is forgotten, unless it was registered anew since, and then it is tried", async () => {
    const { home, job } = await handed();
    await home.register("phone");
    home.reports.pushed([reportOf(job, { is: "gone" })]);
    expect(home.addresses.size).toBe(1);
    await home.passes(EVERY);
    const [again] = home.taken();
    expect(again?.note.seq).toBe(1);
    if (again) home.reports.pushed([reportOf(again, { is: "gone" })]);
    expect([home.addresses.size, home.stored()]).toEqual([0, null]);
    await home.passes(2 * LOST);
    expect(home.taken()).toEqual([]);
  });

  it("dead: not tried again until something new comes, or an operator wants it", async () => {
    const { home, job } = await handed();
    home.reports.pushed([reportOf(job, { is: "dead" })]);
    await home.passes(2 * LOST);
    expect(home.taken()).toEqual([]);
    home.reports.replay("phone", "c1");
    await home.passes(100);
    const [replayed] = home.taken();
    expect(replayed).toMatchObject({ attempt: 0, note: { seq: 1, count: 1, sender_id: "bob" } });
    if (replayed) home.reports.pushed([reportOf(replayed)]);
    home.reports.replay("phone", "c1");
    home.reports.replay("phone", undefined);
    home.reports.replay("phone", "nowhere");
    home.reads(1);
    await home.hears(2);
    await home.passes(EVERY);
    expect(home.taken().filter(({ note }) => note.type !== "read")).toMatchObject([{ note: { seq: 2, count: 1 } }]);
  });

  it("dead, on one of two devices: a replay is nothing to the other, and nothing when it was read", async () => {
    const { home, job } = await handed();
    home.reports.pushed([reportOf(job)]);
    await home.register("tablet");
    home.reports.replay("tablet", "c1");
    await home.passes(100);
    expect(home.taken()).toMatchObject([{ device: "tablet", note: { seq: 1 } }]);
    home.reads(1);
    await home.passes(LIMITS.inboxFlushMs);
    home.crash();
    home.reports.replay("phone", "c1");
    await home.passes(2 * LOST);
    expect(home.taken().filter(({ note }) => note.type !== "read")).toEqual([]);
  });

  it("[PUSH-10] taken: shown until it is read elsewhere, and then taken back, a few times at most", async () => {
    const { home, job } = await handed();
    home.reports.pushed([reportOf(job)]);
    home.reads(1);
    await home.passes(2100);
    for (let attempt = 1; attempt <= LIMITS.pushReadAttempts; attempt++) {
      const [back, ...more] = home.taken();
      expect([back?.note, more]).toMatchObject([{ type: "read", seq: 1, badge: 0 }, []]);
      expect(back).toMatchObject({ urgency: "low", ttlSeconds: LIMITS.pushReadTtlSeconds });
      if (back) home.reports.pushed([reportOf(back, { is: "later", at: home.time.now() + 1000, attempt })]);
      await home.passes(1000);
    }
    await home.passes(2 * LOST);
    expect(home.taken()).toEqual([]);
  });

  it("[PUSH-10] nothing is taken back where it was read, where a push must show something, or when only some of it was read", async () => {
    const home = await away();
    const keys = { p256dh: "", auth: "" };
    await home.register("mac", { kind: "webpush", endpoint: "https://web.push.apple.com/x", keys });
    await home.hears(1);
    await home.passes(GRACE + 10);
    home.shown();
    home.reads(1, "c1", "phone");
    await home.passes(2 * LOST);
    await home.hears(2);
    await home.hears(3);
    await home.passes(GRACE + 3000);
    home.shown();
    home.reads(2, "c1");
    await home.passes(2 * LOST);
    expect(home.taken()).toEqual([]);
  });

  it("[PUSH-10] what was shown is taken back from whoever was removed, and of somebody who was blocked", async () => {
    const { home, job } = await handed();
    await home.hears(1, { id: "c2", sender: "cem" });
    await home.passes(GRACE + 10);
    home.reports.pushed([job, ...home.taken()].map((one) => reportOf(one)));
    await home.hears(2, { meta: { left_at: home.time.now() } });
    const direct = home.row("c2");
    home.notices.end(direct);
    home.inbox.noted(direct);
    home.inbox.flush();
    await home.passes(3000);
    expect(home.taken().map(({ conversation, note }) => [conversation, note.type])).toEqual([
      ["c1", "read"],
      ["c2", "read"],
    ]);
  });
});
