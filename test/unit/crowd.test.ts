import { describe, expect, it } from "vitest";
import { Crowd } from "../../src/core/ratelimit/crowd.ts";
import { LIMITS } from "../../src/shared/limits.ts";

describe("[CONN-4] too many who are being let in", () => {
  it("tell whoever comes to come later, until one of them is in", async () => {
    const crowd = new Crowd(() => 0.5);
    const doors = Array.from({ length: LIMITS.connectsUnderWay }, () => Promise.withResolvers<void>());
    const entering = doors.map((door) => {
      expect(crowd.wait()).toBe(0);
      return crowd.during(() => door.promise);
    });
    expect(crowd.wait()).toBe(LIMITS.connectCrowdedMs);
    doors[0]?.resolve();
    await entering[0];
    expect(crowd.wait()).toBe(0);
    for (const door of doors) door.resolve();
    await Promise.all(entering);
  });

  it("a failure lets the next one in as well", async () => {
    const crowd = new Crowd(() => 0);
    for (let i = 0; i <= LIMITS.connectsUnderWay; i++)
      await expect(crowd.during(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(crowd.wait()).toBe(0);
  });

  it("spread those whom they turn away", () => {
    for (const random of [0, 0.25, 0.999]) {
      const crowd = new Crowd(() => random);
      for (let i = 0; i < LIMITS.connectsUnderWay; i++) void crowd.during(() => new Promise(() => undefined));
      expect(crowd.wait()).toBe(Math.ceil(LIMITS.connectCrowdedMs * (0.5 + random)));
    }
  });
});
