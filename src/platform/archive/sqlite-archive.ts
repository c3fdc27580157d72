import type { ArchiveBatch, ArchiveRange } from "../../core/archive/archive-store.ts";
import type { Segment, SegmentedStore, SegmentRange, VersionedRow } from "../../core/archive/segmented-store.ts";
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
const VERSIONED = ["version", ...FIELDS] as const;

/**
 * Entries travel as one parameter, since a statement may have 100 of them, and as JSON, since a number that is bound is a
 * float, and a version may be larger than what is printed of one.
 */
const PUT = `
  INSERT INTO entries (conversation_id, ${VERSIONED.join(", ")})
  SELECT ?, ${VERSIONED.map((_field, index) => `json_extract(value, '$[${index}]')`).join(", ")}
  FROM json_each(?) WHERE true
  ON CONFLICT (conversation_id, seq) DO UPDATE
  SET ${VERSIONED.filter((field) => field !== "seq")
    .map((field) => `${field} = excluded.${field}`)
    .join(", ")}
  WHERE excluded.version >= entries.version`;

const SEGMENT = `first_seq AS first, last_seq AS last, state, blob_key AS "key", sha256, entries, bytes, version, sealed_at, threads`;

/** The archive in SQLite: D1, or an ArchiveObject. */
export class SqliteArchive implements SegmentedStore {
  readonly #database: ArchiveDatabase;

  constructor(database: ArchiveDatabase) {
    this.#database = database;
  }

  put({ conversation, version, rows }: ArchiveBatch): Promise<void> {
    return this.restore(
      conversation,
      rows.map((row) => Object.assign({ version }, row)),
    );
  }

  async restore(conversation: ConversationId, rows: readonly VersionedRow[]): Promise<void> {
    for (const chunk of chunksOf(rows, LIMITS.archiveStatementBytes)) {
      const values = JSON.stringify(chunk.map((row) => VERSIONED.map((field) => row[field])));
      await this.#database.all(PUT, conversation, values);
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

  versioned(conversation: ConversationId, first: Seq, last: Seq): Promise<VersionedRow[]> {
    return this.#database.all<VersionedRow>(
      `SELECT ${VERSIONED.join(", ")} FROM entries WHERE conversation_id = ? AND seq >= ? AND seq <= ?
       ORDER BY seq LIMIT ?`,
      conversation,
      first,
      last,
      LIMITS.archivePage,
    );
  }

  segments(conversation: ConversationId, { after, before, order, limit, states }: SegmentRange): Promise<Segment[]> {
    return this.#database.all<Segment>(
      `SELECT ${SEGMENT} FROM segments
       WHERE conversation_id = ? AND last_seq > ? AND first_seq < ? AND state IN (SELECT value FROM json_each(?))
       ORDER BY first_seq ${order === "newest" ? "DESC" : "ASC"} LIMIT ?`,
      conversation,
      after,
      Math.min(before, Number.MAX_SAFE_INTEGER),
      JSON.stringify(states),
      limit,
    );
  }

  async save(conversation: ConversationId, segment: Segment): Promise<void> {
    await this.#database.all(
      `INSERT OR REPLACE INTO segments
         (conversation_id, first_seq, last_seq, state, blob_key, sha256, entries, bytes, version, sealed_at, threads)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      conversation,
      segment.first,
      segment.last,
      segment.state,
      segment.key,
      segment.sha256,
      segment.entries,
      segment.bytes,
      segment.version,
      segment.sealed_at,
      segment.threads,
    );
  }

  async unsave(conversation: ConversationId, { first, key }: Segment): Promise<void> {
    await this.#database.all(
      "DELETE FROM segments WHERE conversation_id = ? AND first_seq = ? AND blob_key = ?",
      conversation,
      first,
      key,
    );
  }

  async drop(conversation: ConversationId, { first, last, key, version }: Segment): Promise<void> {
    await this.#database.all(
      `DELETE FROM entries WHERE conversation_id = ? AND seq >= ? AND seq <= ? AND version <= ? AND EXISTS
         (SELECT 1 FROM segments WHERE conversation_id = ? AND first_seq = ? AND blob_key = ? AND state = 'cold')`,
      conversation,
      first,
      last,
      version,
      conversation,
      first,
      key,
    );
  }
}
