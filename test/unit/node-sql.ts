import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import type { Sql, SqlValue } from "../../src/core/ports.ts";

/**
 * The `Sql` port on node:sqlite: a database in memory. What is run outside a transaction is committed at
 * once; a throw inside one rolls back, as it does inside an object.
 */
export class NodeSql implements Sql {
  readonly #db = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #rowsWritten = 0;

  /** Rows that `run` with bindings has inserted, updated or deleted. */
  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  all<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    return this.#prepare(statement).all(...bindings) as Row[];
  }

  run(statement: string, ...bindings: readonly SqlValue[]): void {
    // Only `exec` takes several statements at once, and it takes no bindings.
    if (bindings.length === 0) this.#db.exec(statement);
    else this.#rowsWritten += Number(this.#prepare(statement).run(...bindings).changes);
  }

  transaction<T>(work: () => T): T {
    const name = `nested_${this.#depth}`;
    this.#db.exec(`SAVEPOINT ${name}`);
    this.#depth++;
    try {
      const value = work();
      this.#db.exec(`RELEASE ${name}`);
      return value;
    } catch (error) {
      this.#db.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(statement: string): StatementSync {
    let prepared = this.#statements.get(statement);
    if (!prepared) {
      prepared = this.#db.prepare(statement);
      this.#statements.set(statement, prepared);
    }
    return prepared;
  }
}
