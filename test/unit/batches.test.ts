import { expect, it } from "vitest";
import { inBatches } from "../../src/core/batches.ts";
import { LIMITS } from "../../src/shared/limits.ts";

it("as many are done at once as may be, and the answers keep their order", async () => {
  const items = Array.from({ length: 2 * LIMITS.parallelCalls + 3 }, (_, index) => index);
  let underWay = 0;
  let most = 0;
  const doubled = await inBatches(items, async (item) => {
    most = Math.max(most, ++underWay);
    // The first ones take longest.
    for (let turns = item; turns < items.length; turns++) await Promise.resolve();
    underWay--;
    return 2 * item;
  });
  expect(doubled).toEqual(items.map((item) => 2 * item));
  expect([most, underWay]).toEqual([LIMITS.parallelCalls, 0]);
});
