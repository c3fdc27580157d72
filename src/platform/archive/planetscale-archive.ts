import { and, asc, desc, eq, gt, inArray, lt, lte, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/planetscale-serverless";
import type { PlanetScaleDatabase } from "drizzle-orm/planetscale-serverless";
import type { ArchiveBatch, ArchiveRange, ArchiveStore } from "../../core/archive/archive-store.ts";
import type { LogRow } from "../../core/conversation/log-table.ts";
import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { archiveClient } from "./archive-client.ts";
import type { ArchiveNetwork } from "./archive-client.ts";
import type { ArchiveUrl } from "./archive-url.ts";
import { archiveErrorOf } from "./database-error.ts";
import { entries } from "./mysql-schema.ts";
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
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The archive in PlanetScale: MySQL over HTTP. Each statement is a request and a transaction of its own. */
export class PlanetScaleArchive implements ArchiveStore {
  readonly #url: ArchiveUrl;
  readonly #network: ArchiveNetwork;
  readonly #patience: Patience;

  constructor(url: ArchiveUrl, network: ArchiveNetwork, patience = PATIENCE) {
    this.#patience = patience;
    this.#url = url;
    this.#network = network;
  }

  async put({ conversation, version, rows }: ArchiveBatch): Promise<void> {
    for (const chunk of chunksOf(rows, LIMITS.archiveStatementBytes)) {
      const values = chunk.map((row) => Object.assign({ conversation_id: conversation, version }, row));
      await this.#ask(this.#patience.writeMs, (db) =>
        db.insert(entries).values(values).onDuplicateKeyUpdate({ set: UPSERT }),
      );
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
    const rows = await this.#ask(this.#patience.readMs, (db) =>
      db.select(ROW).from(entries).where(asked).orderBy(direction).limit(page),
    );
    return rows as LogRow[];
  }

  async rows(conversation: ConversationId, seqs: readonly Seq[]): Promise<LogRow[]> {
    if (seqs.length === 0) return [];
    const asked = and(isOf(conversation), inArray(fields.seq, [...seqs]));
    const rows = await this.#ask(this.#patience.readMs, (db) =>
      db.select(ROW).from(entries).where(asked).orderBy(asc(fields.seq)).limit(LIMITS.archivePage),
    );
    return rows as LogRow[];
  }

  async forget(conversation: ConversationId, through: Seq): Promise<number> {
    const asked = and(isOf(conversation), lte(fields.seq, through));
    const oldest = await this.#ask(this.#patience.readMs, (db) =>
      db.select({ seq: fields.seq }).from(entries).where(asked).orderBy(asc(fields.seq)).limit(LIMITS.archiveBatch),
    );
    const seqs = oldest.map(({ seq }) => seq);
    if (seqs.length === 0) return 0;
    await this.#ask(this.#patience.writeMs, (db) =>
      db.delete(entries).where(and(isOf(conversation), inArray(fields.seq, seqs))),
    );
    return seqs.length;
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
