import { expect, it } from "vitest";
import { horizonOf } from "../../src/platform/horizon.ts";
import { LIMITS } from "../../src/shared/limits.ts";

it("what conversations keep at hand is as it is set, and else as the limits say", () => {
  const usual = { entries: LIMITS.hotEntries, ms: LIMITS.hotMs };
  expect(horizonOf({})).toEqual(usual);
  expect(horizonOf({ HOT_ENTRIES: "", HOT_DAYS: "many" })).toEqual(usual);
  expect(horizonOf({ HOT_ENTRIES: "20", HOT_DAYS: "0" })).toEqual({ entries: 20, ms: 0 });
  expect(horizonOf({ HOT_DAYS: "2" })).toEqual({ entries: LIMITS.hotEntries, ms: 2 * 86_400_000 });
});
