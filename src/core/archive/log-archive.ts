import type { Seq } from "../../shared/ids.ts";
import type { LogRow, LogTable } from "../conversation/log-table.ts";
import type { Sql } from "../ports.ts";
import type { ArchivedLog } from "./archiver.ts";

/** The log as the archiver sees it: rows, the cursor up to which they are archived, and what changed behind it. */
export class LogArchive implements ArchivedLog {
  readonly #sql: Sql;
  readonly #log: LogTable;
  readonly #head: () => Seq;
  #archived: Seq;

  constructor(sql: Sql, log: LogTable, head: () => Seq) {
    this.#sql = sql;
    this.#log = log;
    this.#head = head;
    this.#archived = sql.all<{ archived: Seq }>("SELECT archived FROM conversation WHERE one = 1")[0]?.archived ?? 0;
  }

  get head(): Seq {
    return this.#head();
  }

  get archived(): Seq {
    return this.#archived;
  }

  get claimed(): Seq {
    return this.#log.claimed;
  }

  set claimed(seq: Seq) {
    this.#log.claimed = seq;
  }

  after(after: Seq, limit: number): LogRow[] {
    return this.#log.after(after, limit);
  }

  at(seq: Seq): LogRow | undefined {
    return this.#log.at(seq);
  }

  stale(limit: number): Seq[] {
    return this.#sql.all<{ seq: Seq }>("SELECT seq FROM stale ORDER BY seq LIMIT ?", limit).map(({ seq }) => seq);
  }

  advance(seq: Seq): void {
    this.#sql.run("UPDATE conversation SET archived = ? WHERE one = 1", seq);
    this.#archived = seq;
  }

  refreshed(seqs: readonly Seq[]): void {
    this.#sql.run("DELETE FROM stale WHERE seq IN (SELECT value FROM json_each(?))", JSON.stringify(seqs));
  }
}
