import { describe, expect, test } from "vitest";
import { ChunkIndex, expressionOf } from "../../src/core/search/chunk-index.ts";
import { parseQuery } from "../../src/shared/search-query.ts";
import { wordsOf } from "../../src/shared/search-words.ts";
import { NodeSql } from "./node-sql.ts";

const TEXTS = [
  "Hello World",
  "Crème Brûlée 2026",
  "Straße Łódź Ёлка",
  "שָׁלוֹם مُحَمَّد",
  "हिन्दी की किताब",
  "黒猫が ラーメン ｶﾞ",
  "สวัสดีครับ ພາສາ ភាសា မြန်မာ",
  "한국어 \u1112\u1161\u11ab",
  "👍🏽 👨‍👩‍👧 🇩🇪 ❤️ ©",
  "𠮷野家 𝕳𝖊𝖑𝖑𝖔 𐐨𐐨 𞤀𞤣",
  "don't_e-mail: me@example.com (AND OR NOT NEAR)",
];

const expression = (q: string): string => {
  const parsed = parseQuery(q, "ann");
  if (!parsed.ok) throw new Error(parsed.refusal.message);
  return expressionOf(parsed.value);
};

describe("[SRCH-3] the index of a conversation", () => {
  test.each(TEXTS)("keeps the words of %j as they are", (text) => {
    const sql = new NodeSql();
    const index = new ChunkIndex(sql);
    index.put(0, wordsOf(text));
    sql.run("CREATE VIRTUAL TABLE terms USING fts5vocab(search_1, 'row')");
    const terms = sql.all<{ term: string }>("SELECT term FROM terms").map(({ term }) => term);
    expect(terms.toSorted()).toEqual([...new Set(wordsOf(text))].toSorted());
    for (const piece of text.split(" ").filter((part) => wordsOf(part).length > 0))
      expect(index.candidates(expression(piece.replace(/[:()]/g, " ")), 0, 10)).toEqual([0]);
  });

  test("finds the newest chunks first, at or below one, with all that is asked for", () => {
    const index = new ChunkIndex(new NodeSql());
    for (let chunk = 0; chunk < 6; chunk++)
      index.put(chunk, ["all", `even${chunk % 2}`, `n${chunk}`, `_f:user${chunk % 3}`, "_h:link"]);
    expect(index.candidates(expression("all"), 5, 10)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(index.candidates(expression("all"), 3, 2)).toEqual([3, 2]);
    expect(index.candidates(expression("all even1"), 5, 10)).toEqual([5, 3, 1]);
    expect(index.candidates(expression("n* from:user0"), 5, 10)).toEqual([3, 0]);
    expect(index.candidates(expression("from:user0 from:user1 has:link"), 5, 10)).toEqual([4, 3, 1, 0]);
    expect(index.candidates(expression("has:image"), 5, 10)).toEqual([]);
    expect(index.candidates(expression("f* h*"), 5, 10)).toEqual([]);
  });

  test("a chunk that changed may have anything, until it is put there anew", () => {
    const index = new ChunkIndex(new NodeSql());
    index.put(0, ["one"]);
    index.put(1, ["two"]);
    index.spoil(0);
    index.spoil(0);
    expect(index.candidates(expression("three"), 1, 10)).toEqual([0]);
    expect(index.spoilt(10)).toEqual([0]);
    index.put(0, ["three"]);
    index.renewed(0);
    expect(index.spoilt(10)).toEqual([]);
    expect(index.candidates(expression("three"), 1, 10)).toEqual([0]);
    expect(index.candidates(expression("one"), 1, 10)).toEqual([]);
  });

  test("[SRCH-6] what was taken out of it is not on disk any more once it is put in order", () => {
    const sql = new NodeSql();
    const index = new ChunkIndex(sql);
    for (let chunk = 0; chunk < 20; chunk++) index.put(chunk, ["common", `secretword${chunk}`]);
    index.put(7, ["common"]);
    index.tidy();
    const pages = sql.all<{ hex: string }>("SELECT hex(block) AS hex FROM search_1_data").map(({ hex }) => hex);
    const has = (word: string) => pages.some((page) => page.includes(Buffer.from(word).toString("hex").toUpperCase()));
    // Terms that begin alike are stored by what differs.
    sql.run("CREATE VIRTUAL TABLE terms USING fts5vocab(search_1, 'row')");
    expect(sql.all("SELECT term FROM terms WHERE term = 'secretword7'")).toEqual([]);
    expect(sql.all("SELECT term FROM terms WHERE term = 'secretword8'")).toHaveLength(1);
    expect(has("common")).toBe(true);
  });

  test("nothing is made for a conversation that has nothing to be put into it", () => {
    const sql = new NodeSql();
    const index = new ChunkIndex(sql);
    expect(index.candidates(expression("x"), 10, 10)).toEqual([]);
    expect(index.spoilt(10)).toEqual([]);
    expect(index.through).toBe(0);
    expect(sql.all("SELECT name FROM sqlite_master")).toEqual([]);
  });

  test("another life of the object knows how far it is", () => {
    const sql = new NodeSql();
    const index = new ChunkIndex(sql);
    index.put(0, []);
    index.put(1, []);
    expect(new ChunkIndex(sql).through).toBe(index.through);
    expect(new ChunkIndex(sql).chunks).toBe(2);
  });
});
