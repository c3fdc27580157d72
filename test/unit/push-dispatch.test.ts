import { describe, expect, it } from "vitest";
import type { BatchSummary } from "../../src/core/push/batch-summary.ts";
import { Dispatch } from "../../src/core/push/dispatch.ts";
import type { DispatchDeps } from "../../src/core/push/dispatch.ts";
import type { Admission, Answered } from "../../src/core/push/gate.ts";
import type { DeadLetter, PushJob, PushOutcome, PushReport } from "../../src/core/push/job.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { at, gatewayOf, jobOf } from "./push-jobs.ts";
import { settled, VirtualTime } from "./virtual-time.ts";

const FREE: Admission = { permits: Infinity, waitMs: 0, spreadMs: 0 };
type Answer = (job: PushJob, token: string | undefined) => PushOutcome | Promise<PushOutcome>;

/** A dispatch in a world that a test describes, and all that it did there. */
const setUp = (answer: Answer, more: Partial<DispatchDeps> = {}) => {
  const time = new VirtualTime();
  const { gateway, sent } = gatewayOf(answer);
  const seen = {
    sent,
    reports: new Map<string, PushReport[][]>(),
    letters: [] as DeadLetter[],
    told: [] as [string, Answered][],
    admitted: [] as [string, number][],
    failures: [] as string[],
    summaries: [] as BatchSummary[],
    order: [] as string[],
  };
  const dispatch = new Dispatch({
    clock: time,
    timers: time,
    random: () => 0,
    gateway,
    admit: async (provider, count) => {
      seen.admitted.push([provider, count]);
      return FREE;
    },
    tell: async (...told) => seen.told.push(told),
    bury: async (_kind, letters) => {
      await settled();
      seen.order.push("buried");
      seen.letters.push(...letters);
    },
    report: async (user, reports) => {
      seen.order.push("reported");
      seen.reports.set(user, [...(seen.reports.get(user) ?? []), [...reports]]);
    },
    buried: () => seen.order.push("logged"),
    failed: (call) => seen.failures.push(call),
    done: (summary) => seen.summaries.push(summary),
    ...more,
  });
  const fates = (user = "ann") => (seen.reports.get(user) ?? []).flat().map(({ fate }) => fate);
  return { time, dispatch, seen, fates, job: (given: Partial<PushJob> = {}) => jobOf(time.now(), given) };
};

const many = (count: number, make: (name: string) => PushJob): PushJob[] =>
  Array.from({ length: count }, (_, index) => make(`u${index}`));

describe("[PUSH-13] what becomes of a notification that was sent", () => {
  const now = new VirtualTime().now();
  const LATER = { result: "later", reason: "503" } as const;
  const table: [
    what: string,
    job: Partial<PushJob>,
    outcome: PushOutcome,
    fate: PushReport["fate"],
    letter?: string,
  ][] = [
    ["taken", {}, { result: "taken" }, { is: "taken" }],
    ["gone", {}, { result: "gone", reason: "410" }, { is: "gone" }],
    ["refused", {}, { result: "refused", reason: "403" }, { is: "dead" }, "403"],
    ["too large, also when it is shrunk", {}, { result: "too_large" }, { is: "dead" }, "it is too large"],
    ["later, the first time", {}, LATER, { is: "later", at: now + LIMITS.pushRetryMs / 2, attempt: 1 }],
    ["later, once more", { attempt: 3 }, LATER, { is: "later", at: now + LIMITS.pushRetryMs * 4, attempt: 4 }],
    ["later, often", { attempt: 10 }, LATER, { is: "later", at: now + LIMITS.pushRetryMaxMs / 2, attempt: 11 }],
    ["later, for the last time", { attempt: LIMITS.pushAttempts - 1 }, LATER, { is: "dead" }, "503"],
    [
      "later, when the service says when",
      {},
      { ...LATER, retryAfterMs: 90_000 },
      { is: "later", at: now + 90_000, attempt: 1 },
    ],
    [
      "later, when the service says a day",
      {},
      { ...LATER, retryAfterMs: 86_400_000 },
      { is: "later", at: now + LIMITS.pushRetryAfterMaxMs, attempt: 1 },
    ],
    [
      "later, when nobody wants it any more by then",
      { ttlSeconds: 60 },
      { ...LATER, retryAfterMs: 61_000 },
      { is: "dead" },
      "it is too old",
    ],
  ];
  for (const [what, given, outcome, fate, letter] of table) {
    it(`${what}: ${fate.is}`, async () => {
      const { dispatch, fates, job, seen } = setUp(() => outcome);
      expect(await dispatch.run([job(given)])).toEqual([]);
      expect(fates()).toEqual([fate]);
      expect(seen.letters.map(({ reason }) => reason)).toEqual(letter === undefined ? [] : [letter]);
    });
  }

  it("waits with jitter, never longer than twice as long as at least", async () => {
    for (const random of [0, 0.5, 0.999]) {
      const { dispatch, fates, job, time } = setUp(() => LATER, { random: () => random });
      await dispatch.run([job({ attempt: 2 })]);
      const [fate] = fates();
      const waits = (fate?.is === "later" ? fate.at : 0) - time.now();
      expect(waits).toBe(Math.ceil(LIMITS.pushRetryMs * 4 * (0.5 + random / 2)));
    }
  });

  it("too large: once more at once with nothing of the message in it", async () => {
    const { dispatch, fates, job, seen } = setUp(({ note }) =>
      note.preview === undefined ? { result: "taken" } : { result: "too_large" },
    );
    const given = job();
    await dispatch.run([given]);
    expect(fates()).toEqual([{ is: "taken" }]);
    const { type, conversation_id, seq, badge, timestamp } = given.note;
    expect(seen.sent[1]).toEqual({ ...given, note: { type, conversation_id, seq, badge, timestamp } });
  });

  it("too old: it is not sent", async () => {
    const { dispatch, fates, job, seen, time } = setUp(() => ({ result: "taken" }));
    await dispatch.run([job({ ttlSeconds: 60, dueAt: time.now() - 60_000 })]);
    expect(seen).toMatchObject({ sent: [], admitted: [] });
    expect(fates()).toEqual([{ is: "dead" }]);
  });

  it("a gateway that throws or never answers: later, and nothing of what it said is kept", async () => {
    const { dispatch, fates, job, seen, time } = setUp(({ user }) => {
      if (user === "ann") throw new TypeError("https://push.test/secret");
      return new Promise(() => undefined);
    });
    const running = dispatch.run([job(), job({ user: "bob" })]);
    await time.pass(LIMITS.pushTimeoutMs);
    expect(await running).toEqual([]);
    expect(fates()).toMatchObject([{ is: "later" }]);
    expect(fates("bob")).toMatchObject([{ is: "later" }]);
    expect(JSON.stringify([...seen.reports])).not.toContain("secret");
  });

  it("its letter says whose it is and why it failed, and has the same id each time", async () => {
    const { dispatch, job, seen, time } = setUp(() => ({ result: "refused", reason: "r".repeat(1000) }));
    await dispatch.run([job({ attempt: 4 })]);
    await dispatch.run([job({ attempt: 5 })]);
    expect(seen.letters[0]).toEqual({
      id: "ann/phone/c1/message/3",
      user: "ann",
      device: "phone",
      conversation: "c1",
      type: "message",
      seq: 3,
      attempts: 5,
      reason: "r".repeat(LIMITS.refChars),
      failedAt: time.now(),
    });
    expect(seen.letters[1]?.id).toBe("ann/phone/c1/message/3");
    expect(seen.order).toEqual(["buried", "logged", "reported", "buried", "logged", "reported"]);
  });
});

describe("a batch of notifications", () => {
  it("asks each push service's gate once, for as many as there are", async () => {
    const { dispatch, job, seen } = setUp(() => ({ result: "taken" }));
    const address = { kind: "fcm", token: "t".repeat(20) } as const;
    await dispatch.run([
      ...many(5, (user) => job({ user })),
      ...many(3, (user) => job({ user, device: "tab", address })),
    ]);
    expect(seen.admitted).toEqual([
      ["webpush:push.test", 5],
      ["fcm", 3],
    ]);
  });

  it("sends with the token of its gate", async () => {
    const tokens: unknown[] = [];
    const admit = async () => ({ ...FREE, token: "key", madeAt: 7 });
    const { dispatch, job, seen } = setUp(
      (_job, token) => {
        tokens.push(token);
        return { result: "later", reason: "401", token: true };
      },
      { admit },
    );
    await dispatch.run([job()]);
    expect(tokens).toEqual(["key"]);
    expect(seen.told).toEqual([["webpush:push.test", { well: false, badToken: 7 }]]);
  });

  it("what was not permitted waits as long as the gate says, which is no attempt", async () => {
    const admit = async () => ({ permits: 2, waitMs: 3000, spreadMs: 1000 });
    const { dispatch, job, seen, time, fates } = setUp(() => ({ result: "taken" }), { admit, random: () => 0.5 });
    await dispatch.run(many(5, (user) => job({ user, attempt: 6 })));
    expect(seen.sent).toHaveLength(2);
    for (const user of ["u2", "u3", "u4"])
      expect(fates(user)).toEqual([{ is: "later", at: time.now() + 3500, attempt: 6 }]);
  });

  it("without its gate nothing is sent, and nothing is lost", async () => {
    const { dispatch, job, seen, fates } = setUp(() => ({ result: "taken" }), {
      admit: () => Promise.reject(new Error("unreachable")),
    });
    await dispatch.run([job({ attempt: 2 })]);
    expect(seen).toMatchObject({ sent: [], failures: ["admit"] });
    expect(fates()).toMatchObject([{ is: "later", attempt: 2 }]);
  });

  it("has as many requests under way as it may, however many push services there are", async () => {
    let underWay = 0;
    let most = 0;
    const { dispatch, job, seen, time } = setUp(async () => {
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => time.after(10, resolve));
      underWay--;
      return { result: "taken" };
    });
    const jobs = many(60, (user) => job({ user, address: at(`push-${Number(user.slice(1)) % 3}.test`) }));
    const running = dispatch.run(jobs);
    while (seen.summaries.length < 3) await time.pass(10);
    await running;
    expect(seen.sent).toHaveLength(60);
    expect(most).toBe(LIMITS.pushParallel);
  });

  it("tells each user once of all that is his", async () => {
    const { dispatch, job, seen } = setUp(() => ({ result: "taken" }));
    const jobs = ["c1", "c2", "c3"].flatMap((conversation) => [
      job({ conversation }),
      job({ conversation, user: "bob" }),
    ]);
    await dispatch.run(jobs);
    expect([...seen.reports].map(([user, calls]) => [user, calls.map((call) => call.length)])).toEqual([
      ["ann", [3]],
      ["bob", [3]],
    ]);
    expect(seen.reports.get("bob")?.[0]?.[0]).toEqual({
      device: "phone",
      conversation: "c1",
      type: "message",
      upTo: 3,
      registeredAt: 1,
      fate: { is: "taken" },
    });
  });

  it("of two about the same only the later one is sent", async () => {
    const { dispatch, job, seen, time } = setUp(() => ({ result: "taken" }));
    const later = job({ queuedAt: time.now() + 60_000, attempt: 1 });
    await dispatch.run([job(), later, job(), job({ device: "tab" })]);
    expect(seen.sent).toEqual([later, job({ device: "tab" })]);
  });

  it("a user's object that cannot be reached or does not answer harms nobody else", async () => {
    const told: string[] = [];
    const { dispatch, job, seen, time } = setUp(() => ({ result: "taken" }), {
      report: (user) => {
        if (user === "u0") return Promise.reject(new Error("unreachable"));
        if (user === "u1") return new Promise(() => undefined);
        told.push(user);
        return Promise.resolve();
      },
    });
    const running = dispatch.run(many(4, (user) => job({ user })));
    await time.pass(LIMITS.pushTimeoutMs);
    expect(await running).toEqual([]);
    expect(told).toEqual(["u2", "u3"]);
    expect(seen.failures).toEqual(["report", "report"]);
  });

  it("nobody is told of a dead one that could not be buried", async () => {
    const { dispatch, job, fates, seen } = setUp(
      ({ user }) => (user === "ann" ? { result: "refused", reason: "403" } : { result: "taken" }),
      { bury: () => Promise.reject(new Error("full")) },
    );
    await dispatch.run([job(), job({ user: "bob" })]);
    expect(fates()).toEqual([]);
    expect(fates("bob")).toEqual([{ is: "taken" }]);
    expect(seen.order).not.toContain("logged");
  });

  it("a fault of ours in the part of one push service leaves the others alone", async () => {
    const { dispatch, job, fates } = setUp(() => ({ result: "taken" }), {
      done: ({ provider }) => {
        if (provider === "fcm") throw new Error("a fault");
      },
    });
    const broken = job({ user: "bob", address: { kind: "fcm", token: "t".repeat(20) } });
    expect(await dispatch.run([broken, job()])).toEqual([broken]);
    expect(fates()).toEqual([{ is: "taken" }]);
  });

  it("says in numbers what became of it", async () => {
    const { dispatch, job, seen, time } = setUp(async ({ user }) => {
      await new Promise<void>((resolve) => time.after(user === "u3" ? 40 : 10, resolve));
      return user === "u0" ? { result: "gone", reason: "410" } : { result: "taken" };
    });
    const started = time.now();
    const running = dispatch.run(
      many(4, (user) => job({ user, dueAt: started - 900 - Number(user.slice(1)), queuedAt: started - 300 })),
    );
    await time.pass(100);
    await running;
    expect(seen.summaries).toEqual([
      {
        provider: "webpush:push.test",
        jobs: 4,
        sent: 4,
        taken: 3,
        gone: 1,
        later: 0,
        dead: 0,
        dueToQueuedMaxMs: 603,
        dueToQueuedMedianMs: 601,
        queuedToConsumedMaxMs: 300,
        queuedToConsumedMedianMs: 300,
        sendMaxMs: 40,
        sendMedianMs: 10,
      },
    ]);
  });
});

describe("a push service that fails", () => {
  it("is not asked on and on in a batch, and its gate hears of it", async () => {
    const { dispatch, job, seen, fates } = setUp(() => ({ result: "later", reason: "503", retryAfterMs: 20_000 }));
    await dispatch.run(many(50, (user) => job({ user, attempt: 1 })));
    expect(seen.sent).toHaveLength(LIMITS.pushParallel);
    expect(seen.told).toEqual([["webpush:push.test", { well: false, retryAfterMs: 20_000 }]]);
    expect(fates("u0")).toMatchObject([{ attempt: 2 }]);
    expect(fates("u49")).toMatchObject([{ is: "later", attempt: 1 }]);
  });

  it("that hangs takes as long as one request may", async () => {
    const { dispatch, job, seen, time } = setUp(() => new Promise(() => undefined));
    const running = dispatch.run(many(50, (user) => job({ user })));
    await time.pass(LIMITS.pushTimeoutMs);
    await running;
    expect(seen.sent).toHaveLength(LIMITS.pushParallel);
    expect(seen.summaries).toMatchObject([{ jobs: 50, later: 50, sendMaxMs: LIMITS.pushTimeoutMs }]);
  });

  it("that is slow keeps no batch so long that it is taken for lost", async () => {
    const { dispatch, job, seen, time, fates } = setUp(
      () => new Promise((resolve) => time.after(9000, () => resolve({ result: "taken" }))),
    );
    const begun = time.now();
    const running = dispatch.run(many(50, (user) => job({ user })));
    while (seen.summaries.length === 0) await time.pass(1000);
    await running;
    expect(time.now() - begun).toBeLessThan(LIMITS.pushLostMs - LIMITS.pushTimeoutMs);
    expect(seen.sent.length).toBeLessThan(50);
    expect(fates("u49")).toMatchObject([{ is: "later", attempt: 0 }]);
  });

  it("of one address only is nothing that its gate hears of", async () => {
    const { dispatch, job, seen } = setUp(({ user }) =>
      user === "u3" ? { result: "later", reason: "429", retryAfterMs: 600_000 } : { result: "taken" },
    );
    await dispatch.run(many(9, (user) => job({ user })));
    expect(seen.told).toEqual([]);
    expect(seen.sent).toHaveLength(9);
  });

  it("and answers again: its gate hears of it", async () => {
    for (const outcome of [
      { result: "taken" },
      { result: "gone", reason: "410" },
      { result: "refused", reason: "400" },
    ] as const) {
      const { dispatch, job, seen } = setUp(() => outcome, {
        admit: async () => ({ permits: 1, waitMs: 0, spreadMs: 0, probe: true }),
      });
      await dispatch.run(many(3, (user) => job({ user })));
      expect(seen.sent).toHaveLength(1);
      expect(seen.told).toEqual([["webpush:push.test", { well: true }]]);
    }
  });

  it("holds up what is for another one no longer than nothing at all", async () => {
    const { dispatch, job, time, fates } = setUp(({ address }) =>
      address.kind === "fcm" ? new Promise(() => undefined) : { result: "taken" },
    );
    const hanging = many(40, (user) => job({ user, device: "tab", address: { kind: "fcm", token: "t".repeat(20) } }));
    const running = dispatch.run([...hanging, job()]);
    await settled();
    expect(fates()).toEqual([{ is: "taken" }]);
    await time.pass(3 * LIMITS.pushTimeoutMs);
    await running;
  });
});
