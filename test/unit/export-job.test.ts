import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { Alarm } from "../../src/core/alarm.ts";
import type { BlobHead, BlobStore } from "../../src/core/blobs/blob-store.ts";
import { EXPORT_STAGES, ExportJob, exportKey } from "../../src/core/personal/export-job.ts";
import type { ExportPiece, ExportSource } from "../../src/core/personal/export-job.ts";
import { migrate } from "../../src/core/migrations.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { rangeOf } from "../../src/worker/range.ts";
import { codeOf, valueOf } from "./conversation-fixtures.ts";
import { NodeSql } from "./node-sql.ts";
import { JOBS } from "./stores.ts";
import { VirtualTime } from "./virtual-time.ts";

const WISH = { export_id: "e1", user_id: "ann", include: "own", region: "local" } as const;
const LINES = 2200;
const CONVERSATIONS = ["c1", "c2", "c3"];

/** Fails when it is told to, before or after it did what it was asked for. */
class Faults {
  #left: number;
  calls = 0;

  constructor(at = Infinity) {
    this.#left = at;
  }

  async pass<T>(work: () => T): Promise<T> {
    this.calls++;
    this.#left--;
    if (this.#left === 0) throw new Error("it dies before");
    const done = work();
    this.#left--;
    if (this.#left === 0) throw new Error("it dies after");
    return done;
  }
}

class Files implements BlobStore {
  readonly files = new Map<string, Uint8Array>();
  faults = new Faults();

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.faults.pass(() => void this.files.set(key, bytes));
  }
  get(key: string): Promise<Uint8Array | undefined> {
    return this.faults.pass(() => this.files.get(key));
  }
  head(): Promise<BlobHead | undefined> {
    throw new Error("nobody asks");
  }
  delete(key: string): Promise<void> {
    return this.faults.pass(() => void this.files.delete(key));
  }
  list(): Promise<readonly BlobHead[]> {
    throw new Error("nobody asks");
  }
}

const line = (id: string, n: number): string => JSON.stringify({ kind: "message", id, n, text: "x".repeat(500) });

/** Three conversations, paged by a hundred. */
class Source implements ExportSource {
  faults = new Faults();

  person(): ReturnType<ExportSource["person"]> {
    return this.faults.pass(() => ({ lines: ['{"kind":"profile"}'], conversations: CONVERSATIONS }));
  }
  conversation(_wish: object, id: string, stage: string, cursor: string | undefined): Promise<ExportPiece> {
    return this.faults.pass(() => {
      if (stage !== "messages") return { lines: [JSON.stringify({ kind: stage, id })] };
      const from = Number(cursor ?? 0);
      const lines = Array.from({ length: 100 }, (_x, n) => line(id, from + n));
      return { lines, next: from + 100 < LINES ? String(from + 100) : undefined };
    });
  }
}

const expected = (): string[] => CONVERSATIONS.flatMap((id) => Array.from({ length: LINES }, (_x, n) => line(id, n)));

const sha256 = async (parts: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash("sha256");
  for await (const part of parts) hash.update(part);
  return hash.digest("hex");
};

let time: VirtualTime;
let sql: NodeSql;
let files: Files;
let source: Source;

beforeEach(() => {
  time = new VirtualTime();
  sql = new NodeSql();
  migrate(sql, JOBS);
  files = new Files();
  source = new Source();
});

/** A life of the object: what is in memory is gone with it, and the alarm rings again. */
const life = () => {
  const job = new ExportJob({
    sql,
    clock: time,
    source,
    blobs: () => files,
    gzip: async (text) => gzipSync(text),
    sha256,
    waits: () => alarm.changed(),
  });
  const alarm: Alarm = new Alarm([job], () => undefined);
  return { job, alarm };
};

const run = async (hours = 1): Promise<void> => {
  for (let i = 0; i < hours * 600; i++) {
    await life().alarm.ring(time.now());
    await time.pass(6000);
    if (valueOf(life().job.state()).status !== "running") return;
  }
};

const whole = (): string[] => {
  const { parts } = valueOf(life().job.file());
  const bytes = parts.map((size, part) => {
    const file = files.files.get(exportKey("e1", part));
    expect(file?.byteLength).toBe(size);
    return file ?? new Uint8Array();
  });
  return gunzipSync(Buffer.concat(bytes)).toString("utf8").trimEnd().split("\n");
};

const check = (): void => {
  const lines = whole();
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ kind: "export", format: 1, user_id: "ann" });
  expect(lines.filter((one) => one.includes('"kind":"message"'))).toEqual(expected());
  for (const stage of EXPORT_STAGES.slice(0, 3))
    expect(lines.filter((one) => one.includes(`"${stage}"`)).length).toBe(3);
  expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ kind: "end", lines: lines.length });
  const all = Buffer.concat(
    valueOf(life().job.file()).parts.map((_s, n) => files.files.get(exportKey("e1", n)) ?? new Uint8Array()),
  );
  const state = valueOf(life().job.state());
  expect(state.sha256).toBe(createHash("sha256").update(all).digest("hex"));
  expect(state).toMatchObject({ status: "done", bytes: all.byteLength, done: 3, of: 3 });
};

describe("an export of a person's data", () => {
  it("[DATA-8] is one gzip file of lines, each once and in order, with its sum", async () => {
    valueOf(life().job.begin(WISH));
    expect(codeOf(life().job.file())).toBe("conflict");
    await run();
    check();
    expect(valueOf(life().job.state()).parts).toBeGreaterThan(3);
  });

  it("[DATA-8] begun again is the same, and by another's name a conflict", async () => {
    const first = valueOf(life().job.begin(WISH));
    await time.pass(1000);
    expect(valueOf(life().job.begin(WISH))).toEqual(first);
    expect(codeOf(life().job.begin({ ...WISH, user_id: "bob" }))).toBe("conflict");
    expect(codeOf(life().job.begin({ ...WISH, include: "readable" }))).toBe("conflict");
  });

  it("[DATA-9] is whole wherever it was interrupted", async () => {
    valueOf(life().job.begin(WISH));
    await run();
    const steps = 2 * (source.faults.calls + files.faults.calls);
    expect(steps).toBeGreaterThan(100);
    for (let at = 1; at <= steps; at += 7) {
      sql = new NodeSql();
      migrate(sql, JOBS);
      files = new Files();
      source = new Source();
      const faults = new Faults(at);
      files.faults = faults;
      source.faults = faults;
      valueOf(life().job.begin(WISH));
      await run();
      check();
    }
  }, 60_000);

  it("[DATA-9] waits while it cannot be read, and is given up after a day", async () => {
    valueOf(life().job.begin(WISH));
    source.person = () => Promise.reject(new Error("out of reach"));
    await run(12);
    expect(valueOf(life().job.state()).status).toBe("running");
    await run(24);
    expect(valueOf(life().job.state())).toMatchObject({ status: "failed", bytes: 0 });
    expect(life().job.nextAt()).toBe(Infinity);
  });

  it("[DATA-10] is thrown away after some days", async () => {
    valueOf(life().job.begin(WISH));
    await run();
    const { expires_at = "" } = valueOf(life().job.state());
    expect(Date.parse(expires_at) - time.now()).toBeGreaterThan(LIMITS.exportKeepMs - 60_000);
    await time.pass(LIMITS.exportKeepMs);
    await life().alarm.ring(time.now());
    expect(valueOf(life().job.state()).status).toBe("expired");
    expect(files.files.size).toBe(0);
    expect(codeOf(life().job.file())).toBe("not_found");
  });
});

describe("a range of bytes", () => {
  it.each([
    [undefined, { from: 0, end: 100, isPart: false }],
    ["bytes=0-", { from: 0, end: 100, isPart: true }],
    ["bytes=10-19", { from: 10, end: 20, isPart: true }],
    ["bytes=90-200", { from: 90, end: 100, isPart: true }],
    ["bytes=-30", { from: 70, end: 100, isPart: true }],
    ["bytes=-300", { from: 0, end: 100, isPart: true }],
    ["bytes=100-", undefined],
    ["bytes=20-10", undefined],
    ["bytes=0-1,5-6", { from: 0, end: 100, isPart: false }],
    ["lines=1-2", { from: 0, end: 100, isPart: false }],
  ])("%s", (header, range) => {
    expect(rangeOf(header, 100)).toEqual(range);
  });
});
