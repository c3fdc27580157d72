import type { LogRow } from "../../src/core/conversation/log-table.ts";
import { LOG_COLUMNS } from "../../src/core/conversation/log-table.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Talk } from "../unit/conversation-fixtures.ts";
import { MemoryArchive } from "./memory-archive.ts";

/**
 * Everything up to `through` is in the archive only from here on, whatever is known of it otherwise: for tests of reading. The
 * conversation begins a new life.
 */
export const pruned = async (talk: Talk, through: number): Promise<MemoryArchive> => {
  const { sql } = talk;
  const archive = new MemoryArchive();
  const rows = sql.all<LogRow>(`SELECT ${LOG_COLUMNS} FROM log WHERE seq <= ? ORDER BY seq`, through);
  for (let from = 0; from < rows.length; from += LIMITS.archiveBatch) {
    await archive.put({ conversation: "c1", version: 1, rows: rows.slice(from, from + LIMITS.archiveBatch) });
  }
  sql.run("DELETE FROM log_0 WHERE seq <= ?", through);
  sql.run("UPDATE conversation SET pruned = ?, archived = ? WHERE one = 1", through, through);
  talk.archiving = { archive };
  talk.crash();
  return archive;
};
