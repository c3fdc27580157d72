import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitted, noteBytes } from "../../src/core/push/note.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { pushNote } from "../../src/shared/protocol/http-push.ts";
import type { PushNote } from "../../src/shared/protocol/http-push.ts";
import { chooseSeed } from "../support/random.ts";

const NOTE: PushNote = {
  type: "message",
  conversation_id: "c".repeat(64),
  seq: Number.MAX_SAFE_INTEGER,
  count: Number.MAX_SAFE_INTEGER,
  sender_id: "s".repeat(64),
  badge: Number.MAX_SAFE_INTEGER,
  timestamp: "2026-11-22T00:00:00.000Z",
};
const text = (max: number) =>
  fc.oneof(
    fc.string({ unit: "binary", maxLength: max }),
    fc.string({ unit: "grapheme", maxLength: max }),
    fc.string({ unit: fc.constantFrom("\u0000", "\ud800", "👩‍👩‍👧‍👦", "é", "\\", '"', "한"), maxLength: max }),
  );
const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

describe("[PUSH-9] what a notification says", () => {
  it("is never more than fits, begins with the text, and cuts no character apart", () => {
    const seed = chooseSeed() | 0;
    console.log(`notes: PARLEY_SEED=${seed}`);
    const names = text(LIMITS.nameChars).map((name) => name.slice(0, LIMITS.nameChars));
    fc.assert(
      fc.property(names, names, text(2000), (sender_name, conversation_name, written) => {
        const note = fitted({ ...NOTE, sender_name, conversation_name }, written);
        expect(noteBytes(note)).toBe(new TextEncoder().encode(JSON.stringify(note)).byteLength);
        expect(noteBytes(note)).toBeLessThanOrEqual(LIMITS.pushNoteBytes);
        expect(note).toMatchObject(NOTE);
        const { preview = "" } = note;
        expect(preview.length).toBeLessThanOrEqual(LIMITS.pushPreviewChars);
        expect(written.startsWith(preview)).toBe(true);
        const ends = new Set([0, ...[...graphemes.segment(written)].map((one) => one.index + one.segment.length)]);
        expect(ends.has(preview.length)).toBe(true);
      }),
      { seed, numRuns: 500 },
    );
  });

  it("is all of a short text, the first 200 characters of a long one, and nothing of none", () => {
    expect(fitted(NOTE, "hello").preview).toBe("hello");
    expect(fitted(NOTE, "x".repeat(5000)).preview).toBe("x".repeat(LIMITS.pushPreviewChars));
    expect(fitted(NOTE, "x".repeat(195) + "👩‍👩‍👧‍👦")).toMatchObject({ preview: "x".repeat(195) });
    expect(fitted(NOTE, "")).toEqual(NOTE);
    expect(fitted(NOTE)).toEqual(NOTE);
    // One character of thousands of marks has no beginning.
    expect(fitted(NOTE, "e" + "\u0301".repeat(4000))).toEqual(NOTE);
  });

  it("fits at its largest with all names, and is what the contract says", () => {
    const name = "\u0000".repeat(LIMITS.nameChars);
    const note = fitted({ ...NOTE, sender_name: name, conversation_name: name }, "한".repeat(200));
    expect(pushNote.safeParse(note).success).toBe(true);
    expect(note).toMatchObject({ sender_name: name, conversation_name: name, preview: "한".repeat(200) });
    // Whatever they are: without them it fits.
    const endless = fitted({ ...NOTE, sender_name: "n".repeat(2000), conversation_name: "n".repeat(2000) }, "hi");
    expect(endless).toEqual({ ...NOTE, sender_name: "n".repeat(2000), preview: "hi" });
    expect(fitted({ ...NOTE, sender_name: "n".repeat(5000) })).toEqual(NOTE);
  });
});
