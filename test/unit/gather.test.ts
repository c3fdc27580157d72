import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idBefore, messageIdOf } from "../../src/core/conversation/message-id.ts";
import { Gather } from "../../src/core/search/gather.ts";
import type { Findable } from "../../src/core/search/gather.ts";
import type { SearchAsk, SearchSlice } from "../../src/core/search/conversation-search.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { parseQuery } from "../../src/shared/search-query.ts";
import { codeOf, valueOf } from "./conversation-fixtures.ts";
import { VirtualTime } from "./virtual-time.ts";

interface Answer {
  readonly results: readonly string[];
  readonly next_cursor?: string;
  readonly incomplete?: readonly string[];
}

/** Conversations by the times of what is to be found in them, each looking at `reach` of them per call. */
class Archive {
  readonly time = new VirtualTime();
  readonly calls: string[] = [];
  reach = Infinity;
  fails: (id: string) => Promise<Result<SearchSlice>> | undefined = () => undefined;
  away: readonly string[] = [];
  readonly #messages = new Map<string, string[]>();
  readonly #gather: Gather;

  constructor(conversations: readonly (readonly number[])[]) {
    for (const [index, times] of conversations.entries()) {
      const mark = String(index).padStart(10, "0");
      const ids = times.map((at, seq) => messageIdOf(at, seq + 1, mark));
      this.#messages.set(`c${index}`, ids.toReversed());
    }
    const list = (): Findable[] =>
      [...this.#messages].map(([conversation_id, [newest = ""]]) => ({
        conversation_id,
        away: this.away.includes(conversation_id),
        activity: this.away.includes(conversation_id) ? 0 : times(newest),
      }));
    const times = (id: string): number => conversations.flat().findLast((at) => id.startsWith(idBefore(at))) ?? 0;
    const ask = async (id: string, asked: SearchAsk): Promise<Result<SearchSlice>> => this.#answer(id, asked);
    this.#gather = new Gather({ clock: this.time, timers: this.time, list, ask });
  }

  get expected(): string[] {
    return [...this.#messages.values()].flat().toSorted().toReversed();
  }

  async page(limit: number, cursor?: string, q = "x"): Promise<Answer> {
    const query = valueOf(parseQuery(q, "ann"));
    const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
    const asked = this.#gather.search(query, page);
    await this.time.pass(0);
    return JSON.parse(valueOf(await asked)) as Answer;
  }

  async refusal(q: string, cursor?: string): Promise<string | undefined> {
    const query = valueOf(parseQuery(q, "ann"));
    return codeOf(await this.#gather.search(query, cursor === undefined ? {} : { cursor }));
  }

  async all(limit: number): Promise<string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const { results, next_cursor } = await this.page(limit, cursor);
      expect(results.length).toBeLessThanOrEqual(limit);
      found.push(...results);
      if (cursor !== undefined) expect(next_cursor).not.toBe(cursor);
      cursor = next_cursor;
    } while (cursor !== undefined);
    return found;
  }

  #answer(id: string, { limit, before = "~" }: SearchAsk): Promise<Result<SearchSlice>> {
    this.calls.push(id);
    const failing = this.fails(id);
    if (failing) return failing;
    const ids = this.#messages.get(id);
    if (!ids) return Promise.resolve(refuse("not_found", "unable to find it"));
    const older = ids.filter((one) => one < before);
    const hits = older.slice(0, Math.min(limit, this.reach)).map((one) => ({ id: one, json: JSON.stringify(one) }));
    const rest = older.length > hits.length ? { rest: hits.at(-1)?.id ?? before } : {};
    return Promise.resolve({ ok: true, value: { hits, ...rest } });
  }
}

const times = (count: number, from: number, step: number): number[] =>
  Array.from({ length: count }, (_, index) => from + index * step);

describe("[SRCH-4] a search over many conversations", () => {
  test("gives everything once, the newest first, in pages of any length", async () => {
    const moment = fc.integer({ min: 1, max: 60 });
    const conversation = fc.array(moment, { maxLength: 12 }).map((all) => all.toSorted((a, b) => a - b));
    const asked = fc.record({ limit: fc.integer({ min: 1, max: 9 }), reach: fc.integer({ min: 1, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(conversation, { maxLength: 60 }), asked, async (all, { limit, reach }) => {
        const archive = new Archive(all);
        archive.reach = reach;
        archive.away = ["c0", "c3"];
        expect(await archive.all(limit)).toEqual(archive.expected);
      }),
      { numRuns: 60 },
    );
  });

  test("asks those only that may have what the page is to show", async () => {
    const archive = new Archive(times(100, 0, 1).map((index) => [1000 + index * 10]));
    const { results } = await archive.page(10);
    expect(results).toEqual(archive.expected.slice(0, 10));
    expect(archive.calls).toHaveLength(LIMITS.searchWave);
    expect(archive.calls).toContain("c99");
  });

  test("[SRCH-8] asks no more than so many at a time; what is certain by then is a page", async () => {
    const archive = new Archive(times(200, 0, 1).map((index) => (index % 20 === 0 ? [1000 + index] : [])));
    archive.away = times(200, 0, 1).map((index) => `c${index}`);
    const first = await archive.page(50);
    expect(archive.calls).toHaveLength(LIMITS.searchCalls);
    expect(first.next_cursor).toBeDefined();
  });

  test("[SRCH-8] names those that fail or are late, and gives what the others have", async () => {
    const archive = new Archive([[5], [6], [7]]);
    archive.fails = (id) => (id === "c1" ? Promise.reject(new Error("down")) : undefined);
    expect(await archive.page(10)).toEqual({
      results: archive.expected.filter((id) => !id.endsWith("1")),
      incomplete: ["c1"],
    });
    archive.fails = (id) => (id === "c2" ? Promise.resolve(refuse("overloaded", "busy")) : undefined);
    expect((await archive.page(10)).incomplete).toEqual(["c2"]);
    archive.fails = (id) => (id === "c0" ? new Promise(() => undefined) : undefined);
    const late = archive.page(10);
    await archive.time.pass(LIMITS.searchCallMs);
    expect((await late).incomplete).toEqual(["c0"]);
    expect(archive.time.pending).toBe(0);
  });

  test("[SRCH-5] asks those that are named, listed or not; one that is not there is not found", async () => {
    const archive = new Archive([[5], [6], [7]]);
    expect((await archive.page(10, undefined, "x in:c1 in:c2")).results).toHaveLength(2);
    expect(archive.calls.toSorted()).toEqual(["c1", "c2"]);
    expect(await archive.refusal("x in:c7")).toBe("not_found");
  });

  test.each(["x", "b1.", "q0.", "q0.41", `q0.${"5a".repeat(30)}`])(
    "a cursor that it did not give is refused: %s",
    async (cursor) => {
      expect(await new Archive([[1]]).refusal("x", cursor)).toBe("bad_request");
    },
  );
});
