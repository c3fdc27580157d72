import { env as bindings } from "cloudflare:workers";
import { evictDurableObject, listDurableObjectIds } from "cloudflare:test";
import { expect, it } from "vitest";
import type { ArchiveObject } from "../../src/objects/archive/archive-object.ts";
import { ARCHIVE_MIGRATIONS } from "../../src/objects/archive/migrations.ts";
import { archiveOf } from "../../src/platform/archive.ts";
import type { ArchiveBindings } from "../../src/rpc/bindings.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { describeArchive, entry } from "../contract/archive-store.ts";

const env = bindings as unknown as ArchiveBindings & {
  readonly ARCHIVE: DurableObjectNamespace<ArchiveObject>;
  readonly TEST_D1: D1Database;
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

describeArchive("D1", async () => {
  await migrateD1(env.TEST_D1);
  const withD1: ArchiveBindings & { readonly ARCHIVE_DB_EU: D1Database } = { ...env, ARCHIVE_DB_EU: env.TEST_D1 };
  return { store: archiveOf(withD1, "eu"), stop: async () => undefined };
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
