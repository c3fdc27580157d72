import { describe, expect, it } from "vitest";
import { migrateArchive } from "../../scripts/archive-migrations.ts";
import type { VersionedRow } from "../../src/core/archive/segmented-store.ts";
import { readArchiveUrl } from "../../src/platform/archive/archive-url.ts";
import { PlanetScaleArchive } from "../../src/platform/archive/planetscale-archive.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { entry } from "../contract/archive-store.ts";
import { hasMariaDb, MariaDb } from "../support/mariadb.ts";
import { PlanetScale } from "../support/planetscale/planetscale.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { delay } from "../support/wait.ts";

const isCi = /^(1|true)$/i.test(process.env["CI"] ?? "");
const KILLS = Number(process.env["PARLEY_KILLS"] ?? 12);
const WRITERS = 4;

interface Tally {
  puts: number;
  failures: number;
  underWay: number;
}

/** A conversation that archives without a rest, as its archiver does: the same batch until it is taken, then the next one. */
class Writer {
  readonly conversation: string;
  readonly right = new Map<number, VersionedRow>();
  readonly #store: PlanetScaleArchive;
  readonly #random: () => number;
  readonly #tally: Tally;
  #head = 0;

  constructor(conversation: string, store: PlanetScaleArchive, random: () => number, tally: Tally) {
    this.conversation = conversation;
    this.#store = store;
    this.#random = random;
    this.#tally = tally;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#put(this.#next());
  }

  /** New entries, or some that changed since. The version rises with each. */
  #next(): { readonly version: number; readonly rows: VersionedRow[] } {
    const isNew = this.right.size === 0 || this.#random() < 0.6;
    const count = isNew ? 1 + Math.floor(this.#random() * LIMITS.archiveBatch) : 1 + Math.floor(this.#random() * 20);
    const seqs = Array.from({ length: count }, (_, index) =>
      isNew ? this.#head + index + 1 : 1 + Math.floor(this.#random() * this.#head),
    );
    if (isNew) this.#head += count;
    const version = this.#head * 1000 + this.#tally.puts;
    const rows = [...new Set(seqs)].map((seq) =>
      Object.assign(entry(seq, { body: JSON.stringify({ content: `${version} of ${seq}`.repeat(100) }) }), { version }),
    );
    for (const row of rows) this.right.set(row.seq, row);
    return { version, rows };
  }

  async #put({ version, rows }: { readonly version: number; readonly rows: readonly VersionedRow[] }): Promise<void> {
    const bare = rows.map(({ version: _version, ...row }) => row);
    for (;;) {
      this.#tally.underWay++;
      try {
        await this.#store.put({ conversation: this.conversation, version, rows: bare });
        this.#tally.puts++;
        return;
      } catch {
        this.#tally.failures++;
        await delay(20);
      } finally {
        this.#tally.underWay--;
      }
    }
  }

  /** All that the archive has of it, page by page. */
  async archived(): Promise<VersionedRow[]> {
    const all: VersionedRow[] = [];
    for (;;) {
      const page = await this.#store.versioned(this.conversation, (all.at(-1)?.seq ?? 0) + 1, Number.MAX_SAFE_INTEGER);
      all.push(...page);
      if (page.length < LIMITS.archivePage) return all;
    }
  }
}

describe.skipIf(!hasMariaDb && !isCi)("an archive whose database is killed", () => {
  it(
    `misses nothing, doubles nothing and has the last version of everything after ${KILLS} kills in mid-batch`,
    { timeout: 300_000 },
    async () => {
      const seed = chooseSeed();
      console.log(`PARLEY_SEED=${seed}`);
      const random = seeded(seed);
      const db = await MariaDb.start();
      const service = await PlanetScale.start({ socket: db.socket });
      try {
        await migrateArchive(service.url);
        const url = readArchiveUrl(service.url);
        if ("problem" in url) throw new Error(url.problem);
        const store = new PlanetScaleArchive(url, { fetch: (to, init) => fetch(to, init) });
        const tally: Tally = { puts: 0, failures: 0, underWay: 0 };
        const writers = Array.from(
          { length: WRITERS },
          (_, index) => new Writer(`g_local_${index}`, store, random, tally),
        );
        let isOver = false;
        const running = Promise.all(writers.map((writer) => writer.run(() => isOver)));
        let inMidBatch = 0;
        for (let kill = 0; kill < KILLS; kill++) {
          await delay(30 + random() * 400);
          if (tally.underWay > 0) inMidBatch++;
          await db.kill();
          await delay(random() * 300);
          await db.restart();
        }
        isOver = true;
        await running;
        let entries = 0;
        for (const writer of writers) {
          const archived = await writer.archived();
          expect(archived).toEqual([...writer.right.values()].toSorted((a, b) => a.seq - b.seq));
          entries += archived.length;
        }
        console.log(
          `${KILLS} kills, ${inMidBatch} in mid-batch; ${tally.puts} batches, ${tally.failures} calls failed; ${entries} entries`,
        );
        expect(inMidBatch).toBe(KILLS);
        expect(tally.puts).toBeGreaterThan(KILLS);
      } finally {
        await service.stop();
        await db.stop();
      }
    },
  );
});
