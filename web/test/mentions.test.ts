import { describe, expect, test } from "vitest";
import { begunName } from "../src/state/mentions.ts";
import { firstLink, namesIn, tokenize } from "../src/text/tokens.ts";

describe("a name that is begun", () => {
  test("is what stands between '@' and the caret, where a word begins", () => {
    expect(begunName("hello @an", 9)).toEqual({ from: 6, name: "an" });
    expect(begunName("@", 1)).toEqual({ from: 0, name: "" });
    expect(begunName("(@bob.h", 7)).toEqual({ from: 1, name: "bob.h" });
    expect(begunName("hello @ann and", 8)).toEqual({ from: 6, name: "a" });
  });
  test("is none in an address, after a space, or before the caret reaches it", () => {
    expect(begunName("ann@example.org", 15)).toBeUndefined();
    expect(begunName("hello @ann ", 11)).toBeUndefined();
    expect(begunName("hello @ann", 3)).toBeUndefined();
  });
});

describe("names in a text", () => {
  test("are found with and without the full stop of the sentence", () => {
    expect(namesIn("thanks @ann.")).toEqual(["ann.", "ann"]);
    expect(namesIn("@bob.h, @carl: and @all")).toEqual(["bob.h", "carl:", "carl", "all"]);
    expect(namesIn("write to ann@example.org")).toEqual([]);
  });
  test("are mentions when the message says so, and text otherwise", () => {
    expect(tokenize("hi @ann. and @bob", ["ann"])).toEqual([
      { kind: "text", text: "hi " },
      { kind: "mention", text: "@ann", id: "ann" },
      { kind: "text", text: ". and @bob" },
    ]);
    expect(tokenize("@all come", ["@all"])[0]).toEqual({ kind: "mention", text: "@all", id: "@all" });
    expect(tokenize("hi @ann")).toEqual([{ kind: "text", text: "hi @ann" }]);
  });
  test("are left alone in code and links, and nothing is lost", () => {
    const text = "`@ann` https://example.org/@ann @ann";
    const tokens = tokenize(text, ["ann"]);
    expect(tokens.filter((token) => token.kind === "mention")).toHaveLength(1);
    expect(tokens.map((token) => token.text).join("")).toBe(text.replaceAll("`", ""));
  });
});

test("the first link is the one that a preview is asked for", () => {
  expect(firstLink("see https://example.org/a, then www.example.com")).toBe("https://example.org/a");
  expect(firstLink("`https://example.org` is code, javascript:alert(1) is nothing")).toBeUndefined();
});
