import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../src/core/ratelimit/token-bucket.ts";
import { VirtualTime } from "./virtual-time.ts";

const SIZE = { burst: 5, perSecond: 10 };

const drain = (bucket: TokenBucket): number => {
  let taken = 0;
  while (bucket.take() === 0) taken++;
  return taken;
};

describe("[LIM-8] a token bucket", () => {
  it("gives a burst at once, then what the rate brings", async () => {
    const time = new VirtualTime();
    const bucket = new TokenBucket(SIZE, time);
    expect(drain(bucket)).toBe(5);
    expect(bucket.take()).toBe(100);
    await time.pass(99);
    expect(bucket.take()).toBeGreaterThanOrEqual(1);
    await time.pass(2);
    expect(bucket.take()).toBe(0);
    expect(bucket.take()).toBeGreaterThan(0);
  });

  it("the wait that it answers is enough", async () => {
    const time = new VirtualTime();
    const bucket = new TokenBucket({ burst: 3, perSecond: 7 }, time);
    drain(bucket);
    for (let i = 0; i < 50; i++) {
      await time.pass(bucket.take());
      expect(bucket.take()).toBe(0);
    }
  });

  it("gives several at once, or none of them", async () => {
    const time = new VirtualTime();
    const bucket = new TokenBucket(SIZE, time);
    expect(bucket.take(3)).toBe(0);
    expect(bucket.take(3)).toBe(100);
    expect(bucket.take(2)).toBe(0);
    await time.pass(bucket.take(4));
    expect(bucket.take(4)).toBe(0);
  });

  it("never holds more than a burst", async () => {
    const time = new VirtualTime();
    const bucket = new TokenBucket(SIZE, time);
    await time.pass(3_600_000);
    expect(drain(bucket)).toBe(5);
  });

  it("over a minute it gives the burst and a minute's worth", async () => {
    const time = new VirtualTime();
    const bucket = new TokenBucket(SIZE, time);
    let taken = 0;
    for (let i = 0; i < 6000; i++) {
      taken += drain(bucket);
      await time.pass(10);
    }
    expect(taken).toBeGreaterThanOrEqual(604);
    expect(taken).toBeLessThanOrEqual(605);
  });

  it("a clock that is set back takes nothing away, and gives nothing", async () => {
    const time = new VirtualTime();
    const bucket = new TokenBucket(SIZE, time);
    bucket.take();
    time.jumpTo(time.now() - 3_600_000);
    expect(drain(bucket)).toBe(4);
    await time.pass(100);
    expect(bucket.take()).toBe(0);
  });
});
