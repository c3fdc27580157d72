import { describe, expect, it } from "vitest";
import type { Segment, SegmentedStore, SegmentState } from "../../src/core/archive/segmented-store.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { entry } from "./archive-store.ts";

const END = Number.MAX_SAFE_INTEGER;

const segment = (first: number, last: number, more: Partial<Segment> = {}): Segment => ({
  first,
  last,
  state: "cold",
  key: `segments/x/2026-01/${first}-0123456789abcdef.jsonl.gz`,
  sha256: "0123456789abcdef".repeat(4),
  entries: last - first + 1,
  bytes: 1234,
  version: 7 * 2 ** 40 + 3,
  sealed_at: 1_790_000_000_000,
  threads: "[1,2]",
  ...more,
});

/** What a table of entries promises besides, where segments are recorded. */
export const describeSegmented = (title: string, storeOf: () => SegmentedStore): void => {
  describe(`segments in ${title}`, () => {
    let made = 0;
    const fresh = (): string => `g_local_segments-${made++}`;
    const all = (conversation: string, states: readonly SegmentState[] = ["cold", "open"]): Promise<Segment[]> =>
      storeOf().segments(conversation, { after: 0, before: END, order: "oldest", limit: 8, states });

    it("gives entries with their versions, and takes them back with those", async () => {
      const store = storeOf();
      const conversation = fresh();
      const rows = Array.from({ length: 40 }, (_, index) => entry(index + 1));
      await store.put({ conversation, version: 3 * 2 ** 40 + 1, rows: rows.slice(0, 20) });
      await store.put({ conversation, version: 5, rows: rows.slice(20) });
      const versioned = await store.versioned(conversation, 19, 22);
      expect(versioned).toEqual(
        [19, 20, 21, 22].map((seq) => Object.assign(entry(seq), { version: seq <= 20 ? 3 * 2 ** 40 + 1 : 5 })),
      );
      const later = { ...entry(22, { edited: '"later"' }), version: 6 };
      await store.restore(conversation, [{ ...entry(19, { body: "{}" }), version: 3 * 2 ** 40 }, later]);
      expect(await store.versioned(conversation, 19, 22)).toEqual([...versioned.slice(0, 3), later]);
      expect((await store.versioned(conversation, 1, END)).length).toBe(40);
    });

    it("records segments, as they are last, and finds them by what they have between two places", async () => {
      const store = storeOf();
      const conversation = fresh();
      const segments = Array.from({ length: 12 }, (_, index) => segment(index * 10 + 1, index * 10 + 9));
      for (const one of segments) await store.save(conversation, { ...one, state: "writing", threads: null });
      for (const one of segments) await store.save(conversation, one);
      await store.save(`${conversation}x`, segment(1, 9));
      const found = (after: number, before: number, order: "newest" | "oldest"): Promise<number[]> =>
        store
          .segments(conversation, { after, before, order, limit: 3, states: ["cold"] })
          .then((some) => some.map(({ first }) => first));
      expect(await found(0, END, "oldest")).toEqual([1, 11, 21]);
      expect(await found(0, Infinity, "newest")).toEqual([111, 101, 91]);
      expect(await found(18, 32, "oldest")).toEqual([11, 21, 31]);
      expect(await found(19, 31, "newest")).toEqual([21]);
      expect(await found(9, 11, "newest")).toEqual([]);
      expect(await all(conversation)).toEqual(segments.slice(0, 8));
      expect(await all(conversation, ["open"])).toEqual([]);
      const [first = segment(1, 9)] = segments;
      await store.unsave(conversation, { ...first, key: "another/file" });
      expect((await all(conversation))[0]).toEqual(first);
      await store.unsave(conversation, first);
      expect((await all(conversation))[0]).toEqual(segments[1]);
    });

    it("drops the rows of a segment that is cold, but none that is newer", async () => {
      const store = storeOf();
      const conversation = fresh();
      const rows = Array.from({ length: LIMITS.archiveBatch }, (_, index) => entry(index + 1));
      await store.put({ conversation, version: 2, rows });
      await store.put({ conversation, version: 9, rows: [entry(50)] });
      const one = segment(11, 200, { version: 8 });
      const left = async (): Promise<number> => (await store.versioned(conversation, 1, END)).length;
      await store.drop(conversation, one);
      expect(await left()).toBe(256);
      for (const state of ["writing", "open", "leaving"] as const) {
        await store.save(conversation, { ...one, state });
        await store.drop(conversation, one);
      }
      await store.save(conversation, { ...one, key: "another/file" });
      await store.drop(conversation, one);
      expect(await left()).toBe(256);
      await store.save(conversation, one);
      await store.drop(conversation, one);
      await store.drop(conversation, one);
      expect(await left()).toBe(256 - 190 + 1);
      expect(await store.rows(conversation, [10, 11, 50, 200, 201])).toEqual([entry(10), entry(50), entry(201)]);
    });
  });
};
