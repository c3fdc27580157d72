import { env as bindings } from "cloudflare:workers";
import { evictDurableObject, listDurableObjectIds } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { ArchiveStore } from "../../src/core/archive/archive-store.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import type { ArchiveObject } from "../../src/objects/archive/archive-object.ts";
import { ARCHIVE_MIGRATIONS } from "../../src/objects/archive/migrations.ts";
import { archiveOf, archiveTableOf } from "../../src/platform/archive.ts";
import type { ArchiveBindings, BlobBindings } from "../../src/rpc/bindings.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { describeArchive, entry } from "../contract/archive-store.ts";
import { describeSegmented } from "../contract/segmented-store.ts";

const env = bindings as unknown as ArchiveBindings & {
  readonly ARCHIVE: DurableObjectNamespace<ArchiveObject>;
  readonly TEST_D1: D1Database;
  readonly TEST_R2: R2Bucket;
};

/** One statement at a time, as `wrangler d1 migrations apply` does. */
const migrateD1 = async (database: D1Database): Promise<void> => {
  for (const { statements } of ARCHIVE_MIGRATIONS) {
    const bare = statements.replaceAll(/--[^\n]*\n/g, "");
    for (const statement of bare.split(";")) if (statement.trim() !== "") await database.prepare(statement).run();
  }
};

describeArchive("objects of this server", async () => ({
  store: archiveOf(env, "local"),
  stop: async () => undefined,
}));
describeSegmented("objects of this server", () => archiveTableOf(env, "local"));

const inD1: ArchiveBindings & { readonly ARCHIVE_DB_EU: D1Database } = { ...env, ARCHIVE_DB_EU: env.TEST_D1 };

describeArchive("D1", async () => {
  await migrateD1(env.TEST_D1);
  return { store: archiveOf(inD1, "eu"), stop: async () => undefined };
});
describeSegmented("D1", () => archiveTableOf(inD1, "eu"));

describe("months that go cold", () => {
  const coldEnv: ArchiveBindings & BlobBindings = { ...env, COLD_DAYS: "90", BLOBS: env.TEST_R2 };
  const begin = Date.UTC(2026, 2, 30);
  const rows = Array.from({ length: 240 }, (_, index) => entry(index + 1, { at: begin + index * 6 * 3_600_000 }));
  const page = { after: 0, before: Infinity, order: "oldest", limit: 256 } as const;

  const goCold = async (conversation: string, some: readonly LogRow[]): Promise<ArchiveStore> => {
    const store = archiveOf(coldEnv, "local");
    await store.put({ conversation, version: 1, rows: some });
    let now = begin + 400 * 86_400_000;
    for (let run = 0; run < 8; run++) await store.compact?.(conversation, (now += LIMITS.segmentSettleMs));
    expect(await archiveTableOf(env, "local").range({ conversation, ...page })).toEqual([]);
    return store;
  };

  it("lie in files of R2, one a month, and are read through the same call", async () => {
    const conversation = "g_local_goes-cold";
    const store = await goCold(conversation, rows);
    const keys = (await env.TEST_R2.list()).objects.map(({ key }) => key.replace(/[0-9a-f]{16}\./, "…."));
    const folder = `local/segments/${conversation}`;
    expect(keys).toEqual([
      `${folder}/2026-03/1-….jsonl.gz`,
      `${folder}/2026-04/9-….jsonl.gz`,
      `${folder}/2026-05/129-….jsonl.gz`,
    ]);
    expect(await archiveOf(coldEnv, "local").range({ conversation, ...page })).toEqual(rows);
    const emptied = { ...entry(100, { body: "{}", at: 1 }), deleted_seq: 240 };
    await store.put({ conversation, version: 2, rows: [emptied] });
    expect((await env.TEST_R2.list()).objects).toHaveLength(2);
    expect(await store.rows(conversation, [99, 100, 200])).toEqual([rows[98], emptied, rows[199]]);
  });

  it("that are damaged are an error and a line of the log, and nothing that is wrong", async () => {
    const conversation = "g_local_damaged";
    const store = await goCold(conversation, rows);
    const { objects } = await env.TEST_R2.list({ prefix: `local/segments/${conversation}/2026-04` });
    const key = objects[0]?.key ?? "";
    const bytes = new Uint8Array((await (await env.TEST_R2.get(key))?.arrayBuffer()) ?? []);
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    await env.TEST_R2.put(key, bytes);
    // Those that were read last are remembered: others come in their place.
    const others = Array.from({ length: 20 }, (_, index) => entry(index + 1, { at: begin + index * 10 * 86_400_000 }));
    expect(await (await goCold("g_local_others", others)).range({ conversation: "g_local_others", ...page })).toEqual(
      others,
    );
    const lines: string[] = [];
    const print = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    await expect(async () => store.range({ conversation, ...page })).rejects.toThrow(/missing or damaged/);
    await expect(async () => store.rows(conversation, [50])).rejects.toThrow(/missing or damaged/);
    print.mockRestore();
    expect(lines[0]).toBe(JSON.stringify({ event: "segment_failed", key: key.slice(6), reason: "checksum" }));
    expect(await store.rows(conversation, [5, 200])).toEqual([rows[4], rows[199]]);
    // What is written again is not held up by it, and is read.
    await store.put({ conversation, version: 2, rows: [entry(50)] });
    expect(await store.rows(conversation, [50])).toEqual([entry(50)]);
  });
});

it("spreads the conversations of a region over its objects, and finds them again when those have slept", async () => {
  const far = { ...env, REGIONS: "local,far" };
  const store = archiveOf(far, "far");
  const conversations = Array.from({ length: 200 }, (_, index) => `g_far_${index}`);
  const before = (await listDurableObjectIds(env.ARCHIVE)).length;
  for (const conversation of conversations) await store.put({ conversation, version: 1, rows: [entry(1)] });
  const ids = await listDurableObjectIds(env.ARCHIVE);
  expect(ids.length - before).toBe(LIMITS.archiveObjects);
  for (const id of ids) await evictDurableObject(env.ARCHIVE.get(id));
  const found = await Promise.all(conversations.map((conversation) => archiveOf(far, "far").rows(conversation, [1])));
  expect(found).toEqual(conversations.map(() => [entry(1)]));
});
