import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { matches, parseQuery } from "../../src/shared/search-query.ts";
import type { Searchable, SearchFilters } from "../../src/shared/search-query.ts";

const parsed = (text: string, filters?: SearchFilters) => {
  const result = parseQuery(text, "ann", filters);
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
};

const shown = (text: string, filters?: SearchFilters): string => {
  const result = parseQuery(text, "ann", filters);
  if (!result.ok) return result.refusal.code;
  const { phrases, from, has, within, before, after } = result.value;
  return [
    ...phrases.map(({ words, prefix }) => words.join("+") + (prefix ? "*" : "")),
    ...from.map((user) => `by ${user}`),
    ...has.map((trait) => `has ${trait}`),
    ...within.map((id) => `in ${id}`),
    ...(before === undefined ? [] : [`< ${new Date(before).toISOString()}`]),
    ...(after === undefined ? [] : [`>= ${new Date(after).toISOString()}`]),
  ].join(" | ");
};

describe("[SRCH-2] the query language", () => {
  test.each([
    ["hello World", "hello | world"],
    ['"hello World" x', "hello+world | x"],
    ['"hello wor*"', "hello+wor*"],
    ['"never ended', "never+ended"],
    ["pre*", "pre*"],
    ["e-mail", "e+mail"],
    ["https://example.com", "https+example+com"],
    ["from:bob from:me x", "x | by bob | by ann"],
    ["FROM:Bob HAS:Link", "by Bob | has link"],
    ["has:image has:image has:link", "has image | has link"],
    ['"from:bob"', "from+bob"],
    ["note:this", "note+this"],
    ["x in:d_eu_1 in:d_eu_2", "x | in d_eu_1 | in d_eu_2"],
    ["x before:2026-11-28", "x | < 2026-11-28T00:00:00.000Z"],
    ["x after:2026-11 before:2027", "x | < 2027-01-01T00:00:00.000Z | >= 2026-11-01T00:00:00.000Z"],
    ["x before:2026 before:2025 after:2020 after:2021", "x | < 2025-01-01T00:00:00.000Z | >= 2021-01-01T00:00:00.000Z"],
    ["x after:2026-11-28T10:30Z", "x | >= 2026-11-28T10:30:00.000Z"],
    ["黒猫", "黒猫"],
    ["猫", "猫*"],
    ["constructor:x __proto__:y", "constructor+x | proto+y"],
  ])("%j is %j", (text, form) => expect(shown(text)).toBe(form));

  test.each([
    "",
    "   ",
    "!!! ---",
    '""',
    "*",
    "before:2026-01-01",
    "in:d_eu_1",
    "from:",
    "from:a/b",
    "has:",
    "has:cake",
    "x before:yesterday",
    "x before:2026-02-31",
    "x after:2026-13",
    "x after:",
    "x in:",
    Array.from({ length: LIMITS.searchWords + 1 }, (_, index) => `w${index}`).join(" "),
    `x ${Array.from({ length: LIMITS.searchNames + 1 }, (_, index) => `from:u${index}`).join(" ")}`,
  ])("%j is nothing to search for", (text) => expect(shown(text)).toBe("bad_request"));

  test("[SRCH-1] parameters mean what operators do", () => {
    const [before, after] = ["2026-11-28T00:00:00.000Z", "2026-11-01T00:00:00.000Z"];
    const named = parsed("x", { conversation_id: "c1", from: "bob", before, after });
    expect(named).toEqual(parsed("x in:c1 from:bob before:2026-11-28 after:2026-11"));
  });
});

describe("[SRCH-2] what a query finds", () => {
  const at = Date.parse("2026-11-28T12:00:00.000Z");
  const message: Searchable = {
    sender_id: "bob",
    at,
    type: "text",
    content: "The quick brown Füchse: see https://example.com",
  };

  test.each([
    ["quick", true],
    ["brown quick", true],
    ['"quick brown"', true],
    ['"brown quick"', false],
    ["quick purple", false],
    ["fuch*", true],
    ["fuch", false],
    ["from:bob", true],
    ["from:Bob", false],
    ["from:ann from:bob", true],
    ["from:ann quick", false],
    ["has:link", true],
    ["has:link has:image", false],
    ["quick before:2026-11-29", true],
    ["quick before:2026-11-28", false],
    ["quick before:2026-11-28T12:00Z", false],
    ["quick after:2026-11-28T12:00Z", true],
    ["quick after:2026-11-29", false],
  ])("%s: %s", (text, found) => expect(matches(parsed(text), message)).toBe(found));

  test.each([
    ["image", ["media", "image"], ["video", "link"]],
    ["voice", ["media", "voice"], ["image"]],
    ["document", ["media", "document"], ["voice"]],
    ["text", [], ["media", "image", "link"]],
  ] as const)("a message of type %s has %j and none of %j", (type, yes, no) => {
    const one: Searchable = { ...message, type, content: "look" };
    for (const trait of yes) expect(matches(parsed(`has:${trait}`), one)).toBe(true);
    for (const trait of no) expect(matches(parsed(`has:${trait}`), one)).toBe(false);
  });
});
