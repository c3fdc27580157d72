import type { ArchiveRange } from "../archive/archive-store.ts";
import type { Sql } from "../ports.ts";
import { LOG_COLUMNS } from "./log-table.ts";
import type { LogRow } from "./log-table.ts";

/** Which entries are wanted, wherever they lie. */
export type LogRange = Omit<ArchiveRange, "conversation">;

/** Those of them that are here: what is not pruned, and of what is, what is kept. */
export const rangeHere = (sql: Sql, { after, before, order, limit, kind, thread, reader }: LogRange): LogRow[] =>
  sql.all<LogRow>(
    `SELECT ${LOG_COLUMNS} FROM log WHERE seq > ? AND seq < ?
       ${kind === undefined ? "" : "AND kind = 'message'"} ${thread === undefined ? "" : "AND thread = ?"}
       ${reader === undefined ? "" : "AND hidden_from IS NOT ?"}
     ORDER BY seq ${order === "newest" ? "DESC" : "ASC"} LIMIT ?`,
    after,
    before,
    ...(thread === undefined ? [] : [thread]),
    ...(reader === undefined ? [] : [reader]),
    limit,
  );

/** Both in the range's order and each as much of it as there is, up to its limit: what is here is newer than what was fetched. */
export const overlaid = (far: readonly LogRow[], here: readonly LogRow[], { order, limit }: LogRange): LogRow[] => {
  const places = new Map(far.map((row) => [row.seq, row]));
  for (const row of here) places.set(row.seq, row);
  const sign = order === "newest" ? -1 : 1;
  return [...places.values()].sort((a, b) => sign * (a.seq - b.seq)).slice(0, limit);
};
