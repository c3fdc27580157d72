import type { Sql } from "./ports.ts";

export interface Migration {
  /** `0001-initial`: the number orders, and is never used twice. */
  readonly name: string;
  readonly statements: string;
}

interface AppliedRow {
  name: string;
  hash: string;
}

/** FNV-1a: enough to notice that a migration was edited after it ran somewhere. */
export const hashOf = (text: string): string => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
};

/** Whether the database was ever written: an object that nobody created stays empty. */
export const isEmpty = (sql: Sql): boolean =>
  sql.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").length === 0;

/**
 * Brings a store up to date. Append-only: a history that was changed or reordered refuses to start,
 * because what is on disk was made by the old one.
 */
export const migrate = (sql: Sql, migrations: readonly Migration[]): void => {
  const fresh = isEmpty(sql);
  const applied = fresh ? [] : sql.all<AppliedRow>("SELECT name, hash FROM migrations ORDER BY id");
  for (const [index, row] of applied.entries()) {
    const known = migrations[index];
    if (!known || known.name !== row.name || hashOf(known.statements) !== row.hash) {
      throw new Error(`unable to open the store; migration ${row.name} is not the one that made it`);
    }
  }
  if (applied.length === migrations.length) return;
  sql.transaction(() => {
    if (fresh) sql.run("CREATE TABLE migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL)");
    for (const [index, migration] of migrations.entries()) {
      if (index < applied.length) continue;
      sql.run(migration.statements);
      sql.run(
        "INSERT INTO migrations (id, name, hash) VALUES (?, ?, ?)",
        index + 1,
        migration.name,
        hashOf(migration.statements),
      );
    }
  });
};
