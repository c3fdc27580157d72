import { describe, expect, it } from "vitest";
import { Archiver } from "../../src/core/archive/archiver.ts";
import type { ArchivedLog } from "../../src/core/archive/archiver.ts";
import { rowOf } from "../../src/core/conversation/log-table.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { MemoryArchive } from "../support/memory-archive.ts";
import { VirtualTime } from "./virtual-time.ts";

const WEEK = LIMITS.archiveWaitMs;

/** A log as the archiver sees it: rows, cursor and marks last, as on a disk. */
class Shelf implements ArchivedLog {
  readonly rows: LogRow[] = [];
  readonly marks = new Set<number>();
  archived = 0;
  claimed = 0;

  get head(): number {
    return this.rows.length;
  }

  write(at: number, body = `{"content":"hello"}`): void {
    this.rows.push(rowOf({ seq: this.head + 1, at, sender_id: "ann", client_id: null, kind: "message", body }));
  }

  /** A row changes by a new entry. */
  change(seq: number, at: number): void {
    this.write(at, "{}");
    const row = this.rows[seq - 1];
    if (!row) throw new Error("nothing to change");
    row.edited = `{"content":"edited ${this.head}"}`;
    if (seq <= this.claimed) this.marks.add(seq);
  }

  after(after: number, limit: number): LogRow[] {
    return structuredClone(this.rows.slice(after, after + limit));
  }

  at(seq: number): LogRow | undefined {
    return structuredClone(this.rows[seq - 1]);
  }

  stale(limit: number): number[] {
    return [...this.marks].toSorted((a, b) => a - b).slice(0, limit);
  }

  advance(seq: number): void {
    this.archived = seq;
  }

  refreshed(seqs: readonly number[]): void {
    for (const seq of seqs) this.marks.delete(seq);
  }
}

/** Keeps the first put waiting until it is let go. */
const holding = (archive: MemoryArchive): { readonly arrived: Promise<void>; letGo(): void } => {
  const arrived = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  archive.gate = async (_what, when) => {
    if (when === "before") return;
    archive.gate = async () => undefined;
    arrived.resolve();
    await held.promise;
  };
  return { arrived: arrived.promise, letGo: () => held.resolve() };
};

class Scene {
  readonly time = new VirtualTime();
  readonly shelf = new Shelf();
  readonly archive = new MemoryArchive();
  readonly told: string[] = [];
  archiver = this.load();

  load(epoch = 1, gather = 256): Archiver {
    this.shelf.claimed = this.shelf.archived;
    this.archiver = new Archiver({
      conversation: "c1",
      epoch,
      store: this.archive,
      log: this.shelf,
      clock: this.time,
      timers: this.time,
      random: () => 0.5,
      gather,
      archived: (entries, failures) => this.told.push(`archived ${entries} after ${failures}`),
      failed: (failures) => this.told.push(`failed ${failures}`),
    });
    return this.archiver;
  }

  write(count: number, body?: string): void {
    for (let i = 0; i < count; i++) this.shelf.write(this.time.now(), body);
  }

  /** Whether the archive has what it is to have: each row as it stands. */
  get isTrue(): boolean {
    const { shelf, archive } = this;
    return JSON.stringify(archive.log("c1")) === JSON.stringify(shelf.rows.slice(0, shelf.archived));
  }
}

describe("when it begins", () => {
  it("when so many entries wait, and then with full batches only", async () => {
    const scene = new Scene();
    scene.write(255);
    await scene.archiver.run();
    expect([scene.archive.puts, scene.archiver.nextAt()]).toEqual([0, Infinity]);
    scene.write(LIMITS.archiveBatch + 45);
    expect(scene.archiver.nextAt()).toBe(scene.time.now() + LIMITS.archivePauseMs);
    await scene.archiver.run();
    expect([scene.shelf.archived, scene.archive.puts]).toEqual([512, 2]);
    expect(scene.archiver.nextAt()).toBe(Infinity);
    expect(scene.isTrue).toBe(true);
    expect(scene.told).toEqual(["archived 512 after 0"]);
  });

  it("when the oldest has waited a week, and something else rings: then all that waits", async () => {
    const scene = new Scene();
    scene.write(3);
    scene.time.jumpTo(scene.time.now() + WEEK - 1);
    scene.write(2);
    await scene.archiver.run();
    expect(scene.shelf.archived).toBe(0);
    scene.time.jumpTo(scene.time.now() + 1);
    expect(scene.archiver.nextAt()).toBe(Infinity);
    await scene.archiver.run();
    expect(scene.shelf.archived).toBe(5);
  });

  it("when something changed behind the cursor", async () => {
    const scene = new Scene();
    scene.write(256);
    await scene.archiver.run();
    scene.shelf.change(7, scene.time.now());
    expect(scene.archiver.nextAt()).toBeLessThan(Infinity);
    await scene.archiver.run();
    expect([scene.shelf.marks.size, scene.shelf.archived]).toEqual([0, 256]);
    expect(scene.isTrue).toBe(true);
  });
});

describe("a batch", () => {
  it("is bounded in bytes, and a row that is larger travels alone", async () => {
    const scene = new Scene();
    const body = "x".repeat(LIMITS.archiveBatchBytes / 4);
    scene.write(10, body);
    scene.write(1, "y".repeat(2 * LIMITS.archiveBatchBytes));
    scene.write(1);
    scene.load(1, 1);
    await scene.archiver.run();
    expect([scene.archive.puts, scene.shelf.archived]).toEqual([5, 12]);
    expect(scene.isTrue).toBe(true);
    expect(scene.archive.peak.bytes).toBeLessThan(2.1 * LIMITS.archiveBatchBytes);
    expect(scene.archive.held).toEqual({ rows: 0, bytes: 0 });
  });

  it("a backlog is drained over several runs, and others have their turn", async () => {
    const scene = new Scene();
    scene.write(5 * LIMITS.archiveRunBatches * LIMITS.archiveBatch);
    let runs = 0;
    for (; scene.archiver.nextAt() < Infinity; runs++) await scene.archiver.run();
    expect(runs).toBe(5);
    expect([scene.shelf.archived, scene.isTrue]).toEqual([scene.shelf.head, true]);
  });

  it("a slow archive ends a run after its time", async () => {
    const scene = new Scene();
    scene.write(10 * LIMITS.archiveBatch);
    scene.archive.gate = (_what, when) =>
      new Promise((resolve) => {
        scene.time.after(when === "before" ? 900 : 0, resolve);
      });
    const run = scene.archiver.run();
    await scene.time.pass(10_000);
    await run;
    expect(scene.shelf.archived).toBe(3 * LIMITS.archiveBatch);
  });

  it("one run at a time", async () => {
    const scene = new Scene();
    scene.write(256);
    const hold = holding(scene.archive);
    const runs = [scene.archiver.run(), scene.archiver.run()];
    await hold.arrived;
    expect([scene.archiver.nextAt(), scene.archive.puts]).toEqual([Infinity, 1]);
    hold.letGo();
    await Promise.all(runs);
    expect([scene.archive.puts, scene.shelf.archived]).toEqual([1, 256]);
  });
});

describe("what happens meanwhile", () => {
  it("a crash between the put and the cursor: it is put once more, and nothing is doubled", async () => {
    const scene = new Scene();
    scene.write(256);
    const hold = holding(scene.archive);
    void scene.archiver.run();
    await hold.arrived;
    expect([scene.archive.log("c1").length, scene.shelf.archived]).toEqual([256, 0]);
    // What it changes after it lives again was not marked as stale: the next put has it.
    scene.load();
    scene.shelf.change(3, scene.time.now());
    expect(scene.shelf.marks.size).toBe(0);
    await scene.archiver.run();
    expect([scene.archive.log("c1").length, scene.shelf.archived, scene.isTrue]).toEqual([256, 256, true]);
  });

  it("a row that changes while it is put for the first time is put again", async () => {
    const scene = new Scene();
    scene.write(256);
    const hold = holding(scene.archive);
    const run = scene.archiver.run();
    await hold.arrived;
    scene.shelf.change(3, scene.time.now());
    hold.letGo();
    await run;
    expect([scene.shelf.archived, scene.shelf.marks.size, scene.isTrue]).toEqual([256, 0, true]);
  });

  it("a row that changes while it is put again stays marked until it is there as it stands", async () => {
    const scene = new Scene();
    scene.write(300);
    await scene.archiver.run();
    scene.shelf.change(3, scene.time.now());
    scene.shelf.change(4, scene.time.now());
    const hold = holding(scene.archive);
    const run = scene.archiver.run();
    await hold.arrived;
    scene.shelf.change(3, scene.time.now());
    hold.letGo();
    await run;
    // In the same run: what was left is the next batch.
    expect([scene.archive.puts, scene.shelf.marks.size, scene.isTrue]).toEqual([3, 0, true]);
  });

  it("a put that was given up and comes to something after all overwrites nothing newer", async () => {
    const scene = new Scene();
    scene.write(256);
    const late = Promise.withResolvers<void>();
    scene.archive.gate = async (_what, when) => {
      if (when === "before") await late.promise;
    };
    const run = scene.archiver.run();
    await scene.time.pass(LIMITS.archiveCallMs);
    await run;
    expect(scene.told).toEqual(["failed 1"]);
    scene.archive.gate = async () => undefined;
    scene.shelf.change(3, scene.time.now());
    await scene.time.pass(LIMITS.archiveRetryMs);
    await scene.archiver.run();
    late.resolve();
    await scene.time.pass(1);
    expect([scene.shelf.archived, scene.isTrue]).toEqual([256, true]);
  });

  it("a new epoch overwrites, though its head is lower", async () => {
    const scene = new Scene();
    scene.write(600);
    await scene.archiver.run();
    expect(scene.shelf.archived).toBe(512);
    scene.shelf.rows.length = 256;
    for (const row of scene.shelf.rows) row.body = `{"content":"restored"}`;
    scene.shelf.archived = 0;
    scene.load(2);
    await scene.archiver.run();
    expect(scene.archive.log("c1").slice(0, 256)).toEqual(scene.shelf.rows);
  });
});

describe("an archive that is down", () => {
  it("is asked ever more rarely, with jitter, and then everything is archived", async () => {
    const scene = new Scene();
    scene.write(1000);
    scene.archive.gate = async () => {
      throw new Error("down");
    };
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      await scene.archiver.run();
      const at = scene.archiver.nextAt();
      waits.push(Math.round((at - scene.time.now()) / 1000));
      // Whatever else rings the alarm, it is left alone.
      const { puts } = scene.archive;
      await scene.archiver.run();
      expect(scene.archive.puts).toBe(puts);
      scene.time.jumpTo(at);
    }
    expect(waits).toEqual([4, 8, 15, 30, 60, 120, 240, 450, 450, 450]);
    expect([scene.archiver.failures, scene.shelf.archived]).toEqual([10, 0]);
    scene.archive.gate = async () => undefined;
    await scene.archiver.run();
    expect(scene.told.at(-1)).toBe("archived 768 after 10");
    expect([scene.archiver.failures, scene.shelf.archived, scene.isTrue]).toEqual([0, 768, true]);
  });

  it("fails after it did it: the batch is put once more", async () => {
    const scene = new Scene();
    scene.write(256);
    scene.archive.gate = async (_what, when) => {
      if (when === "after") throw new Error("the answer was lost");
    };
    await scene.archiver.run();
    expect([scene.archive.log("c1").length, scene.shelf.archived]).toEqual([256, 0]);
    scene.archive.gate = async () => undefined;
    await scene.time.pass(LIMITS.archiveRetryMs);
    await scene.archiver.run();
    expect([scene.archive.log("c1").length, scene.shelf.archived]).toEqual([256, 256]);
  });

  it("a clock that was set back holds it back for no longer than failures do", async () => {
    const scene = new Scene();
    scene.write(256);
    scene.archive.gate = async () => {
      throw new Error("down");
    };
    await scene.archiver.run();
    scene.archive.gate = async () => undefined;
    scene.time.jumpTo(scene.time.now() - 86_400_000);
    await scene.archiver.run();
    expect(scene.shelf.archived).toBe(256);
  });
});
