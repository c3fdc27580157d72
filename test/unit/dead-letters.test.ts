import { describe, expect, it } from "vitest";
import { DeadLetters } from "../../src/core/push/dead-letters.ts";
import type { DeadLetter } from "../../src/core/push/job.ts";
import { openStore } from "../../src/core/store.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { NodeSql } from "./node-sql.ts";
import { DEAD_LETTERS } from "./stores.ts";

const letter = (name: string, failedAt: number, more: Partial<DeadLetter> = {}): DeadLetter => ({
  id: `ann/phone/${name}/message/3`,
  user: "ann",
  device: "phone",
  conversation: name,
  type: "message",
  seq: 3,
  attempts: 12,
  reason: "503",
  failedAt,
  ...more,
});

const setUp = (sql = new NodeSql()) => {
  const letters = new DeadLetters(openStore(sql, DEAD_LETTERS), "webpush");
  const shown = (limit?: number, cursor?: string) => {
    const page = { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) };
    const result = letters.page(page);
    if (!result.ok) throw new Error(result.refusal.message);
    return JSON.parse(result.value) as { dead_letters: Record<string, unknown>[]; next_cursor?: string };
  };
  const names = () => shown(LIMITS.pageMax).dead_letters.map(({ conversation_id }) => conversation_id);
  return { letters, shown, names, sql };
};

describe("dead letters", () => {
  it("asking a list that nobody wrote to leaves nothing behind", () => {
    const { letters, shown, sql } = setUp();
    expect(shown()).toEqual({ dead_letters: [] });
    expect(letters.pick()).toEqual([]);
    letters.clear();
    expect(sql.all("SELECT name FROM sqlite_master")).toEqual([]);
  });

  it("are shown as the contract has them, the newest first, page by page", () => {
    const { letters, shown } = setUp();
    letters.bury([letter("c1", 1000), letter("c2", 3000), letter("c3", 2000)]);
    letters.bury([letter("", 4000, { id: "ann/phone//test/0", conversation: undefined, type: "test", seq: 0 })]);
    const first = shown(2);
    expect(first.dead_letters).toEqual([
      {
        id: "ann/phone//test/0",
        kind: "webpush",
        user_id: "ann",
        device_id: "phone",
        type: "test",
        seq: 0,
        attempts: 12,
        reason: "503",
        failed_at: "1970-01-01T00:00:04.000Z",
      },
      expect.objectContaining({ conversation_id: "c2" }),
    ]);
    const second = shown(2, first.next_cursor);
    expect(second.dead_letters.map(({ conversation_id }) => conversation_id)).toEqual(["c3", "c1"]);
    expect(second.next_cursor).toBeUndefined();
  });

  it("pages through letters of one moment, whose names are as long as names may be", () => {
    const { letters, shown } = setUp();
    const long = "c".repeat(63);
    for (const digit of "123") {
      const id = `${"u".repeat(64)}/${"d".repeat(64)}/${long}${digit}/message/${Number.MAX_SAFE_INTEGER}`;
      letters.bury([letter(`${long}${digit}`, 1000, { id })]);
    }
    const seen: unknown[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = shown(1, cursor);
      seen.push(...page.dead_letters.map(({ conversation_id }) => conversation_id));
      cursor = page.next_cursor;
      expect(cursor?.length ?? 0).toBeLessThanOrEqual(LIMITS.cursorChars);
    }
    expect(seen).toEqual([`${long}3`, `${long}2`, `${long}1`]);
  });

  it("the same one again changes nothing but its time", () => {
    const { letters, shown } = setUp();
    letters.bury([letter("c1", 1000), letter("c2", 2000)]);
    letters.bury([letter("c1", 3000, { reason: "another" })]);
    expect(shown().dead_letters).toMatchObject([
      { conversation_id: "c1", reason: "503", failed_at: "1970-01-01T00:00:03.000Z" },
      { conversation_id: "c2" },
    ]);
    expect(letters.count).toBe(2);
  });

  it("are picked by name or the oldest first, and stay until they are removed", () => {
    const { letters, names } = setUp();
    letters.bury([letter("c1", 3000), letter("c2", 1000), letter("c3", 2000)]);
    expect(letters.pick().map(({ conversation }) => conversation)).toEqual(["c2", "c3", "c1"]);
    const picked = letters.pick(["ann/phone/c3/message/3", "nobody's"]);
    expect(picked).toEqual([letter("c3", 2000)]);
    expect(names()).toEqual(["c1", "c3", "c2"]);
    expect(letters.remove(picked)).toBe(2);
    expect(letters.remove(picked)).toBe(2);
    expect(names()).toEqual(["c1", "c2"]);
  });

  it("one that was buried again since it was picked stays", () => {
    const { letters, names } = setUp();
    letters.bury([letter("c1", 1000)]);
    const picked = letters.pick();
    letters.bury([letter("c1", 2000)]);
    expect(letters.remove(picked)).toBe(1);
    expect(names()).toEqual(["c1"]);
  });

  it("beyond the bound the oldest go, also in the next life", () => {
    const { letters, sql } = setUp();
    const many = Array.from({ length: LIMITS.deadLetters }, (_, index) => letter(`c${index}`, 1000 + index));
    letters.bury(many);
    const next = setUp(sql);
    next.letters.bury([letter("new-1", 900_000), letter("c2", 900_001), letter("new-2", 900_002)]);
    expect(next.letters.count).toBe(LIMITS.deadLetters);
    expect(sql.all("SELECT COUNT(*) AS n FROM letters")).toEqual([{ n: LIMITS.deadLetters }]);
    expect(next.letters.pick().map(({ conversation }) => conversation)[0]).toBe("c3");
    expect(next.letters.pick(["ann/phone/c2/message/3"])).toHaveLength(1);
  });

  it("are forgotten all at once", () => {
    const { letters, names } = setUp();
    letters.bury([letter("c1", 1000), letter("c2", 2000)]);
    letters.clear();
    expect(names()).toEqual([]);
    letters.bury([letter("c1", 1000)]);
    expect(letters.count).toBe(1);
  });
});
