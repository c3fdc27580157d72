import { describe, expect, it } from "vitest";
import { decodeNotice, emptyNotice, encodeNotice, nextOf, toldOf } from "../../src/core/push/notice.ts";
import type { News, Notice, Told } from "../../src/core/push/notice.ts";
import { dueOf, isWorth, mannerOf, mayWithdraw, settle } from "../../src/core/push/policy.ts";
import type { Due, Reached, Standing } from "../../src/core/push/policy.ts";
import { LIMITS } from "../../src/shared/limits.ts";

const T = Date.UTC(2026, 10, 22);
const { pushGraceMs: GRACE, pushEveryMs: EVERY, pushLostMs: LOST } = LIMITS;

const news = (seq: number, at: number, more: Partial<News> = {}): News => ({
  seq,
  at: T + at,
  sentAt: T + at,
  sender: "bob",
  mention: false,
  ...more,
});

const AWAY: Reached = { isActive: false, acknowledged: 0, mayWithdraw: true };

interface Case {
  readonly news?: readonly News[];
  readonly told?: Partial<Told>;
  readonly device?: Partial<Reached>;
  readonly standing?: Partial<Standing>;
  /** After the beginning, in ms. */
  readonly at: number;
}

const noticeOf = ({ news: some = [news(5, 0)], told }: Case): Notice => {
  const notice: Notice = { ...emptyNotice(), news: [...some] };
  if (told) Object.assign(toldOf(notice, "phone"), told);
  return notice;
};

/** What the phone is to be told. */
const verdict = (one: Case): Due | undefined => {
  const notice = noticeOf(one);
  const standing: Standing = {
    now: T + one.at,
    readUpTo: 0,
    attention: "messages",
    isBlocked: () => false,
    afterQuiet: (at) => at,
    ...one.standing,
  };
  settle(notice, standing, new Map([["phone", { ...AWAY, ...one.device }]]));
  // What is written and read again says the same.
  return dueOf(decodeNotice(encodeNotice(notice)), "phone", standing);
};

const alert = (at: number, ...seqs: number[]) => ({ is: "alert", at: T + at, tells: seqs });
const shown = (due: Due | undefined): unknown =>
  due?.is === "alert" ? { ...due, tells: due.tells.map(({ seq }) => seq) } : due;

describe("[PUSH-6] what a device is to be told, and when", () => {
  const cases: [what: string, one: Case, due: unknown][] = [
    ["nothing of nothing", { news: [], at: 0 }, undefined],
    ["a message after the grace", { at: 0 }, alert(GRACE, 5)],
    ["late, when the alarm was late", { at: 90_000 }, alert(GRACE, 5)],
    ["all whose grace is over", { news: [news(5, 0), news(6, 1000), news(7, 9000)], at: 4500 }, alert(GRACE, 5, 6)],
    ["nothing that was read", { at: 4000, standing: { readUpTo: 5 } }, undefined],
    [
      "what came after the read",
      { news: [news(5, 0), news(6, 10)], at: 4000, standing: { readUpTo: 5 } },
      alert(3010, 6),
    ],
    [
      "of active devices: nothing that they acknowledged",
      { at: 10, device: { isActive: true, acknowledged: 5 } },
      undefined,
    ],
    ["of active devices: what they did not", { at: 10, device: { isActive: true, acknowledged: 4 } }, alert(GRACE, 5)],
    ["of others: what they acknowledged too", { at: 10, device: { acknowledged: 9 } }, alert(GRACE, 5)],
    ["nothing of whoever is blocked", { at: 10, standing: { isBlocked: (who) => who === "bob" } }, undefined],
    ["nothing when nothing is wanted", { at: 10, standing: { attention: "none" } }, undefined],
    ["no mere message in quiet conversations", { at: 10, standing: { attention: "mentions" } }, undefined],
    [
      "mentions in quiet conversations",
      { news: [news(5, 0), news(6, 0, { mention: true })], at: 10, standing: { attention: "mentions" } },
      alert(GRACE, 6),
    ],
    ["nothing that is older than a push service keeps it", { at: LIMITS.pushTtlSeconds * 1000 }, undefined],
    [
      "[PUSH-7] the next one not before ten seconds are over",
      { told: { shown: 4, alertedAt: T - 500 }, at: 0 },
      alert(EVERY - 500, 5),
    ],
    ["[PUSH-7] at once, when they are", { told: { shown: 4, alertedAt: T - EVERY }, at: 0 }, alert(GRACE, 5)],
    ["nothing that it was alerted of", { told: { shown: 5, alertedAt: T }, at: 9000 }, undefined],
    ["nothing that was given up", { told: { settled: 5 }, at: 9000 }, undefined],
    ["what was put off, at its time", { told: { attempt: 2, notBefore: T + 45_000 }, at: 9000 }, alert(45_000, 5)],
    [
      "what is under way is waited for",
      { told: { underWay: { is: "alert", upTo: 5, at: T + 3000 }, alertedAt: T + 3000 }, at: 4000 },
      { is: "wait", at: T + 3000 + LOST },
    ],
    [
      "[PUSH-13] what was lost is due again",
      { told: { underWay: { is: "alert", upTo: 5, at: T + 3000 }, alertedAt: T + 3000 }, at: 3000 + LOST },
      alert(3000 + EVERY, 5),
    ],
    [
      "[PUSH-8] nothing in quiet hours, and all of it at their end",
      { news: [news(5, 0), news(6, 100)], at: 3500, standing: { afterQuiet: (at) => Math.max(at, T + 60_000) } },
      alert(60_000, 5, 6),
    ],
    [
      "[PUSH-8] nothing in quiet hours that began before it could be told",
      {
        told: { attempt: 1, notBefore: T + 20_000 },
        at: 25_000,
        standing: { afterQuiet: (at) => (at >= T + 24_000 ? Math.max(at, T + 60_000) : at) },
      },
      alert(60_000, 5),
    ],
    [
      "[PUSH-10] that what it shows was read",
      { news: [], told: { shown: 5, alertedAt: T }, at: 9000, standing: { readUpTo: 7 } },
      { is: "read", at: T, upTo: 7 },
    ],
    [
      "[PUSH-10] not while some of it is unread",
      { news: [], told: { shown: 5, alertedAt: T }, at: 9000, standing: { readUpTo: 4 } },
      undefined,
    ],
    [
      "[PUSH-10] not where the push service punishes it",
      {
        news: [],
        told: { shown: 5, alertedAt: T },
        at: 9000,
        device: { mayWithdraw: false },
        standing: { readUpTo: 7 },
      },
      undefined,
    ],
    [
      "[PUSH-10] an alert that was lost and read may be shown all the same",
      {
        news: [],
        told: { underWay: { is: "alert", upTo: 5, at: T }, alertedAt: T },
        at: LOST,
        standing: { readUpTo: 5 },
      },
      { is: "read", at: T, upTo: 5 },
    ],
    [
      "an alert takes the place of what takes an earlier one away",
      {
        told: { shown: 4, alertedAt: T - EVERY, underWay: { is: "read", upTo: 4, at: T } },
        at: 0,
        standing: { readUpTo: 4 },
      },
      alert(GRACE, 5),
    ],
  ];
  it.each(cases)("%s", (_what, one, due) => expect(shown(verdict(one))).toEqual(due));

  it("nothing is left of a notice when nobody has to be told anything", () => {
    const now = T + 20_000;
    const standing: Standing = {
      now,
      readUpTo: 5,
      attention: "messages",
      isBlocked: () => false,
      afterQuiet: (at) => at,
    };
    const notice = noticeOf({ told: { settled: 3, alertedAt: T, attempt: 1, notBefore: T }, at: 0 });
    expect(settle(notice, standing, new Map([["phone", AWAY]]))).toBe(false);
    const without = noticeOf({ told: { shown: 5 }, at: 0 });
    expect(settle(without, { ...standing, readUpTo: 0 }, new Map())).toBe(false);
  });

  it("tries are counted as long as there is something to try", () => {
    const standing: Standing = {
      now: T + 90_000,
      readUpTo: 0,
      attention: "messages",
      isBlocked: () => false,
      afterQuiet: (at) => at,
    };
    const notice = noticeOf({ told: { attempt: 3, notBefore: T + 60_000, alertedAt: T }, at: 0 });
    settle(notice, standing, new Map([["phone", AWAY]]));
    expect(notice.devices.get("phone")?.attempt).toBe(3);
    settle(notice, { ...standing, readUpTo: 5 }, new Map([["phone", AWAY]]));
    expect(notice.devices.size).toBe(0);
  });

  it("each device is told what it lacks: what one has is kept for the other", () => {
    const standing: Standing = {
      now: T,
      readUpTo: 0,
      attention: "messages",
      isBlocked: () => false,
      afterQuiet: (at) => at,
    };
    const notice = noticeOf({ at: 0 });
    const active: Reached = { isActive: true, acknowledged: 5, mayWithdraw: true };
    settle(
      notice,
      standing,
      new Map([
        ["phone", AWAY],
        ["laptop", active],
      ]),
    );
    expect(shown(dueOf(notice, "phone", standing))).toEqual(alert(GRACE, 5));
    expect(dueOf(notice, "laptop", standing)).toBeUndefined();
    // Put down a moment later, it has that one still.
    settle(
      notice,
      standing,
      new Map([
        ["phone", AWAY],
        ["laptop", { ...active, isActive: false }],
      ]),
    );
    expect(dueOf(notice, "laptop", standing)).toBeUndefined();
  });

  it("no more is kept than the newest ones", () => {
    const many = Array.from({ length: LIMITS.pushNews + 10 }, (_x, index) => news(index + 1, 0));
    const due = verdict({ news: many, at: GRACE });
    expect(due?.is === "alert" && due.tells.map(({ seq }) => seq)).toEqual(
      many.slice(-LIMITS.pushNews).map(({ seq }) => seq),
    );
  });

  it("a notice tells without being read when it is to be looked at", () => {
    const notice = noticeOf({ at: 0 });
    expect(nextOf(encodeNotice(notice))).toBe(Infinity);
    expect(nextOf(encodeNotice({ ...notice, next: T + 5 }))).toBe(T + 5);
  });
});

describe("[PUSH-5] what is worth an alert", () => {
  it.each([
    ["messages", false, true],
    ["messages", true, true],
    ["mentions", false, false],
    ["mentions", true, true],
    ["none", true, false],
  ] as const)("of %s, a mention: %s", (attention, mention, worth) => expect(isWorth(attention, mention)).toBe(worth));
});

describe("[PUSH-12] how it is handed over", () => {
  it.each([
    ["alert", true, "high", 7 * 86_400],
    ["alert", false, "normal", 7 * 86_400],
    ["read", false, "low", 86_400],
  ] as const)("%s, urgent: %s", (is, urgent, urgency, ttlSeconds) =>
    expect(mannerOf(is, urgent)).toEqual({ urgency, ttlSeconds }),
  );
});

describe("[PUSH-10] to whom what shows nothing may be pushed", () => {
  const keys = { p256dh: "", auth: "" };
  it.each([
    [{ kind: "webpush", endpoint: "https://web.push.apple.com/abc", keys }, false],
    [{ kind: "webpush", endpoint: "https://fcm.googleapis.com/fcm/send/web.push.apple.com/", keys }, true],
    [{ kind: "apns", token: "00" }, true],
    [{ kind: "fcm", token: "t" }, true],
  ] as const)("%j", (address, may) => expect(mayWithdraw(address)).toBe(may));
});
