import type { ArchiveRange } from "../archive/archive-store.ts";
import type { ArchiveReads } from "../archive/archive-reads.ts";
import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LogRange } from "./log-range.ts";
import type { LogRow } from "./log-table.ts";

/** What one reader has of the archive so far, and what he asked for and lacks. */
export class Fetched {
  /** Up to where the log was pruned: when that moves, what was kept may be in the archive only, and newer there than here. */
  readonly pruned: Seq;
  readonly #conversation: ConversationId;
  /** `undefined`: the archive does not have it. */
  readonly #rows = new Map<Seq, LogRow | undefined>();
  readonly #ranges = new Map<string, LogRow[]>();
  readonly #lackedRows = new Set<Seq>();
  readonly #lackedRanges = new Map<string, ArchiveRange>();

  constructor(conversation: ConversationId, pruned: Seq) {
    this.#conversation = conversation;
    this.pruned = pruned;
  }

  get isEnough(): boolean {
    return this.#lackedRows.size === 0 && this.#lackedRanges.size === 0;
  }

  at(seq: Seq): LogRow | undefined {
    if (!this.#rows.has(seq)) this.#lackedRows.add(seq);
    return this.#rows.get(seq);
  }

  range(range: LogRange): readonly LogRow[] {
    const before = Math.min(range.before, this.pruned + 1);
    if (before - range.after <= 1) return [];
    const asked: ArchiveRange = { ...range, before, conversation: this.#conversation };
    const key = JSON.stringify(asked);
    const rows = this.#ranges.get(key);
    if (!rows) this.#lackedRanges.set(key, asked);
    return rows ?? [];
  }

  /** Fetches what is lacking. Throws `ArchiveDown`. */
  async fetch(reads: ArchiveReads): Promise<void> {
    const seqs = [...this.#lackedRows];
    const ranges = [...this.#lackedRanges];
    this.#lackedRows.clear();
    this.#lackedRanges.clear();
    const pages = ranges.map(async ([key, range]) => {
      this.#ranges.set(key, await reads.ask((store) => store.range(range)));
    });
    const parts: Promise<void>[] = [];
    for (let from = 0; from < seqs.length; from += LIMITS.archivePage)
      parts.push(this.#fetchRows(reads, seqs.slice(from, from + LIMITS.archivePage)));
    await Promise.all([...pages, ...parts]);
  }

  async #fetchRows(reads: ArchiveReads, seqs: readonly Seq[]): Promise<void> {
    const rows = await reads.ask((store) => store.rows(this.#conversation, seqs));
    for (const seq of seqs) this.#rows.set(seq, undefined);
    for (const row of rows) this.#rows.set(row.seq, row);
  }
}
