import type { Seq, UserId } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";
import { LOG_COLUMNS } from "./log-table.ts";
import { rangeHere } from "./log-range.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import { editedOf } from "./message-table.ts";

/** The newest entry that changed a message. */
const CHANGED_BY = "MAX(COALESCE(deleted_seq, 0), COALESCE(json_extract(edited, '$.entries[#-1]'), 0))";

const WAITS = "expires_at IS NOT NULL AND deleted_seq IS NULL";

/**
 * Entries that stay when those around them are pruned:
 * - messages that wait to expire: nobody would ask the archive when they do;
 * - messages that a later entry changed which is still here: whoever is brought that one looks at them;
 * - the newest message of all, and the newest for each who does not see everything: lists show it;
 * - of the first and the last of these, their edits, which a deletion empties and which tell how a message stood before the last;
 * - what changed since it was archived.
 */
export class KeptTable {
  readonly #sql: Sql;
  readonly #log: LogTable;

  constructor(sql: Sql, log: LogTable) {
    this.#sql = sql;
    this.#log = log;
  }

  /** How many entries of the older generation wait to expire, as far as `limit`. */
  waiting(limit: number): number {
    const { older } = this.#log.generations;
    return this.#sql.all(`SELECT 1 FROM ${older} WHERE ${WAITS} LIMIT ?`, limit).length;
  }

  /** Takes over what stays of the older generation, which ends with `last`, and lets go what stays no longer. */
  turn(last: Seq, readers: readonly UserId[]): void {
    const { older } = this.#log.generations;
    const stays = this.#stays(last, readers);
    this.#sql.run(
      `DELETE FROM kept WHERE seq NOT IN (SELECT value FROM json_each(?)) AND seq NOT IN (SELECT seq FROM stale)
       AND ${CHANGED_BY} <= ?`,
      JSON.stringify(stays),
      last,
    );
    const touched = this.#log.blocks.touchedLater(this.#log.pruned, last);
    this.#sql.run(
      `INSERT INTO kept (${LOG_COLUMNS}) SELECT ${LOG_COLUMNS} FROM ${older} WHERE seq IN (SELECT value FROM json_each(?))`,
      JSON.stringify([...stays, ...touched]),
    );
  }

  #stays(last: Seq, readers: readonly UserId[]): Seq[] {
    const newest = ["", ...readers].flatMap((reader) =>
      rangeHere(this.#sql, { after: 0, before: last + 1, order: "newest", limit: 1, kind: "message", reader }),
    );
    const waiting = this.#sql.all<LogRow>(`SELECT ${LOG_COLUMNS} FROM log WHERE ${WAITS} AND seq <= ?`, last);
    const rows = [...newest, ...waiting];
    return [...rows.map(({ seq }) => seq), ...rows.flatMap((row) => editedOf(row)?.entries ?? [])];
  }
}
