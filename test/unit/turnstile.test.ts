import { describe, expect, it } from "vitest";
import { networkOf } from "../../src/core/ratelimit/network-address.ts";
import { Turnstile } from "../../src/core/ratelimit/turnstile.ts";
import { Turnstiles } from "../../src/core/ratelimit/turnstiles.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { seeded } from "../support/random.ts";

const SIZE = { burst: 500, perSecond: 100 };
const MAX = LIMITS.connectWaitMaxMs;

/** A clock that is set by hand. */
const clockAt = (ms: number): { at: number; now(): number } => ({
  at: ms,
  now() {
    return this.at;
  },
});

/** `count` who come at once and do as they are told, `late` ms at most after their time: how often each was refused, and when he was in. */
const storm = (count: number, lateMs: number, random: () => number, size = SIZE) => {
  const clock = clockAt(1e12);
  const turnstile = new Turnstile(size, clock, random);
  const queue = Array.from({ length: count }, () => ({ at: clock.at, refusals: 0 }));
  const inAt: number[] = [];
  const refusals: number[] = [];
  while (queue.length > 0) {
    queue.sort((a, b) => a.at - b.at);
    const one = queue.shift();
    if (one === undefined) break;
    clock.at = one.at;
    const wait = turnstile.enter();
    if (wait > 0) queue.push({ at: one.at + wait + random() * lateMs, refusals: one.refusals + 1 });
    else {
      inAt.push(one.at - 1e12);
      refusals.push(one.refusals);
    }
  }
  return { inAt, refusals };
};

describe("[CONN-2] a turnstile", () => {
  it("lets a burst in, and who is refused finds a token when he comes back at his time", () => {
    const { inAt, refusals } = storm(2000, 0, seeded(1));
    expect(refusals.filter((count) => count === 0)).toHaveLength(500);
    expect(Math.max(...refusals)).toBe(1);
    // 1,500 at 100 a second, one after the other.
    expect(inAt.at(-1)).toBeLessThanOrEqual(15_050);
    for (let second = 0; second < 15; second++) {
      const within = inAt.filter((at) => at > second * 1000 && at <= (second + 1) * 1000).length;
      expect(within).toBeGreaterThanOrEqual(95);
      expect(within).toBeLessThanOrEqual(105);
    }
  });

  it("who comes a little later than his time finds one too", () => {
    const { inAt, refusals } = storm(2000, 1000, seeded(2));
    expect(Math.max(...refusals)).toBe(1);
    expect(inAt.at(-1)).toBeLessThanOrEqual(16_050);
  });

  it("nobody is told more than the bound, and beyond it nobody is told the same", () => {
    const turnstile = new Turnstile(SIZE, clockAt(1e12), seeded(3));
    const waits = Array.from({ length: 10_000 }, () => turnstile.enter());
    expect(Math.max(...waits)).toBeLessThanOrEqual(MAX + 1000 / SIZE.perSecond);
    const beyond = waits.slice(500 + (MAX * SIZE.perSecond) / 1000);
    expect(beyond.length).toBeGreaterThan(3000);
    expect(Math.min(...beyond)).toBeGreaterThanOrEqual(MAX / 2);
    expect(new Set(beyond).size).toBeGreaterThan(beyond.length / 2);
  });

  it("even a storm that is larger than the bound comes in at the rate", () => {
    const size = { burst: 100, perSecond: 20 };
    const { inAt } = storm(2500, 1000, seeded(4), size);
    expect(inAt).toHaveLength(2500);
    expect(inAt.at(-1)).toBeLessThanOrEqual(((2500 - size.burst) / size.perSecond) * 1000 + MAX);
  });

  it("a clock that is set back makes nobody wait for ever", () => {
    const clock = clockAt(1e12);
    const turnstile = new Turnstile({ burst: 1, perSecond: 1 }, clock, () => 0);
    for (let i = 0; i < 10; i++) turnstile.enter();
    clock.at -= 3_600_000;
    expect(turnstile.enter()).toBe(1000);
  });
});

describe("[CONN-2] turnstiles by address", () => {
  it("one address's loop makes no other wait", () => {
    const turnstiles = new Turnstiles({ burst: 2, perSecond: 1 }, clockAt(1e12), () => 0);
    const waits = Array.from({ length: 5 }, () => turnstiles.enter("192.0.2.1"));
    expect(waits).toEqual([0, 0, 1000, 2000, 3000]);
    expect(turnstiles.enter("192.0.2.2")).toBe(0);
  });

  it("remember so many; the one that came longest ago is forgotten first", () => {
    const turnstiles = new Turnstiles({ burst: 1, perSecond: 0.001 }, clockAt(1e12), () => 0);
    turnstiles.enter("first");
    turnstiles.enter("second");
    expect(turnstiles.enter("first")).toBeGreaterThan(0);
    for (let i = 2; i < LIMITS.connectAddresses + 1; i++) turnstiles.enter(`other ${i}`);
    expect(turnstiles.enter("first")).toBeGreaterThan(0);
    expect(turnstiles.enter("second")).toBe(0);
  });
});

describe("[CONN-2] what an address is counted by", () => {
  it.each([
    ["127.0.0.1:59194", "127.0.0.1"],
    ["[::ffff:127.0.0.1]:59194", "127.0.0.1"],
    [" 203.0.113.7", "203.0.113.7"],
    ["[2001:db8:0:1:aaaa::1]:443", "2001:db8:0:1::/64"],
    ["2001:0DB8:0000:0001::", "2001:db8:0:1::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ])("%s is %s", (text, key) => {
    expect(networkOf(text)).toBe(key);
  });

  it.each(["", "unknown", "1.2.3", "1:2", "a".repeat(500), "host.example:80"])("%s is none", (text) => {
    expect(networkOf(text)).toBeUndefined();
  });
});
