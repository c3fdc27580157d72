import { array, assert, constantFrom, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { hasPhrase, phraseOf, wordsOf } from "../../src/shared/search-words.ts";

const finds = (typed: string, text: string): boolean => {
  const phrase = phraseOf(typed, typed.endsWith("*"));
  return phrase !== undefined && hasPhrase(wordsOf(text), phrase);
};

describe("[SRCH-3] the words of a text", () => {
  test.each([
    ["Hello, World!", "hello world"],
    ["don't e-mail me@example.com", "don t e mail me example com"],
    ["Crème Brûlée", "creme brulee"],
    ["cre\u0300me", "creme"],
    ["Straße STRASSE", "strasse strasse"],
    ["İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"],
    ["Ολοκλήρωσης ΟΛΟΚΛΉΡΩΣΗΣ", "ολοκληρωσησ ολοκληρωσησ"],
    ["Ёлка й", "елка и"],
    ["Łódź smørrebrød Æsir", "lodz smorrebrod aesir"],
    ["ＦＵＬＬ　ｗｉｄｔｈ １２３", "full width 123"],
    ["ﬁne x² №5", "fine x2 no5"],
    ["שָׁלוֹם", "שלום"],
    ["مُحَمَّد محمـد", "محمد محمد"],
    ["हिन्दी की किताब", "हिन्दी की किताब"],
    ["한국어 \u1112\u1161\u11ab", "한국어 한"],
    ["soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"],
    ["黒猫が", "黒猫 猫が が"],
    ["ｶﾞｷﾞ", "ガギ ギ"],
    ["ラーメン", "ラー ーメ メン ン"],
    ["iPhone手機5", "iphone 手機 機 5"],
    ["ที่นี่", "ที่นี่ นี่"],
    ["ok 👍🏽 👨‍👩‍👧 🇩🇪🇫🇷 ❤️", "ok 👍 👨 👩 👧 🇩🇪 🇫🇷 ❤"],
    ["𠮷野家", "𠮷野 野家 家"],
    ["𝕳𝖊𝖑𝖑𝖔 \ud800x", "hello x"],
    [" \n\t—…!? ", ""],
  ])("%j are %j", (text, words) => expect(wordsOf(text).join(" ")).toBe(words));

  test("a long word counts with its beginning, without half a character", () => {
    const [word = ""] = wordsOf(`${"a".repeat(LIMITS.searchWordChars - 1)}𐐨𐐨`);
    expect(word).toBe("a".repeat(LIMITS.searchWordChars - 1));
    expect(finds("x".repeat(500), `so ${"x".repeat(700)}`)).toBe(true);
  });

  test("have no character that separates words, in whatever form they come", () => {
    const text = string({ unit: "binary", maxLength: 60 });
    assert(
      property(text, (written) => {
        for (const word of wordsOf(written)) {
          expect(word).not.toMatch(/[\s"'*:_.()^-]|\p{Lu}|\p{Cs}|\p{Cc}/u);
          expect(word.length).toBeGreaterThan(0);
          expect(word.length).toBeLessThanOrEqual(LIMITS.searchWordChars);
        }
        for (const form of ["NFC", "NFD"] as const) expect(wordsOf(written.normalize(form))).toEqual(wordsOf(written));
      }),
      { numRuns: 500 },
    );
  });

  test("an ASCII text is split as any other", () => {
    const ascii = string({ unit: "binary-ascii", maxLength: 80 });
    assert(
      property(ascii, (text) => {
        expect(wordsOf(`${text} é`)).toEqual([...wordsOf(text), "e"]);
      }),
    );
  });
});

describe("[SRCH-3] what is found by what is typed", () => {
  test.each([
    ["cafe", "Ein CAFÉ, bitte", true],
    ["café", "ein cafe bitte", true],
    ["caf", "ein cafe bitte", false],
    ["caf*", "ein cafe bitte", true],
    ["ein cafe", "ein cafe bitte", true],
    ["cafe ein", "ein cafe bitte", false],
    ["cafe bit*", "ein cafe bitte", true],
    ["me@example.com", "write to me@example.com now", true],
    ["me@example.com", "example me com", false],
    ["猫", "黒猫だ", true],
    ["黒猫", "黒猫だ", true],
    ["猫だ", "黒猫だ", true],
    ["黒だ", "黒猫だ", false],
    ["黒", "猫だ", false],
    ["手機", "iPhone手機殼", true],
    ["iPhone手機", "my iPhone手機殼", true],
    ["黒猫 dog", "黒猫 dog", true],
    ["黒猫 dog", "黒猫だ dog", false],
    ["สวัสดี", "ฉันพูดสวัสดีครับ", true],
    ["👍", "good👍🏽", true],
    ["🇩🇪", "🇩🇪", true],
    ["한국", "한국어", false],
    ["한국*", "한국어", true],
  ])("%j in %j: %s", (typed, text, found) => expect(finds(typed, text)).toBe(found));

  test("any part of a text without spaces", () => {
    const sign = constantFrom("黒", "猫", "白", "犬", "東", "京");
    const run = array(sign, { minLength: 1, maxLength: 8 });
    assert(
      property(run, run, (text, part) => {
        expect(finds(part.join(""), text.join(""))).toBe(text.join("").includes(part.join("")));
      }),
    );
  });
});
