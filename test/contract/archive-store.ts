import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ArchiveRange, ArchiveStore } from "../../src/core/archive/archive-store.ts";
import { rowOf } from "../../src/core/conversation/log-table.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import type { Seq } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";

/** An archive, and what has to be ended after it. */
export interface Archive {
  readonly store: ArchiveStore;
  stop(): Promise<void>;
}

/** As large as the contract allows: content of 16 KiB, of which JSON makes six times as much. */
const LARGE = "\u0001".repeat(LIMITS.contentBytes);
/** What goes wrong where text is quoted, cut at a NUL, or kept in a narrower alphabet. */
const NASTY = `it's "quoted" \\ back\\\\slash \\' ? :name -- # /* \u0000 \n \r \t \b \u001a % _ 😀 é ‏ \uD800 \uFFFF`;

export const entry = (seq: Seq, more: Partial<LogRow> = {}): LogRow =>
  rowOf({
    seq,
    at: 1_790_000_000_000 + seq * 1000,
    sender_id: "ann",
    client_id: `00000000-0000-4000-8000-${String(seq).padStart(12, "0")}`,
    kind: "message",
    body: JSON.stringify({ type: "text", content: `number ${seq}` }),
    ...more,
  });

const entries = (from: Seq, to: Seq, more: (seq: Seq) => Partial<LogRow> = () => ({})): LogRow[] =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(from + index, more(from + index)));

const seqsOf = (rows: readonly LogRow[]): Seq[] => rows.map(({ seq }) => seq);

/** Every column with something in it. */
const FULL: Required<LogRow> = {
  seq: 7,
  at: 1_790_000_000_123,
  sender_id: "Zoë:not-really.but_long".replace("ë", "e").padEnd(64, "x"),
  client_id: "0a0b0c0d-0000-4000-8000-00000000000f",
  kind: "message",
  mentions: JSON.stringify(["bob", "@all"]),
  body: JSON.stringify({ type: "text", content: NASTY }),
  edited: JSON.stringify({ content: NASTY, at: 1_790_000_000_999, entries: [8, 9], hidden: [9] }),
  deleted_seq: 10,
  deleted_at: 1_790_000_001_000,
  thread: 3,
  expires_at: 8_640_000_000_000_000,
  hidden_from: "bob",
};

/** What every archive promises, whatever keeps it. */
export const describeArchive = (title: string, start: () => Promise<Archive>): void => {
  describe(`the archive in ${title}`, () => {
    let archive: Archive;
    let store: ArchiveStore;
    let made = 0;
    beforeAll(async () => {
      archive = await start();
      ({ store } = archive);
    });
    afterAll(() => archive?.stop());
    /** One that nothing is known of. Ids that differ in a capital are two. */
    const fresh = (): string => `g_local_${(made++).toString(36)}-`;
    const all = (conversation: string, more: Partial<ArchiveRange> = {}): Promise<LogRow[]> =>
      store.range({ conversation, after: 0, before: Number.MAX_SAFE_INTEGER, order: "oldest", limit: 256, ...more });

    it("knows nothing of what was never written", async () => {
      const conversation = fresh();
      expect(await all(conversation)).toEqual([]);
      expect(await store.rows(conversation, [1, 2])).toEqual([]);
      expect(await store.forget(conversation, 100)).toBe(0);
    });

    it("gives back every field as it was, to the byte", async () => {
      const conversation = fresh();
      const large = entry(9, { body: JSON.stringify({ type: "text", content: LARGE }), edited: JSON.stringify(NASTY) });
      const rows = [entry(6, { client_id: null }), FULL, entry(8, { body: "{}" }), large];
      await store.put({ conversation, version: 5, rows });
      expect(await all(conversation)).toEqual(rows);
      expect(await store.rows(conversation, [9, 7])).toEqual([FULL, large]);
    });

    it("takes the same again without doubling it", async () => {
      const conversation = fresh();
      const rows = entries(1, 20);
      await store.put({ conversation, version: 20, rows });
      await store.put({ conversation, version: 20, rows: rows.slice(5, 12) });
      expect(await all(conversation)).toEqual(rows);
    });

    it("keeps the higher version of an entry, whichever comes first", async () => {
      const conversation = fresh();
      const put = (version: number, content: string, deleted: Seq | null = null): Promise<void> => {
        const row = entry(3, {
          body: JSON.stringify({ content }),
          deleted_seq: deleted,
          hidden_from: deleted === null ? null : "bob",
        });
        return store.put({ conversation, version, rows: [row, entry(100 + (version % 1000))] });
      };
      const stands = async (): Promise<unknown> => (await store.rows(conversation, [3]))[0];
      await put(5, "five");
      await put(4, "four");
      expect(await stands()).toMatchObject({ body: `{"content":"five"}` });
      await put(5, "five, later");
      expect(await stands()).toMatchObject({ body: `{"content":"five, later"}` });
      // A later epoch is above every place of an earlier one.
      await put(7 * 2 ** 40 + 1, "", 12);
      await put(7 * 2 ** 40, "seven");
      await put(2 ** 40 + 9, "one");
      expect(await stands()).toMatchObject({ body: `{"content":""}`, deleted_seq: 12, hidden_from: "bob" });
      await put(7 * 2 ** 40 + 2, "shown", null);
      expect(await stands()).toMatchObject({ body: `{"content":"shown"}`, deleted_seq: null, hidden_from: null });
    });

    it("answers ranges in both orders, without their ends", async () => {
      const conversation = fresh();
      await store.put({ conversation, version: 1, rows: entries(1, 60) });
      const newest = await all(conversation, { after: 10, before: 50, order: "newest", limit: 15 });
      expect(seqsOf(newest)).toEqual(seqsOf(entries(35, 49)).toReversed());
      const oldest = await all(conversation, { after: 10, before: 50, order: "oldest", limit: 15 });
      expect(seqsOf(oldest)).toEqual(seqsOf(entries(11, 25)));
      expect(await all(conversation, { after: 10, before: 11 })).toEqual([]);
      expect(seqsOf(await all(conversation, { after: 58 }))).toEqual([59, 60]);
      expect(seqsOf(await all(conversation, { after: 58, before: Infinity }))).toEqual([59, 60]);
    });

    it("finds messages, replies of one thread, and what is not hidden from the reader", async () => {
      const conversation = fresh();
      const rows = entries(1, 40, (seq) => ({
        ...(seq % 4 === 0 ? { kind: "reaction" as const } : {}),
        ...(seq % 5 === 0 ? { thread: seq % 10 === 0 ? 1 : 2 } : {}),
        ...(seq % 6 === 0 ? { hidden_from: seq % 12 === 0 ? "bob" : "Bob" } : {}),
      }));
      await store.put({ conversation, version: 1, rows });
      const expectOf = async (more: Partial<ArchiveRange>, is: (row: LogRow) => boolean): Promise<void> => {
        const right = seqsOf(rows.filter(is));
        expect(right.length).toBeGreaterThan(1);
        expect(seqsOf(await all(conversation, more))).toEqual(right);
        expect(seqsOf(await all(conversation, { ...more, order: "newest" }))).toEqual(right.toReversed());
      };
      await expectOf({ kind: "message" }, ({ kind }) => kind === "message");
      await expectOf({ thread: 2 }, ({ thread }) => thread === 2);
      await expectOf({ reader: "bob" }, ({ hidden_from }) => hidden_from !== "bob");
      await expectOf({ reader: "BOB" }, () => true);
      await expectOf(
        { kind: "message", thread: 2, reader: "Bob", after: 3, before: 40 },
        (row) => row.kind === "message" && row.thread === 2 && row.hidden_from !== "Bob" && row.seq > 3 && row.seq < 40,
      );
    });

    it("tells conversations apart", async () => {
      const one = "d_local_AbC";
      const other = "d_local_aBc";
      await store.put({ conversation: one, version: 1, rows: entries(1, 3) });
      await store.put({ conversation: other, version: 1, rows: entries(3, 5) });
      expect(await all(one)).toEqual(entries(1, 3));
      expect(await all(other)).toEqual(entries(3, 5));
      expect(await store.forget(one, 100)).toBe(3);
      expect(await all(other)).toEqual(entries(3, 5));
    });

    it("finds entries by their places, in order, and leaves out those that it has not", async () => {
      const conversation = fresh();
      await store.put({ conversation, version: 1, rows: [entry(2), entry(4), entry(9)] });
      expect(seqsOf(await store.rows(conversation, [9, 1, 4, 4, 500]))).toEqual([4, 9]);
      expect(await store.rows(conversation, [])).toEqual([]);
    });

    it("forgets the oldest first, as many as one call does, and takes them again", async () => {
      const conversation = fresh();
      const batch: number = LIMITS.archiveBatch;
      const rows = entries(1, batch + 50);
      await store.put({ conversation, version: 1, rows: rows.slice(0, batch) });
      await store.put({ conversation, version: 1, rows: rows.slice(batch) });
      let forgotten = 0;
      for (let last = batch; last >= batch;) {
        last = await store.forget(conversation, batch + 20);
        forgotten += last;
        const [oldest] = await all(conversation, { limit: 1 });
        expect(oldest?.seq).toBe(forgotten + 1);
      }
      expect(forgotten).toBe(batch + 20);
      expect(seqsOf(await all(conversation))).toEqual(seqsOf(rows.slice(batch + 20)));
      await store.put({ conversation, version: 1, rows: rows.slice(0, 2) });
      expect(seqsOf(await all(conversation, { limit: 3 }))).toEqual([1, 2, batch + 21]);
    });

    it("takes a batch as large as there may be, and answers a page of it", { timeout: 30_000 }, async () => {
      const conversation = fresh();
      const content = NASTY.repeat(1500).slice(0, LIMITS.archiveBatchBytes / LIMITS.archiveBatch - 600);
      const rows = entries(1, LIMITS.archiveBatch, () => ({ body: JSON.stringify({ content }) }));
      await store.put({ conversation, version: 1, rows });
      expect(await all(conversation, { limit: LIMITS.archivePage })).toEqual(rows);
    });

    it("serves many conversations at once", { timeout: 30_000 }, async () => {
      const conversations = Array.from({ length: 20 }, fresh);
      const answers = await Promise.all(
        conversations.map(async (conversation, index) => {
          const rows = entries(1, 5 + index);
          await Promise.all(rows.map((row) => store.put({ conversation, version: row.seq, rows: [row] })));
          return (await all(conversation)).length;
        }),
      );
      expect(answers).toEqual(conversations.map((_conversation, index) => 5 + index));
    });
  });
};
