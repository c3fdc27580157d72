import { and, asc, between, desc, eq, gt, gte, inArray, lt, lte, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/planetscale-serverless";
import type { PlanetScaleDatabase } from "drizzle-orm/planetscale-serverless";
import type { ArchiveBatch, ArchiveRange } from "../../core/archive/archive-store.ts";
import type { Segment, SegmentedStore, SegmentRange, VersionedRow } from "../../core/archive/segmented-store.ts";
import type { LogRow } from "../../core/conversation/log-table.ts";
import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { archiveClient } from "./archive-client.ts";
import type { ArchiveNetwork } from "./archive-client.ts";
import type { ArchiveUrl } from "./archive-url.ts";
import { archiveErrorOf } from "./database-error.ts";
import { entries, segments } from "./mysql-schema.ts";
import { chunksOf } from "./row-chunks.ts";

const { conversation_id: conversationColumn, version: versionColumn, ...fields } = entries;
/** Exactly the columns of a row of the log. */
const ROW = {
  seq: fields.seq,
  at: fields.at,
  sender_id: fields.sender_id,
  client_id: fields.client_id,
  kind: fields.kind,
  mentions: fields.mentions,
  body: fields.body,
  edited: fields.edited,
  deleted_seq: fields.deleted_seq,
  deleted_at: fields.deleted_at,
  thread: fields.thread,
  expires_at: fields.expires_at,
  hidden_from: fields.hidden_from,
} satisfies Record<keyof LogRow, unknown>;

/** The columns of a segment, by the names that it has here. */
const SEGMENT = {
  first: segments.first_seq,
  last: segments.last_seq,
  state: segments.state,
  key: segments.blob_key,
  sha256: segments.sha256,
  entries: segments.entries,
  bytes: segments.bytes,
  version: segments.version,
  sealed_at: segments.sealed_at,
  threads: segments.threads,
} satisfies Record<keyof Segment, unknown>;

/** The higher version stays, and of two that are equal the later write. MariaDB and MySQL both take this form. */
const UPSERT = Object.fromEntries(
  [...Object.entries(ROW).filter(([name]) => name !== "seq"), ["version", versionColumn] as const].map(
    ([name, column]): [string, SQL] => [
      name,
      sql`if(values(${versionColumn}) >= ${versionColumn}, values(${column}), ${column})`,
    ],
  ),
);

/** How long a call that reads or writes goes on, and one attempt of it. */
interface Patience {
  readonly readMs: number;
  readonly writeMs: number;
  readonly attemptMs: number;
}
const PATIENCE: Patience = {
  readMs: LIMITS.archiveReadMs,
  writeMs: LIMITS.archiveCallMs,
  attemptMs: LIMITS.archiveAttemptMs,
};

const isOf = (conversation: ConversationId): SQL => eq(conversationColumn, conversation);
const isSegment = (conversation: ConversationId, { first, key }: Segment): SQL | undefined =>
  and(eq(segments.conversation_id, conversation), eq(segments.first_seq, first), eq(segments.blob_key, key));
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The archive in PlanetScale: MySQL over HTTP. Each statement is a request and a transaction of its own. */
export class PlanetScaleArchive implements SegmentedStore {
  readonly #url: ArchiveUrl;
  readonly #network: ArchiveNetwork;
  readonly #patience: Patience;

  constructor(url: ArchiveUrl, network: ArchiveNetwork, patience = PATIENCE) {
    this.#patience = patience;
    this.#url = url;
    this.#network = network;
  }

  put({ conversation, version, rows }: ArchiveBatch): Promise<void> {
    return this.restore(
      conversation,
      rows.map((row) => Object.assign({ version }, row)),
    );
  }

  async restore(conversation: ConversationId, rows: readonly VersionedRow[]): Promise<void> {
    for (const chunk of chunksOf(rows, LIMITS.archiveStatementBytes)) {
      const values = chunk.map((row) => Object.assign({ conversation_id: conversation }, row));
      await this.#write((db) => db.insert(entries).values(values).onDuplicateKeyUpdate({ set: UPSERT }));
    }
  }

  async range({ conversation, after, before, order, limit, kind, thread, reader }: ArchiveRange): Promise<LogRow[]> {
    const asked = and(
      isOf(conversation),
      gt(fields.seq, after),
      // Infinity is no number in SQL.
      lt(fields.seq, Math.min(before, Number.MAX_SAFE_INTEGER)),
      kind === undefined ? undefined : eq(fields.kind, kind),
      thread === undefined ? undefined : eq(fields.thread, thread),
      reader === undefined ? undefined : sql`not (${fields.hidden_from} <=> ${reader})`,
    );
    const direction = order === "newest" ? desc(fields.seq) : asc(fields.seq);
    const page = Math.min(limit, LIMITS.archivePage);
    const rows = await this.#read((db) => db.select(ROW).from(entries).where(asked).orderBy(direction).limit(page));
    return rows as LogRow[];
  }

  async rows(conversation: ConversationId, seqs: readonly Seq[]): Promise<LogRow[]> {
    if (seqs.length === 0) return [];
    const asked = and(isOf(conversation), inArray(fields.seq, [...seqs]));
    const rows = await this.#read((db) =>
      db.select(ROW).from(entries).where(asked).orderBy(asc(fields.seq)).limit(LIMITS.archivePage),
    );
    return rows as LogRow[];
  }

  async forget(conversation: ConversationId, through: Seq): Promise<number> {
    const asked = and(isOf(conversation), lte(fields.seq, through));
    const oldest = await this.#read((db) =>
      db.select({ seq: fields.seq }).from(entries).where(asked).orderBy(asc(fields.seq)).limit(LIMITS.archiveBatch),
    );
    const seqs = oldest.map(({ seq }) => seq);
    if (seqs.length === 0) return 0;
    await this.#write((db) => db.delete(entries).where(and(isOf(conversation), inArray(fields.seq, seqs))));
    return seqs.length;
  }

  async versioned(conversation: ConversationId, first: Seq, last: Seq): Promise<VersionedRow[]> {
    const asked = and(isOf(conversation), between(fields.seq, first, last));
    const rows = await this.#read((db) =>
      db
        .select({ ...ROW, version: versionColumn })
        .from(entries)
        .where(asked)
        .orderBy(asc(fields.seq))
        .limit(LIMITS.archivePage),
    );
    return rows as VersionedRow[];
  }

  segments(conversation: ConversationId, { after, before, order, limit, states }: SegmentRange): Promise<Segment[]> {
    const asked = and(
      eq(segments.conversation_id, conversation),
      gt(segments.last_seq, after),
      lt(segments.first_seq, Math.min(before, Number.MAX_SAFE_INTEGER)),
      inArray(segments.state, [...states]),
    );
    const direction = order === "newest" ? desc(segments.first_seq) : asc(segments.first_seq);
    return this.#read((db) => db.select(SEGMENT).from(segments).where(asked).orderBy(direction).limit(limit));
  }

  async save(conversation: ConversationId, { first, last, key, ...rest }: Segment): Promise<void> {
    const row = { ...rest, conversation_id: conversation, first_seq: first, last_seq: last, blob_key: key };
    await this.#write((db) => db.insert(segments).values(row).onDuplicateKeyUpdate({ set: row }));
  }

  async unsave(conversation: ConversationId, segment: Segment): Promise<void> {
    await this.#write((db) => db.delete(segments).where(isSegment(conversation, segment)));
  }

  async drop(conversation: ConversationId, segment: Segment): Promise<void> {
    const { first, last, version } = segment;
    const isCold = and(isSegment(conversation, segment), eq(segments.state, "cold"));
    const asked = and(
      isOf(conversation),
      gte(fields.seq, first),
      lte(fields.seq, last),
      lte(versionColumn, version),
      sql`exists (select 1 from ${segments} where ${isCold})`,
    );
    await this.#write((db) => db.delete(entries).where(asked));
  }

  #read<T>(question: (db: PlanetScaleDatabase) => PromiseLike<T>): Promise<T> {
    return this.#ask(this.#patience.readMs, question);
  }

  #write<T>(question: (db: PlanetScaleDatabase) => PromiseLike<T>): Promise<T> {
    return this.#ask(this.#patience.writeMs, question);
  }

  /** Asks again what may be asked again (everything here may), after waits that grow and vary, within a bounded time. */
  async #ask<T>(callMs: number, question: (db: PlanetScaleDatabase) => PromiseLike<T>): Promise<T> {
    const deadline = Date.now() + callMs;
    for (let attempt = 1; ; attempt++) {
      const left = deadline - Date.now();
      try {
        return await question(this.#connect(Math.min(left, this.#patience.attemptMs)));
      } catch (error) {
        const failure = archiveErrorOf(error);
        const waitMs = Math.random() * LIMITS.archiveAgainMs * 2 ** attempt;
        const isOver = attempt >= LIMITS.archiveAttempts || Date.now() + waitMs >= deadline;
        if (!failure.transient || isOver) throw failure;
        await wait(waitMs);
      }
    }
  }

  #connect(timeoutMs: number): PlanetScaleDatabase {
    return drizzle(archiveClient(this.#url, this.#network, timeoutMs));
  }
}
