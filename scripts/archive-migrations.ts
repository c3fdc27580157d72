import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { hashOf } from "../src/core/migrations.ts";
import type { Migration } from "../src/core/migrations.ts";
import { archiveClient } from "../src/platform/archive/archive-client.ts";
import { readArchiveUrl } from "../src/platform/archive/archive-url.ts";
import { archiveErrorOf } from "../src/platform/archive/database-error.ts";

const FOLDER = path.resolve(import.meta.dirname, "../migrations/archive-mysql");
const TIMEOUT_MS = 10_000;
const AGAIN_MS = 30_000;
/** What a statement meets that was run already, and of which nobody heard: a change of a schema is no transaction. */
const DONE_ERRORS = new Set([1050, 1060, 1061, 1091]);

/** The database was made by another history of migrations. */
export class ArchiveHistoryError extends Error {
  override readonly name = "ArchiveHistoryError";
}

interface AppliedRow {
  readonly name: string;
  readonly hash: string;
}

type Run = (statement: string, args?: unknown[]) => Promise<readonly object[]>;

/** drizzle-kit made them, in the order of their numbers. */
export const archiveMigrations = (): readonly Migration[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(".sql"))
    .toSorted()
    .map((file) => ({ name: file.replace(/\.sql$/, ""), statements: readFileSync(path.join(FOLDER, file), "utf8") }));

const runnerOf = (text: string): Run => {
  const url = readArchiveUrl(text);
  if ("problem" in url) throw new Error(`unable to reach the archive; ${url.problem}`);
  const client = archiveClient(url, { fetch: (to, init) => fetch(to, init) }, TIMEOUT_MS);
  return async (statement, args = []) => {
    try {
      const { rows } = await client.execute(statement, args);
      return rows as readonly object[];
    } catch (error) {
      const errno = Number(/\(errno (\d+)\)/.exec((error as Error).message)?.[1] ?? 0);
      if (DONE_ERRORS.has(errno)) return [];
      throw archiveErrorOf(error);
    }
  };
};

/**
 * Brings the database that a URL names up to date, and answers which migrations were new there. What a crash interrupts
 * begins anew with the next call.
 * @throws {ArchiveHistoryError} where an applied migration is not the one that is here
 */
export const migrateArchive = async (url: string, migrations = archiveMigrations()): Promise<readonly string[]> => {
  const run = runnerOf(url);
  await run(
    "CREATE TABLE IF NOT EXISTS archive_migrations (id int NOT NULL PRIMARY KEY, name varchar(128) NOT NULL, hash varchar(16) NOT NULL)",
  );
  const applied = (await run("SELECT name, hash FROM archive_migrations ORDER BY id")) as readonly AppliedRow[];
  for (const [index, row] of applied.entries()) {
    const known = migrations[index];
    if (!known || known.name !== row.name || hashOf(known.statements) !== row.hash) {
      throw new ArchiveHistoryError(`unable to use the archive; its migration ${row.name} is not the one that made it`);
    }
  }
  const fresh = migrations.slice(applied.length);
  for (const [index, { name, statements }] of fresh.entries()) {
    for (const statement of statements.split("--> statement-breakpoint")) await run(statement.trim());
    const id = applied.length + index + 1;
    await run("INSERT IGNORE INTO archive_migrations (id, name, hash) VALUES (?, ?, ?)", [
      id,
      name,
      hashOf(statements),
    ]);
  }
  return fresh.map(({ name }) => name);
};

/**
 * Migrates all archives of a server that starts. One that is not reached keeps nobody waiting: conversations go on without
 * it, and it is asked again until it is there or the server ends. Answers how to stop that.
 * @throws {ArchiveHistoryError}
 */
export const migrateArchives = async (
  urls: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<() => void> => {
  const timers = new Set<NodeJS.Timeout>();
  const attempt = async (setting: string, url: string): Promise<void> => {
    try {
      const applied = await migrateArchive(url);
      if (applied.length > 0) say(`${setting}: applied ${applied.join(", ")}.`);
    } catch (error) {
      if (error instanceof ArchiveHistoryError) throw error;
      say(`${setting}: ${(error as Error).message}; again in ${AGAIN_MS / 1000} s`);
      const timer = setTimeout(() => {
        timers.delete(timer);
        attempt(setting, url).catch((failure: unknown) => say(`${setting}: ${(failure as Error).message}`));
      }, AGAIN_MS);
      timers.add(timer.unref());
    }
  };
  await Promise.all(Object.entries(urls).map(([setting, url]) => attempt(setting, url)));
  return () => timers.forEach((timer) => clearTimeout(timer));
};
