import { isEmpty, migrate } from "./migrations.ts";
import type { Migration } from "./migrations.ts";
import type { Sql, SqlValue } from "./ports.ts";

/** A store that nobody wrote to yet: nothing is found in it, and the first write makes its tables. */
class UnmadeStore implements Sql {
  readonly #sql: Sql;
  readonly #migrations: readonly Migration[];
  readonly #first: string | undefined;
  #made = false;

  constructor(sql: Sql, migrations: readonly Migration[], first: string | undefined) {
    this.#sql = sql;
    this.#migrations = migrations;
    this.#first = first;
  }

  all<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    if (!this.#made && /^\s*SELECT\b/i.test(statement)) return [];
    return this.#make().all(statement, ...bindings);
  }

  run(statement: string, ...bindings: readonly SqlValue[]): void {
    this.#make().run(statement, ...bindings);
  }

  transaction<T>(work: () => T): T {
    return this.#make().transaction(work);
  }

  #make(): Sql {
    if (this.#made) return this.#sql;
    this.#sql.transaction(() => {
      migrate(this.#sql, this.#migrations);
      if (this.#first !== undefined) this.#sql.run(this.#first);
    });
    this.#made = true;
    return this.#sql;
  }
}

/**
 * An object's store, up to date. Asking an object that never lived leaves nothing behind: any id may be named. `first`: a
 * statement with which a new store begins.
 */
export const openStore = (sql: Sql, migrations: readonly Migration[], first?: string): Sql => {
  if (isEmpty(sql)) return new UnmadeStore(sql, migrations, first);
  migrate(sql, migrations);
  return sql;
};
