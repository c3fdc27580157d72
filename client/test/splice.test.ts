import { array, assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { spliced, spliceOf } from "../src/tabs/splice.ts";

test("a splice makes the later list of the earlier one", () => {
  const list = array(integer({ min: 0, max: 5 }), { maxLength: 12 });
  assert(
    property(list, list, (before, after) => {
      const splice = spliceOf(before, after);
      expect(splice === undefined ? before : spliced(before, splice)).toEqual(after);
    }),
    { numRuns: 2000 },
  );
});

test("a splice holds no more than what changed", () => {
  expect(spliceOf([1, 2, 3], [1, 2, 3, 4])).toEqual({ from: 3, removed: 0, items: [4] });
  expect(spliceOf([1, 2, 3], [1, 9, 3])).toEqual({ from: 1, removed: 1, items: [9] });
  expect(spliceOf([1, 2, 3], [1, 2, 3])).toBeUndefined();
});
