import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEmojiOnly, tokenize, withNames } from "../src/text/tokens.ts";

const links = (text: string): string[] =>
  tokenize(text).flatMap((token) => (token.kind === "link" ? [`${token.text} → ${token.href}`] : []));

describe("links", () => {
  test.each([
    ["see https://example.org.", "https://example.org → https://example.org/"],
    ["(https://example.org/a)", "https://example.org/a → https://example.org/a"],
    ["https://en.example.org/Foo_(bar)!", "https://en.example.org/Foo_(bar) → https://en.example.org/Foo_(bar)"],
    ["www.example.org/x?y=1,z", "www.example.org/x?y=1,z → https://www.example.org/x?y=1,z"],
    ["HTTP://EXAMPLE.org", "HTTP://EXAMPLE.org → http://example.org/"],
    ['<a href="https://example.org">', "https://example.org → https://example.org/"],
  ])("of %j: %j", (text, link) => {
    expect(links(text)).toEqual([link]);
  });

  test.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://example.org",
    "https://",
    "xhttps",
    "a@b.org",
    "https://[",
  ])("none in %j", (text) => {
    expect(links(text)).toEqual([]);
  });
});

describe("code", () => {
  test("stands between backticks, and has no links in it", () => {
    expect(tokenize("run `curl https://a.org` now")).toEqual([
      { kind: "text", text: "run " },
      { kind: "code", text: "curl https://a.org" },
      { kind: "text", text: " now" },
    ]);
  });
  test("may be a block", () => {
    expect(tokenize("so:\n```\na\n  b\n```")).toEqual([
      { kind: "text", text: "so:\n" },
      { kind: "block", text: "a\n  b" },
    ]);
  });
  test("needs both ends", () => {
    expect(tokenize("a ` b")).toEqual([{ kind: "text", text: "a ` b" }]);
    expect(tokenize("``")).toEqual([{ kind: "text", text: "``" }]);
  });
});

test("nothing that was written is lost, and every link is of the web", () => {
  const part = fc.constantFrom(
    "`",
    "```",
    "\n",
    " ",
    "https://a.org",
    "www.b.org",
    "(",
    ")",
    "javascript:x",
    "é",
    "👍",
    ".",
    "<b>",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 20 }), (parts) => {
      const text = parts.join("");
      const tokens = tokenize(text);
      const bare = (some: string): string => some.replaceAll(/[`\n]/g, "");
      expect(bare(tokens.map((token) => token.text).join(""))).toBe(bare(text));
      for (const token of tokens) if (token.kind === "link") expect(token.href).toMatch(/^https?:\/\/[^/]/);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["👍", true],
  ["🎉🎉 🎉", true],
  ["👩‍👩‍👧", true],
  ["🇳🇴", true],
  ["❤️", true],
  ["👍 yes", false],
  ["7", false],
  ["", false],
  ["👍".repeat(7), false],
])("%j is shown large: %j", (text, large) => {
  expect(isEmojiOnly(text)).toBe(large);
});

test("people that a text mentions are called by their names, and nobody else", () => {
  const nameOf = (id: string): string => ({ bob: "Bob Builder", "bob.2": "Another Bob" })[id] ?? id;
  const text = "@bob and @bob.2, not @carl or me@bob. @all see @bob.";
  expect(withNames(text, ["bob", "bob.2", "@all"], nameOf)).toBe(
    "@Bob Builder and @Another Bob, not @carl or me@bob. @all see @Bob Builder.",
  );
  expect(withNames(text, [], nameOf)).toBe(text);
});
