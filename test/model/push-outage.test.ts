import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { PushWorld, USERS } from "./push-world.ts";
import type { Accepted, Trouble } from "./push-world.ts";

const OUTAGE_MS = 10 * 60_000;
/** Whoever writes before the end of the outage writes so early that what he wrote is due when it ends. */
const SILENCE_MS = LIMITS.pushGraceMs + LIMITS.pushEveryMs + 2000;

const TROUBLES: [what: string, trouble: Trouble][] = [
  ["answers 503", () => Promise.resolve({ result: "later", reason: "503" })],
  ["answers 429 with Retry-After", () => Promise.resolve({ result: "later", reason: "429", retryAfterMs: 45_000 })],
  ["never answers", () => new Promise(() => undefined)],
  [
    "breaks connections off after a while",
    (time) =>
      new Promise((_resolve, reject) => {
        time.after(5000, () => reject(new TypeError("Network connection lost.")));
      }),
  ],
];

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const subjectOf = ({ job }: Accepted): string => `${job.device}/${job.conversation}`;

describe.each(TROUBLES)("a push service that %s for ten minutes, and is there again", (what, trouble) => {
  it("[PUSH-13] [PUSH-7] delays what is due and nothing else: everybody is alerted once of each conversation", async () => {
    const seed = chooseSeed();
    console.log(`outage (${what}): PARLEY_SEED=${seed}`);
    const world = new PushWorld(seeded(seed));
    const { time, accepted, written } = world;
    await world.populate();
    await world.write(60_000);
    await time.pass(SILENCE_MS);
    const downAt = time.now();
    world.trouble = trouble;
    await world.write(OUTAGE_MS - SILENCE_MS);
    await time.pass(SILENCE_MS);
    world.trouble = undefined;
    const upAt = time.now();
    const refused = world.refused;
    const heldInOutage = world.mostHeld;
    await time.pass(LIMITS.pushRetryMaxMs + LIMITS.pushClosedMaxMs + LIMITS.pushLostMs);

    const since = accepted.filter((one) => one.at > downAt);
    // The first of them is written in the very moment in which it begins.
    const unheard = written.filter((one) => one.at >= downAt);
    const missed = new Map(unheard.map((one) => [`phone/${one.conversation}`, one] as const));
    const toPhones = since.filter(({ job }) => job.device === "phone");
    const waits = toPhones.map((one) => one.at - upAt);
    const counted = {
      "messages during the outage": unheard.length,
      "alerts due after it": missed.size,
      "alerts sent after it": toPhones.length,
      "requests to the dead service": refused,
      "most jobs held": heldInOutage,
      "recovered in s: p50, p99, all": [0.5, 0.99, 1].map((share) => percentile(waits, share) / 1000),
    };
    console.log(`outage (${what}): ${JSON.stringify(counted)}`);

    // Everything that is due, once, of the newest, with all that came meanwhile in one.
    expect(toPhones.map(subjectOf).toSorted()).toEqual([...missed.keys()].toSorted());
    for (const one of toPhones) {
      expect(one.at).toBeGreaterThan(upAt);
      const row = world.users.get(one.job.user)?.inbox.row(one.job.conversation ?? "");
      expect(one.job.note).toMatchObject({ seq: row?.head, count: row?.unread });
    }
    expect(world.letters).toEqual([]);
    expect(world.faults).toEqual([]);
    expect(world.isAtRest).toBe(true);
    // It was left alone, and what waited for it did not wait in memory.
    expect(refused).toBeGreaterThan(5);
    expect(refused).toBeLessThan(120);
    expect(heldInOutage).toBeLessThan(USERS);
    // The others were not held up.
    const tablets = since.filter(({ job }) => job.device === "tablet");
    const late = unheard
      .filter((one) => Number(one.user.slice(1)) % 3 === 0)
      .filter((one) => {
        const alert = tablets.find(
          ({ job }) => job.conversation === one.conversation && (job.note.seq ?? 0) >= one.seq,
        );
        return !alert || alert.at - one.at > LIMITS.pushGraceMs + LIMITS.pushEveryMs + 500;
      });
    expect(late).toEqual([]);
    expect(percentile(waits, 1)).toBeLessThan(LIMITS.pushRetryMaxMs);
  }, 120_000);
});

describe("a queue that loses everything again and again", () => {
  it("[PUSH-13] loses no alert: what was not heard of is handed over again", { timeout: 120_000 }, async () => {
    const seed = chooseSeed();
    console.log(`lost queues: PARLEY_SEED=${seed}`);
    const random = seeded(seed);
    const world = new PushWorld(random);
    await world.populate();
    let lost = 0;
    let isOver = false;
    const lose = (): void => {
      if (isOver) return;
      world.loseQueue();
      lost++;
      world.time.after(random() * 5000, lose);
    };
    lose();
    await world.write(5 * 60_000);
    isOver = true;
    await world.time.pass(2 * LIMITS.pushLostMs + LIMITS.pushEveryMs);
    expect(lost).toBeGreaterThan(20);
    // Of each message some alert tells that came after it, and soon enough: what was lost twice in a row is rare.
    const waits = world.written.map(({ conversation, seq, at }) => {
      const alert = world.accepted.find(({ job }) => job.conversation === conversation && (job.note.seq ?? 0) >= seq);
      return (alert?.at ?? Infinity) - at;
    });
    console.log(
      `lost queues: ${lost}, waits in s: p50, p99, all: ${[0.5, 0.99, 1].map((share) => percentile(waits, share) / 1000).join(", ")}`,
    );
    expect(percentile(waits, 1)).toBeLessThan(4 * LIMITS.pushLostMs);
    expect(world.isAtRest).toBe(true);
    expect(world.letters).toEqual([]);
  });
});
