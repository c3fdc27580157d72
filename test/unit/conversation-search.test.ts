import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Result } from "../../src/shared/result.ts";
import { parseQuery } from "../../src/shared/search-query.ts";
import type { SearchSlice } from "../../src/core/search/conversation-search.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { codeOf, Talk, valueOf } from "./conversation-fixtures.ts";
import type { NodeSql } from "./node-sql.ts";

/** What is out of reach may have to be waited for. */
const asked = async (talk: Talk, q: string, limit = 10, waitMs = 0): Promise<Result<SearchSlice>> => {
  const search = talk.conversation.search.find("bob", { query: valueOf(parseQuery(q, "bob")), limit });
  await talk.pass(waitMs);
  return search;
};
const found = async (talk: Talk, q: string, limit?: number, waitMs?: number): Promise<SearchSlice> =>
  valueOf(await asked(talk, q, limit, waitMs));
const texts = ({ hits }: SearchSlice): string[] =>
  hits.map(({ json }) => (JSON.parse(json) as { content: string }).content);
const termsOf = (sql: NodeSql): string[] => {
  sql.run("CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5vocab(search_1, 'row')");
  return sql.all<{ term: string }>("SELECT term FROM terms").map(({ term }) => term);
};
const dirty = (sql: NodeSql): number => sql.all("SELECT chunk FROM search_dirty").length;

/** Ann's messages `n0`, `n1`, …, indexed. */
const chatter = async (count: number, archive?: MemoryArchive): Promise<{ talk: Talk; ids: string[] }> => {
  const talk = new Talk();
  if (archive) talk.archiving = { archive, horizon: { entries: 100, ms: 0 } };
  if (archive) talk.crash();
  const ids: string[] = [];
  for (let from = 0; from < count; from += 256) {
    const drafts = Array.from({ length: Math.min(256, count - from) }, (_x, index) =>
      talk.draft(`n${from + index} common`),
    );
    for (const result of talk.append("ann", drafts).results) ids.push(valueOf(result).message_id);
    await talk.pass(60_000);
  }
  await talk.pass(60_000);
  return { talk, ids };
};

describe("[SRCH-5] the index of a conversation follows its log", () => {
  test("a message that is edited is found by what it says now, before and after its chunk is written anew", async () => {
    const { talk, ids } = await chatter(400);
    expect(talk.conversation.search.indexed).toBe(256);
    talk.do("ann", { op: "edit", message_id: ids[5] ?? "", content: "changed" });
    expect(dirty(talk.sql)).toBe(1);
    for (const wait of [0, 1, 10_000]) {
      await talk.pass(wait);
      expect(texts(await found(talk, "changed"))).toEqual(["changed"]);
      expect(texts(await found(talk, "n5"))).toEqual([]);
    }
    expect(dirty(talk.sql)).toBe(0);
  });

  test("[SRCH-6] a message that is deleted is not found from then on, and its words leave the disk within minutes", async () => {
    const { talk, ids } = await chatter(400);
    talk.do("ann", { op: "delete", message_id: ids[5] ?? "" });
    expect(texts(await found(talk, "n5"))).toEqual([]);
    await talk.pass(10_000);
    expect(termsOf(talk.sql)).not.toContain("n5");
    // The next one waits, so that a row is not written for each of many.
    talk.do("ann", { op: "delete", message_id: ids[6] ?? "" });
    talk.do("ann", { op: "delete", message_id: ids[7] ?? "" });
    await talk.pass(10_000);
    expect(dirty(talk.sql)).toBe(1);
    expect(texts(await found(talk, "n6"))).toEqual([]);
    await talk.pass(LIMITS.searchRenewMs);
    expect(dirty(talk.sql)).toBe(0);
    expect(termsOf(talk.sql)).not.toContain("n6");
    expect(termsOf(talk.sql)).toContain("n8");
  });

  test("what was written before there was an index gets one by a search", async () => {
    const { talk } = await chatter(400);
    await talk.pass(3_600_000);
    talk.sql.run("DROP TABLE search_1; DROP TABLE search_dirty");
    talk.crash();
    expect(talk.alarmAt).toBeUndefined();
    expect(texts(await found(talk, "n5"))).toEqual(["n5 common"]);
    await talk.pass(10_000);
    expect(talk.conversation.search.indexed).toBe(384);
  });

  test("bounded work: a phrase of common words that nobody wrote ends, and says where it goes on", async () => {
    const { talk } = await chatter(64 * (LIMITS.searchChunksPerCall + 10));
    const first = await found(talk, '"common common"');
    expect(first.hits).toEqual([]);
    expect(first.rest).toBeDefined();
  });
});

describe("[SRCH-8] what is archived", () => {
  test("is found, and when it is out of reach what is at hand is found and the rest is missing", async () => {
    const archive = new MemoryArchive();
    const { talk } = await chatter(1000, archive);
    const { pruned_up_to: pruned } = talk.conversation.archiving.state;
    expect(pruned).toBeGreaterThan(512);
    expect(texts(await found(talk, "n5"))).toEqual(["n5 common"]);
    archive.gate = () => Promise.reject(new Error("the archive is down"));
    const near = await found(talk, "n999", 1, 30_000);
    expect(texts(near)).toEqual(["n999 common"]);
    expect(near.incomplete).toBeUndefined();
    const some = await found(talk, "common", 900, 30_000);
    expect(some.incomplete).toBe(true);
    expect(some.rest).toBeUndefined();
    expect(some.hits.length).toBeGreaterThanOrEqual(100);
    expect(some.hits.length).toBeLessThanOrEqual(1001 - pruned);
    expect(codeOf(await asked(talk, "n5", 10, 30_000))).toBe("overloaded");
  });
});
