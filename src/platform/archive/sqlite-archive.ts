import type { ArchiveBatch, ArchiveRange, ArchiveStore } from "../../core/archive/archive-store.ts";
import type { LogRow } from "../../core/conversation/log-table.ts";
import type { SqlValue } from "../../core/ports.ts";
import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { chunksOf } from "./row-chunks.ts";

/** A database of SQLite, near or far. */
export interface ArchiveDatabase {
  all<Row>(statement: string, ...bindings: readonly SqlValue[]): Promise<Row[]>;
}

const FIELDS = [
  "seq",
  "at",
  "sender_id",
  "client_id",
  "kind",
  "mentions",
  "body",
  "edited",
  "deleted_seq",
  "deleted_at",
  "thread",
  "expires_at",
  "hidden_from",
] as const satisfies readonly (keyof LogRow)[];
const COLUMNS = FIELDS.join(", ");

/**
 * Entries travel as one parameter, since a statement may have 100 of them, and as JSON, since a number that is bound is
 * a float, and a version may be larger than what is exact in one.
 */
const PUT = `
  INSERT INTO entries (conversation_id, version, ${COLUMNS})
  SELECT ?, json_extract(?, '$'), ${FIELDS.map((_field, index) => `json_extract(value, '$[${index}]')`).join(", ")}
  FROM json_each(?) WHERE true
  ON CONFLICT (conversation_id, seq) DO UPDATE
  SET version = excluded.version, ${FIELDS.slice(1)
    .map((field) => `${field} = excluded.${field}`)
    .join(", ")}
  WHERE excluded.version >= entries.version`;

/** The archive in SQLite: D1, or an ArchiveObject. */
export class SqliteArchive implements ArchiveStore {
  readonly #database: ArchiveDatabase;

  constructor(database: ArchiveDatabase) {
    this.#database = database;
  }

  async put({ conversation, version, rows }: ArchiveBatch): Promise<void> {
    for (const chunk of chunksOf(rows, LIMITS.archiveStatementBytes)) {
      const values = JSON.stringify(chunk.map((row) => FIELDS.map((field) => row[field])));
      await this.#database.all(PUT, conversation, JSON.stringify(version), values);
    }
  }

  range({ conversation, after, before, order, limit, kind, thread, reader }: ArchiveRange): Promise<LogRow[]> {
    const wishes: [condition: string, value: SqlValue | undefined][] = [
      ["kind = ?", kind],
      ["thread = ?", thread],
      ["hidden_from IS NOT ?", reader],
    ];
    const asked = wishes.filter(([, value]) => value !== undefined) as [string, SqlValue][];
    return this.#database.all<LogRow>(
      `SELECT ${COLUMNS} FROM entries WHERE conversation_id = ? AND seq > ? AND seq < ?
       ${asked.map(([condition]) => `AND ${condition}`).join(" ")}
       ORDER BY seq ${order === "newest" ? "DESC" : "ASC"} LIMIT ?`,
      conversation,
      after,
      // Infinity is nothing in JSON, in which D1 is asked.
      Math.min(before, Number.MAX_SAFE_INTEGER),
      ...asked.map(([, value]) => value),
      Math.min(limit, LIMITS.archivePage),
    );
  }

  rows(conversation: ConversationId, seqs: readonly Seq[]): Promise<LogRow[]> {
    return this.#database.all<LogRow>(
      `SELECT ${COLUMNS} FROM entries
       WHERE conversation_id = ? AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`,
      conversation,
      JSON.stringify(seqs),
      LIMITS.archivePage,
    );
  }

  async forget(conversation: ConversationId, through: Seq): Promise<number> {
    const gone = await this.#database.all(
      `DELETE FROM entries WHERE conversation_id = ? AND seq IN
         (SELECT seq FROM entries WHERE conversation_id = ? AND seq <= ? ORDER BY seq LIMIT ?) RETURNING seq`,
      conversation,
      conversation,
      through,
      LIMITS.archiveBatch,
    );
    return gone.length;
  }
}
