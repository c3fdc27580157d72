import { describe, expect, it } from "vitest";
import type { ArchiveRange } from "../../src/core/archive/archive-store.ts";
import { ColdTier } from "../../src/core/archive/cold-tier.ts";
import { SegmentCache } from "../../src/core/archive/segment-cache.ts";
import type { SegmentedStore } from "../../src/core/archive/segmented-store.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import { migrate } from "../../src/core/migrations.ts";
import { segmentCodec } from "../../src/platform/archive/segment-codec.ts";
import { SqliteArchive } from "../../src/platform/archive/sqlite-archive.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { entry } from "../contract/archive-store.ts";
import { MemoryBlobs } from "../support/memory-blobs.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { NodeSql } from "../unit/node-sql.ts";
import { ARCHIVE } from "../unit/stores.ts";

const DAY = 86_400_000;
const COLD_MS = 90 * DAY;
const CONVERSATION = "g_local_cold";
const BEGIN = Date.UTC(2025, 0, 3);
const END = Number.MAX_SAFE_INTEGER;

class Crash extends Error {}

/** A conversation's archive with a cold tier, the same as it should be, and a process that may end at any await. */
class World {
  readonly sql = new NodeSql();
  readonly blobs = new MemoryBlobs();
  readonly store: SegmentedStore;
  readonly right = new Map<number, LogRow>();
  /** What was deleted: nothing may hold it any more. */
  readonly deleted: string[] = [];
  readonly failures: string[] = [];
  tier: ColdTier;
  now = BEGIN;
  version = 0;
  head = 0;
  /** Calls until the process ends; 0: it goes on. */
  crashIn = 0;
  /** Everything takes a moment, now a short and now a long one, so that what runs at once interleaves. */
  moments: (() => number) | undefined;

  constructor() {
    migrate(this.sql, ARCHIVE);
    const plain = new SqliteArchive({ all: async (statement, ...bindings) => this.sql.all(statement, ...bindings) });
    this.store = new Proxy(plain, {
      get: (target, name) => {
        const call = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          await this.#step();
          const answer = await call.apply(target, args);
          await this.#step();
          return answer;
        };
      },
    });
    this.blobs.gate = () => this.#step();
    this.tier = this.#begin();
  }

  /** A new process: what was in memory is gone. */
  restart(): void {
    this.crashIn = 0;
    this.tier = this.#begin();
  }

  /** Again, in a new process each time it ends, until it is done. */
  async insist(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.restart();
      }
    }
  }

  /** Or not, which nobody minds. */
  async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.restart();
    }
  }

  expected(range: Omit<ArchiveRange, "conversation">): LogRow[] {
    const found = [...this.right.values()]
      .filter(
        (row) =>
          row.seq > range.after &&
          row.seq < range.before &&
          (range.kind === undefined || row.kind === range.kind) &&
          (range.thread === undefined || row.thread === range.thread) &&
          (range.reader === undefined || row.hidden_from !== range.reader),
      )
      .toSorted((a, b) => (range.order === "newest" ? b.seq - a.seq : a.seq - b.seq));
    return found.slice(0, range.limit);
  }

  async texts(): Promise<string> {
    const files = await Promise.all(
      [...this.blobs.files.values()].map(async (bytes) =>
        new Response(new Response(new Uint8Array(bytes)).body?.pipeThrough(new DecompressionStream("gzip"))).text(),
      ),
    );
    return files.join("");
  }

  #begin(): ColdTier {
    return new ColdTier({
      store: this.store,
      blobs: this.blobs,
      codec: segmentCodec,
      cache: new SegmentCache(),
      coldMs: COLD_MS,
      segmentBytes: 6000,
      failed: (key, reason) => this.failures.push(`${key} ${reason}`),
    });
  }

  async #step(): Promise<void> {
    for (let left = this.moments?.() ?? 0; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
    if (this.crashIn > 0 && --this.crashIn === 0) throw new Crash("the process ended");
  }
}

const play = async (seed: number, steps: number): Promise<{ sealed: number; crashes: number }> => {
  const random = seeded(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  const world = new World();
  let crashes = 0;
  let sealed = 0;

  const put = async (rows: readonly LogRow[]): Promise<void> => {
    world.version++;
    const { version } = world;
    for (const row of rows) world.right.set(row.seq, row);
    for (let at = 0; at < rows.length; at += LIMITS.archiveBatch) {
      const part = rows.slice(at, at + LIMITS.archiveBatch);
      await world.insist(() => world.tier.put({ conversation: CONVERSATION, version, rows: part }));
    }
  };
  const append = (): Promise<void> => {
    const rows = Array.from({ length: 1 + below(80) }, () => {
      world.head++;
      world.now += below(DAY / 2);
      return entry(world.head, {
        at: world.now,
        body: JSON.stringify({ content: `secret-${world.head}-` }),
        kind: random() < 0.8 ? "message" : "reaction",
        ...(random() < 0.2 && world.head > 1 ? { thread: 1 + below(Math.min(world.head - 1, 12)) } : {}),
        ...(random() < 0.1 ? { hidden_from: random() < 0.5 ? "bob" : "cleo" } : {}),
      });
    });
    return put(rows);
  };
  const change = async (): Promise<void> => {
    const known = [...world.right.values()];
    const picked = new Set(Array.from({ length: 1 + below(3) }, () => known[below(known.length)]));
    const changed = [...picked]
      .filter((row) => row !== undefined)
      .map((row) => {
        if (random() < 0.5)
          return Object.assign({}, row, { edited: JSON.stringify({ content: `edit-${world.version}` }) });
        world.deleted.push(`secret-${row.seq}-`);
        return Object.assign({}, row, { body: `{"content":""}`, deleted_seq: world.head });
      });
    await put(changed);
  };
  const forget = async (): Promise<void> => {
    const first = Math.min(...world.right.keys(), world.head);
    const through = first + below(Math.max(1, (world.head - first) / 4));
    for (const seq of world.right.keys()) {
      if (seq > through) continue;
      world.right.delete(seq);
      world.deleted.push(`secret-${seq}-`);
    }
    let last = Infinity;
    while (last >= LIMITS.archiveBatch) {
      await world.insist(async () => {
        last = await world.tier.forget(CONVERSATION, through);
      });
    }
  };
  const compact = async (): Promise<void> => {
    for (let more = true; more;) {
      more = false;
      await world.attempt(async () => {
        more = await world.tier.compact(CONVERSATION, world.now);
      });
    }
    world.now += random() < 0.5 ? DAY : 0;
  };
  const check = async (): Promise<void> => {
    world.crashIn = 0;
    const after = below(world.head + 1);
    const range = {
      after: random() < 0.3 ? 0 : after,
      before: random() < 0.3 ? END : after + 1 + below(world.head),
      order: random() < 0.5 ? "newest" : "oldest",
      limit: 1 + below(LIMITS.archivePage),
      ...(random() < 0.3 ? { kind: "message" as const } : {}),
      ...(random() < 0.2 ? { thread: 1 + below(12) } : {}),
      ...(random() < 0.3 ? { reader: "bob" } : {}),
    } as const;
    expect(await world.tier.range({ conversation: CONVERSATION, ...range })).toEqual(world.expected(range));
    const seqs = Array.from({ length: 1 + below(40) }, () => below(world.head + 5));
    const right = [...new Set(seqs)].toSorted((a, b) => a - b).flatMap((seq) => world.right.get(seq) ?? []);
    expect(await world.tier.rows(CONVERSATION, seqs)).toEqual(right);
    const texts = await world.texts();
    expect(world.deleted.filter((text) => texts.includes(text))).toEqual([]);
    const recorded = world.sql.all<{ blob_key: string; state: string }>("SELECT blob_key, state FROM segments");
    sealed = Math.max(sealed, recorded.filter(({ state }) => state === "cold").length);
    const keys = new Set(recorded.map(({ blob_key }) => blob_key));
    expect([...world.blobs.files.keys()].filter((key) => !keys.has(key))).toEqual([]);
    expect(world.failures).toEqual([]);
  };

  for (let step = 0; step < steps; step++) {
    if (random() < 0.3) {
      world.crashIn = 1 + below(60);
      crashes++;
    }
    const dice = random();
    if (dice < 0.45 || world.right.size === 0) await append();
    else if (dice < 0.6) await change();
    else if (dice < 0.63) await forget();
    else await compact();
    await check();
  }
  world.crashIn = 0;
  while (await world.tier.compact(CONVERSATION, world.now));
  const both = "SELECT seq FROM entries, segments WHERE seq BETWEEN first_seq AND last_seq AND state = 'cold'";
  expect(world.sql.all(both)).toEqual([]);
  world.sql.close();
  return { sealed, crashes };
};

describe("the cold tier", () => {
  const runs = Number(process.env["MODEL_RUNS"] ?? 12);
  it(
    `reads as if everything were in the table, whatever moves and wherever it is interrupted (${runs} runs)`,
    { timeout: 600_000 },
    async () => {
      const seed = chooseSeed();
      console.log(`PARLEY_SEED=${seed}`);
      let sealed = 0;
      let crashes = 0;
      for (let run = 0; run < runs; run++) {
        const played = await play(seed + run, 60);
        sealed += played.sealed;
        crashes += played.crashes;
      }
      // A test in which nothing goes cold shows nothing.
      expect(sealed).toBeGreaterThan(runs);
      expect(crashes).toBeGreaterThan(runs);
    },
  );

  it("gives each entry once to who reads while entries come back out of a file", async () => {
    const world = new World();
    const rows = Array.from({ length: 200 }, (_, index) => entry(index + 1, { at: BEGIN + index * 6 * 3_600_000 }));
    await world.tier.put({ conversation: CONVERSATION, version: 1, rows });
    world.now = BEGIN + 400 * DAY;
    for (let day = 0; day < 12; day++) await world.tier.compact(CONVERSATION, (world.now += DAY));
    expect(world.sql.all("SELECT 1 FROM entries")).toEqual([]);
    const seed = chooseSeed();
    console.log(`PARLEY_SEED=${seed}`);
    const random = seeded(seed);
    world.moments = () => (random() < 0.2 ? Math.floor(random() * 40) : 1);
    const page = { conversation: CONVERSATION, after: 0, before: END, order: "newest", limit: 256 } as const;
    for (let version = 2; version < 30; version++) {
      const changed = rows[version * 6];
      if (!changed) throw new Error("there is no such entry");
      const state = { busy: true };
      const put = world.tier
        .put({ conversation: CONVERSATION, version, rows: [{ ...changed, edited: `"${version}"` }] })
        .finally(() => (state.busy = false));
      while (state.busy) {
        const read = await world.tier.range(page);
        expect(read.map(({ seq }) => seq)).toEqual(rows.map(({ seq }) => seq).toReversed());
        const some = [version * 6 + 1, 1, 200];
        expect((await world.tier.rows(CONVERSATION, some)).length).toBe(3);
      }
      await put;
    }
  });
});
