import type { ArchiveBatch, ArchiveRange, ArchiveStore } from "../../src/core/archive/archive-store.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import type { ConversationId, Seq } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";

interface Weight {
  readonly rows: number;
  readonly bytes: number;
}

interface Kept {
  readonly version: number;
  readonly row: LogRow;
}

/**
 * The archive in memory, strict about what it is asked. By default it answers at once; `gate` comes before everything that
 * it does, and before the answer: what throws there is an archive that fails, before or after it did it.
 */
export class MemoryArchive implements ArchiveStore {
  gate: (what: "put" | "range" | "rows" | "forget", when: "before" | "after") => Promise<void> = async () => undefined;
  puts = 0;
  reads = 0;
  /** What callers of `put` wait with, and the most that it ever was. */
  held: Weight = { rows: 0, bytes: 0 };
  peak: Weight = { rows: 0, bytes: 0 };
  readonly #logs = new Map<ConversationId, Map<Seq, Kept>>();

  /** All that it has of a conversation, in order. */
  log(conversation: ConversationId): LogRow[] {
    return [...this.#log(conversation).values()].map(({ row }) => row).toSorted((a, b) => a.seq - b.seq);
  }

  async put({ conversation, version, rows }: ArchiveBatch): Promise<void> {
    this.puts++;
    const copies = structuredClone(rows);
    const bytes = JSON.stringify(copies).length;
    this.#hold({ rows: rows.length, bytes });
    try {
      await this.#put(conversation, version, copies);
    } finally {
      this.#hold({ rows: -rows.length, bytes: -bytes });
    }
  }

  async #put(conversation: ConversationId, version: number, copies: readonly LogRow[]): Promise<void> {
    if (copies.length === 0 || copies.length > LIMITS.archiveBatch) throw new Error(`a batch of ${copies.length} rows`);
    if (!Number.isSafeInteger(version)) throw new Error(`version ${version}`);
    await this.gate("put", "before");
    const log = this.#log(conversation);
    for (const row of copies) if (version >= (log.get(row.seq)?.version ?? 0)) log.set(row.seq, { version, row });
    await this.gate("put", "after");
  }

  async range(range: ArchiveRange): Promise<LogRow[]> {
    this.reads++;
    const { conversation, after, before, order, limit, kind, thread, reader } = range;
    if (limit < 1 || limit > LIMITS.archivePage) throw new Error(`a page of ${limit}`);
    await this.gate("range", "before");
    const found = this.log(conversation).filter(
      (row) =>
        row.seq > after &&
        row.seq < before &&
        (kind === undefined || row.kind === kind) &&
        (thread === undefined || row.thread === thread) &&
        (reader === undefined || row.hidden_from !== reader),
    );
    const page = structuredClone((order === "newest" ? found.toReversed() : found).slice(0, limit));
    await this.gate("range", "after");
    return page;
  }

  async rows(conversation: ConversationId, seqs: readonly Seq[]): Promise<LogRow[]> {
    this.reads++;
    if (seqs.length > LIMITS.archivePage) throw new Error(`${seqs.length} rows at once`);
    await this.gate("rows", "before");
    const wanted = new Set(seqs);
    const rows = structuredClone(this.log(conversation).filter(({ seq }) => wanted.has(seq)));
    await this.gate("rows", "after");
    return rows;
  }

  async forget(conversation: ConversationId, through: Seq): Promise<number> {
    await this.gate("forget", "before");
    const gone = this.log(conversation)
      .filter(({ seq }) => seq <= through)
      .slice(0, LIMITS.archiveBatch);
    for (const { seq } of gone) this.#log(conversation).delete(seq);
    await this.gate("forget", "after");
    return gone.length;
  }

  #hold({ rows, bytes }: Weight): void {
    this.held = { rows: this.held.rows + rows, bytes: this.held.bytes + bytes };
    this.peak = { rows: Math.max(this.peak.rows, this.held.rows), bytes: Math.max(this.peak.bytes, this.held.bytes) };
  }

  #log(conversation: ConversationId): Map<Seq, Kept> {
    let log = this.#logs.get(conversation);
    if (!log) this.#logs.set(conversation, (log = new Map<Seq, Kept>()));
    return log;
  }
}
