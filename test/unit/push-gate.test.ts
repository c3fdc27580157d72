import { describe, expect, it } from "vitest";
import { Gate, OPEN } from "../../src/core/push/gate.ts";
import type { Admission, GateState } from "../../src/core/push/gate.ts";
import type { MadeToken } from "../../src/core/push/provider-token.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { settled, VirtualTime } from "./virtual-time.ts";

const HOUR_MS = 3_600_000;
const shut = (waitMs: number): Admission => ({ permits: 0, waitMs, spreadMs: LIMITS.pushRetryMs });

/** A gate, what it keeps and what it says. Tokens are named by the order in which they are made. */
const setUp = (more: { kept?: GateState; time?: VirtualTime; make?: () => Promise<MadeToken | undefined> } = {}) => {
  const { time = new VirtualTime(), kept: before = OPEN } = more;
  const seen = { made: 0, kept: before, keeps: 0, turns: [] as [number, number][], failures: [] as unknown[] };
  const make = async (): Promise<MadeToken | undefined> => {
    seen.made++;
    return more.make ? more.make() : { token: `token-${seen.made}`, endsAt: time.now() + HOUR_MS };
  };
  const gate = new Gate(
    {
      clock: time,
      timers: time,
      random: () => 1,
      size: { burst: 10, perSecond: 5 },
      make,
      keep: (state) => {
        seen.kept = state;
        seen.keeps++;
      },
      turned: (...turn) => seen.turns.push(turn),
      failed: (error) => seen.failures.push(error),
    },
    before,
  );
  return { gate, time, seen };
};

describe("a push service's gate", () => {
  it("gives as many permits as the rate has, and says when there are more", async () => {
    const { gate, time } = setUp();
    expect(await gate.admit(4)).toMatchObject({ permits: 4, waitMs: 0 });
    expect(await gate.admit(9)).toMatchObject({ permits: 6, waitMs: 0, spreadMs: 600 });
    expect(await gate.admit(5)).toMatchObject({ permits: 0, waitMs: 600, spreadMs: 1000 });
    await time.pass(600);
    expect(await gate.admit(3)).toMatchObject({ permits: 3, waitMs: 0 });
    expect(await gate.admit(1)).toMatchObject({ permits: 0, waitMs: 1000, spreadMs: 200 });
  });

  it("sends nobody away for longer than retries take", async () => {
    const { gate } = setUp();
    for (let i = 0; i < 1000; i++) await gate.admit(100);
    expect((await gate.admit(100)).waitMs).toBe(LIMITS.pushRetryMaxMs);
  });

  it("lets nothing pass after a failure, then one, and everything when that one went well", async () => {
    const { gate, time, seen } = setUp();
    gate.tell({ well: false });
    expect(await gate.admit(5)).toEqual(shut(LIMITS.pushClosedMs));
    await time.pass(LIMITS.pushClosedMs);
    expect(await gate.admit(5)).toMatchObject({ permits: 1, probe: true, waitMs: LIMITS.pushRetryMs });
    expect(await gate.admit(5)).toEqual(shut(LIMITS.pushProbeMs));
    gate.tell({ well: true });
    expect(await gate.admit(5)).toMatchObject({ permits: 5, waitMs: 0 });
    expect(seen.turns).toEqual([
      [LIMITS.pushClosedMs, 1],
      [0, 0],
    ]);
  });

  it("is closed longer with each failure in a row, up to a bound", async () => {
    const { gate, time } = setUp();
    const pauses: number[] = [];
    for (let failure = 0; failure < 9; failure++) {
      gate.tell({ well: false });
      const { waitMs } = await gate.admit(1);
      pauses.push(waitMs);
      await time.pass(waitMs);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it("takes failures of what was sent side by side for one", async () => {
    const { gate, seen } = setUp();
    for (let i = 0; i < 20; i++) gate.tell({ well: false });
    expect(await gate.admit(1)).toEqual(shut(LIMITS.pushClosedMs));
    expect(seen.kept.failures).toBe(1);
    expect(seen.keeps).toBe(1);
  });

  it("an answer that is late does not open it", async () => {
    const { gate, time } = setUp();
    gate.tell({ well: false });
    gate.tell({ well: true });
    await time.pass(1);
    expect(await gate.admit(1)).toMatchObject({ permits: 0 });
  });

  it("believes a Retry-After for some seconds when it is told it once, up to an hour when it is told it again", async () => {
    const { gate, time } = setUp();
    gate.tell({ well: false, retryAfterMs: 2 * HOUR_MS });
    expect((await gate.admit(1)).waitMs).toBe(LIMITS.pushRetryMs);
    await time.pass(LIMITS.pushRetryMs);
    expect(await gate.admit(1)).toMatchObject({ probe: true });
    gate.tell({ well: false, retryAfterMs: 2 * HOUR_MS });
    expect((await gate.admit(1)).waitMs).toBe(LIMITS.pushRetryAfterMaxMs);
  });

  it("sends another one when nothing is heard of the one that was to show it", async () => {
    const { gate, time } = setUp();
    gate.tell({ well: false });
    await time.pass(LIMITS.pushClosedMs);
    expect(await gate.admit(1)).toMatchObject({ probe: true });
    await time.pass(LIMITS.pushProbeMs);
    expect(await gate.admit(1)).toMatchObject({ permits: 1, probe: true });
  });

  it("keeps its token and its pause for its next life, and writes nothing otherwise", async () => {
    const { gate, time, seen } = setUp();
    for (let i = 0; i < 5; i++) await gate.admit(1);
    expect(seen).toMatchObject({ made: 1, keeps: 1 });
    gate.tell({ well: false });
    const next = setUp({ kept: seen.kept, time });
    expect(await next.gate.admit(1)).toEqual(shut(LIMITS.pushClosedMs));
    await time.pass(LIMITS.pushClosedMs);
    expect(await next.gate.admit(1)).toMatchObject({ token: "token-1", probe: true });
    expect(next.seen.made).toBe(0);
  });

  it("asks nobody twice for a token that is not wanted", async () => {
    const { gate, seen } = setUp({ make: () => Promise.resolve(undefined) });
    expect(await gate.admit(1)).toEqual({ permits: 1, waitMs: 0, spreadMs: 0 });
    expect(await gate.admit(1)).toEqual({ permits: 1, waitMs: 0, spreadMs: 0 });
    expect(seen).toMatchObject({ made: 1, keeps: 0 });
  });
});

describe("the token of a push service", () => {
  it("is made once for all who ask at once, and anew before it ends, while the old one still serves", async () => {
    const { gate, time, seen } = setUp();
    const all = await Promise.all([gate.admit(1), gate.admit(1), gate.admit(1)]);
    expect(all.map(({ token }) => token)).toEqual(["token-1", "token-1", "token-1"]);
    await time.pass(HOUR_MS - LIMITS.pushTokenEarlyMs - 1);
    expect((await gate.admit(1)).token).toBe("token-1");
    expect(seen.made).toBe(1);
    await time.pass(1);
    expect((await gate.admit(1)).token).toBe("token-1");
    await settled();
    expect((await gate.admit(1)).token).toBe("token-2");
    expect(seen.made).toBe(2);
  });

  it("one that lives shorter than tokens are renewed early is not made with every call", async () => {
    const { gate, time, seen } = setUp({
      make: () => Promise.resolve({ token: "brief", endsAt: time.now() + LIMITS.pushTokenEarlyMs }),
    });
    for (let i = 0; i < 5; i++) await gate.admit(1);
    expect(seen.made).toBe(1);
  });

  it("is forgotten when the service did not like it, unless it was made anew meanwhile", async () => {
    const { gate, time, seen } = setUp();
    const { madeAt = 0 } = await gate.admit(1);
    gate.tell({ well: false, badToken: madeAt });
    await time.pass(LIMITS.pushClosedMs);
    expect((await gate.admit(1)).token).toBe("token-2");
    gate.tell({ well: true });
    gate.tell({ well: true, badToken: madeAt });
    expect((await gate.admit(1)).token).toBe("token-2");
    expect(seen.made).toBe(2);
  });

  it("one that cannot be had holds up nobody: notifications are put off, and it is asked for less and less often", async () => {
    const { gate, time, seen } = setUp({ make: () => Promise.reject(new Error("no")) });
    const end = time.now() + 10 * 60_000;
    while (time.now() < end) {
      const { permits, waitMs } = await gate.admit(1);
      expect(permits).toBe(0);
      await time.pass(waitMs);
    }
    expect(seen.failures).toHaveLength(seen.made);
    expect(seen.made).toBeGreaterThan(10);
    expect(seen.made).toBeLessThan(20);
  });

  it("one that takes long holds up nobody for more than a moment, and serves those who come later", async () => {
    const { gate, time, seen } = setUp({
      make: () => new Promise((resolve) => time.after(5000, () => resolve({ token: "slow", endsAt: Infinity }))),
    });
    const begun = time.now();
    const answers: Admission[] = [];
    void gate.admit(3).then((admission) => answers.push(admission));
    while (answers.length === 0) await time.pass(10);
    expect(answers).toEqual([shut(LIMITS.pushTokenWaitMs)]);
    expect(time.now() - begun).toBeLessThanOrEqual(LIMITS.pushTokenWaitMs + 10);
    await time.pass(5000);
    expect(await gate.admit(3)).toMatchObject({ permits: 3, token: "slow" });
    expect(seen.made).toBe(1);
  });

  it("one that never comes is given up, and asked for again", async () => {
    const { gate, time, seen } = setUp({ make: () => new Promise(() => undefined) });
    void gate.admit(1);
    await time.pass(LIMITS.pushTimeoutMs + 1);
    expect(seen.failures).toHaveLength(1);
    void gate.admit(1);
    await settled();
    expect(seen.made).toBe(2);
  });

  it("an early renewal that fails takes nothing from the one that still works", async () => {
    let fails = false;
    const { gate, time, seen } = setUp({
      make: () =>
        fails ? Promise.reject(new Error("no")) : Promise.resolve({ token: "old", endsAt: time.now() + HOUR_MS }),
    });
    await gate.admit(1);
    fails = true;
    await time.pass(HOUR_MS - LIMITS.pushTokenEarlyMs);
    for (let i = 0; i < 10; i++) {
      expect(await gate.admit(1)).toMatchObject({ permits: 1, token: "old" });
      await time.pass(1000);
    }
    expect(seen.made).toBe(2);
  });
});
