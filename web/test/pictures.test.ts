import { describe, expect, test } from "vitest";
import { EMOJI_GROUPS, findEmoji, QUICK_EMOJI } from "../src/text/emoji.ts";
import { emojiPicture, isShownPicture, PICTURE_HUES } from "../src/text/pictures.ts";

const all = EMOJI_GROUPS.flatMap((group) => group.emoji);

describe("pictures", () => {
  test("of any emoji fit into what the server takes, and are shown", () => {
    for (const { emoji } of all) {
      const address = emojiPicture(emoji, PICTURE_HUES[0]);
      expect(address.length).toBeLessThanOrEqual(2048);
      expect(isShownPicture(address)).toBe(true);
    }
  });
  test("cannot be broken out of", () => {
    const svg = decodeURIComponent(emojiPicture("</text><script>&", 0).replace("data:image/svg+xml,", ""));
    expect(svg).not.toContain("<script>");
    expect(svg).toContain("&lt;/text>&lt;script>&amp;");
  });
  test("from elsewhere are not loaded: no address learns who looks", () => {
    for (const address of ["https://example.org/a.png", "javascript:alert(1)", "data:text/html,<b>", "", undefined]) {
      expect(isShownPicture(address)).toBe(false);
    }
  });
});

describe("emoji", () => {
  test("are there once, each one character with words that find it", () => {
    expect(new Set(all.map(({ emoji }) => emoji)).size).toBe(all.length);
    for (const { emoji, words } of all) {
      expect([...new Intl.Segmenter().segment(emoji)], emoji).toHaveLength(1);
      expect(emoji.length).toBeLessThanOrEqual(64);
      expect(words, emoji).toMatch(/^[a-z]/);
    }
  });
  test("are found by the beginnings of words, all of which must fit", () => {
    expect(findEmoji("birth").map(({ emoji }) => emoji)).toEqual(["🎂"]);
    expect(findEmoji("thumbs down").map(({ emoji }) => emoji)).toEqual(["👎"]);
    expect(findEmoji("👍").map(({ emoji }) => emoji)).toEqual(["👍"]);
    expect(findEmoji("nothing of that kind")).toEqual([]);
  });
  test("that are offered at once can be searched for as well", () => {
    const known = new Set(all.map(({ emoji }) => emoji));
    expect(QUICK_EMOJI.filter((emoji) => !known.has(emoji))).toEqual([]);
  });
});
