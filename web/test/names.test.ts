import { describe, expect, test } from "vitest";
import { hueOf, initials, normaliseName } from "../src/text/names.ts";

describe("names that people type", () => {
  test.each([
    ["ada", "ada"],
    ["  Ada Lovelace ", "ada-lovelace"],
    ["@Grace", "grace"],
    ["Zoë Müller", "zoe-muller"],
    ["Łukasz", undefined],
    ["O'Brien", "o-brien"],
    ["a.b_c:d-e", "a.b_c:d-e"],
    ["李雷", undefined],
    ["a/b", undefined],
  ])("%j becomes %j", (typed, id) => {
    const name = normaliseName(typed);
    expect(name.ok ? name.id : undefined).toBe(id);
  });

  test("say why they cannot be one", () => {
    expect(normaliseName("   ")).toEqual({ ok: false, reason: "empty" });
    expect(normaliseName("@")).toEqual({ ok: false, reason: "empty" });
    expect(normaliseName("李雷")).toEqual({ ok: false, reason: "unwritable" });
    expect(normaliseName("'")).toEqual({ ok: false, reason: "unwritable" });
    expect(normaliseName("a".repeat(64)).ok).toBe(true);
    expect(normaliseName("a".repeat(65))).toEqual({ ok: false, reason: "long" });
  });

  test("keep their case, and are refused with a space, where ids come from elsewhere", () => {
    expect(normaliseName(" User:42 ", false)).toEqual({ ok: true, id: "User:42" });
    expect(normaliseName("User 42", false)).toEqual({ ok: false, reason: "unwritable" });
  });
});

describe("initials", () => {
  test.each([
    ["ada", "A"],
    ["ada-lovelace", "AL"],
    ["Weekend walk by the river", "WR"],
    ["margaret.h", "MH"],
    ["كتاب الشهر", "كا"],
    ["🎉 party", "P"],
    ["--", "?"],
  ])("of %j are %j", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});

test("a colour is the same for the same id, and spread over many", () => {
  expect(hueOf("ada")).toBe(hueOf("ada"));
  const hues = new Set(Array.from({ length: 200 }, (_, index) => hueOf(`user-${index}`)));
  expect(hues.size).toBeGreaterThan(15);
  for (const hue of hues) expect(hue >= 0 && hue < 360).toBe(true);
});
