import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "../../src/core/cursor.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { cursor } from "../../src/shared/protocol/fields.ts";
import { chooseSeed } from "../support/random.ts";

const seed = chooseSeed() | 0;
console.log(`cursors: PARLEY_SEED=${seed}`);

const ascii = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 64,
});

describe("[LIST-1] cursors", () => {
  it("lead back to where they were made", () => {
    fc.assert(
      fc.property(fc.constantFrom("a", "b", "m"), fc.maxSafeNat(), ascii, (list, seq, key) => {
        const text = encodeCursor(list, seq, key);
        expect(decodeCursor(text, ["a", "b", "m"])).toEqual({ list, seq, key });
        expect(cursor.safeParse(text).success).toBe(true);
        expect(text.length).toBeLessThanOrEqual(LIMITS.cursorChars);
        expect(encodeURIComponent(text)).toBe(text);
      }),
      { seed },
    );
  });

  it("of another list are nobody's", () => {
    expect(decodeCursor(encodeCursor("m", 3, "ann"), ["a", "b"])).toBeUndefined();
  });

  it("made by somebody else lead nowhere", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const mark = decodeCursor(text, ["a"]);
        if (mark) expect(Number.isSafeInteger(mark.seq)).toBe(true);
      }),
      { seed },
    );
    for (const text of ["", "a", "a1", "a.", "a1.6", "a1.0f", "a-1.", "A1.", "a1.zz", "aa1.61 ", "a1.61\n"])
      expect(decodeCursor(text, ["a"]), JSON.stringify(text)).toBeUndefined();
  });
});
