import type { Sql, SqlValue } from "../core/ports.ts";

/** An object's own SQLite database. */
export class DurableSql implements Sql {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  all<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    return this.#storage.sql.exec(statement, ...bindings).toArray() as Row[];
  }

  run(statement: string, ...bindings: readonly SqlValue[]): void {
    this.#storage.sql.exec(statement, ...bindings);
  }

  /** A throw in a turn rolls nothing back by itself: only this does. */
  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }
}
