import { marksOf } from "@parley/client/search";
import { describe, expect, test } from "vitest";
import { asTyped } from "../src/state/searching.ts";
import { excerptOf } from "../src/text/excerpt.ts";

describe("what is asked for while it is being typed", () => {
  test.each([
    ["need", "need*"],
    ["  brass need", "brass need*"],
    ["brass ", "brass "],
    ["need*", "need*"],
    ["from:bob", "from:bob"],
    ["from:bob need", "from:bob need*"],
    ['"brass need', '"brass need*'],
    ['"brass needle"', '"brass needle"'],
    ["hello!", "hello!"],
    ["猫", "猫*"],
  ])("%j: %j", (typed, asked) => expect(asTyped(typed)).toBe(asked));
});

describe("what is shown of what was found", () => {
  const shown = (text: string, query: string): string =>
    excerptOf(text, marksOf(text, query))
      .pieces.map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
      .join("");

  test("a short text as a whole, with its marks", () => {
    expect(shown("the brass Néedle", "needle brass")).toBe("the [brass] [Néedle]");
    expect(shown("nothing to mark", "from:bob")).toBe("nothing to mark");
  });

  test("of a long one what is around the first mark, without half a word before it", () => {
    const text = `${"before ".repeat(40)}needle${" after".repeat(40)}`;
    const piece = shown(text, "needle");
    expect(piece).toMatch(/^…before before before before before \[needle\] after/u);
    expect(piece).toMatch(/…$/u);
    expect(piece.length).toBeLessThan(170);
  });

  test("of a mark that goes beyond what is shown, its beginning", () => {
    expect(shown("x".repeat(400), "x*")).toMatch(/^\[x{160}\]…$/u);
  });
});
