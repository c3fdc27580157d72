import type { Seq } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";

const TABLES = ["log_0", "log_1"] as const;

type Generation = (typeof TABLES)[number];

/** The two tables of the log: the newer one takes new entries, the older one goes as a whole. */
export class Generations {
  readonly #sql: Sql;
  #number: number;
  #pruned: Seq;
  /** Up to here the archive has everything, as it was when this object began to live. */
  readonly archivedAtFirst: Seq;
  #first: Seq;

  constructor(sql: Sql) {
    this.#sql = sql;
    const row = sql.all<{ generation: number; pruned: Seq; archived: Seq }>(
      "SELECT generation, pruned, archived FROM conversation WHERE one = 1",
    )[0];
    this.#number = row?.generation ?? 0;
    this.#pruned = row?.pruned ?? 0;
    this.archivedAtFirst = row?.archived ?? 0;
    this.#first = this.#lowest(this.newer) ?? (this.#highest(this.older) ?? this.#pruned) + 1;
  }

  get newer(): Generation {
    return this.#number % 2 === 0 ? TABLES[0] : TABLES[1];
  }

  get older(): Generation {
    return this.#number % 2 === 0 ? TABLES[1] : TABLES[0];
  }

  /** Up to here the log is in the archive only, but for what is kept. */
  get pruned(): Seq {
    return this.#pruned;
  }

  /** The first place of the newer one, also when nothing is there yet. */
  get first(): Seq {
    return this.#first;
  }

  /** Which of them has an entry that is not pruned. */
  of(seq: Seq): Generation {
    return seq >= this.#first ? this.newer : this.older;
  }

  /** The older one, which ends with `last`, goes; the newer one takes its place, and what is new goes to the other from now on. */
  turn(last: Seq, head: Seq): void {
    const { older } = this;
    // As it is: later migrations may have given it more.
    const made = this.#sql.all<{ sql: string }>(
      "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC",
      older,
    );
    if (last > this.#pruned) {
      this.#sql.run(`DROP TABLE ${older}`);
      for (const { sql } of made) this.#sql.run(sql);
    }
    this.#sql.run("UPDATE conversation SET generation = generation + 1, pruned = ? WHERE one = 1", last);
    this.#number++;
    this.#pruned = last;
    this.#first = head + 1;
  }

  #lowest(table: Generation): Seq | undefined {
    return this.#sql.all<{ seq: Seq }>(`SELECT seq FROM ${table} ORDER BY seq LIMIT 1`)[0]?.seq;
  }

  #highest(table: Generation): Seq | undefined {
    return this.#sql.all<{ seq: Seq }>(`SELECT seq FROM ${table} ORDER BY seq DESC LIMIT 1`)[0]?.seq;
  }
}
