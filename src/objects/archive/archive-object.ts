import { DurableObject } from "cloudflare:workers";
import type { ArchiveBatch, ArchiveRange } from "../../core/archive/archive-store.ts";
import type { Segment, SegmentRange, VersionedRow } from "../../core/archive/segmented-store.ts";
import type { LogRow } from "../../core/conversation/log-table.ts";
import { openStore } from "../../core/store.ts";
import { SqliteArchive } from "../../platform/archive/sqlite-archive.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import type { ArchiveRpc } from "../../rpc/archive-rpc.ts";
import type { ConversationId, Seq } from "../../shared/ids.ts";
import { ARCHIVE_MIGRATIONS } from "./migrations.ts";

/** A part of a region's archive: many conversations, few of each at a time. */
export class ArchiveObject extends DurableObject<object> implements ArchiveRpc {
  readonly #archive: SqliteArchive;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    const sql = openStore(new DurableSql(ctx.storage), ARCHIVE_MIGRATIONS);
    this.#archive = new SqliteArchive({ all: async (statement, ...bindings) => sql.all(statement, ...bindings) });
  }

  async put(batch: ArchiveBatch): Promise<void> {
    await this.#archive.put(batch);
  }

  async range(range: ArchiveRange): Promise<LogRow[]> {
    return this.#archive.range(range);
  }

  async rows(conversation: ConversationId, seqs: readonly Seq[]): Promise<LogRow[]> {
    return this.#archive.rows(conversation, seqs);
  }

  async forget(conversation: ConversationId, through: Seq): Promise<number> {
    return this.#archive.forget(conversation, through);
  }

  async versioned(conversation: ConversationId, first: Seq, last: Seq): Promise<VersionedRow[]> {
    return this.#archive.versioned(conversation, first, last);
  }

  async restore(conversation: ConversationId, rows: readonly VersionedRow[]): Promise<void> {
    await this.#archive.restore(conversation, rows);
  }

  async segments(conversation: ConversationId, range: SegmentRange): Promise<Segment[]> {
    return this.#archive.segments(conversation, range);
  }

  async save(conversation: ConversationId, segment: Segment): Promise<void> {
    await this.#archive.save(conversation, segment);
  }

  async unsave(conversation: ConversationId, segment: Segment): Promise<void> {
    await this.#archive.unsave(conversation, segment);
  }

  async drop(conversation: ConversationId, segment: Segment): Promise<void> {
    await this.#archive.drop(conversation, segment);
  }
}
