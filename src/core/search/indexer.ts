import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { traitsOf } from "../../shared/search-query.ts";
import { wordsOf } from "../../shared/search-words.ts";
import type { LogRow } from "../conversation/log-table.ts";
import type { Clock } from "../ports.ts";
import type { ChunkIndex } from "./chunk-index.ts";
import { chunkOf, firstOf, lastOf, senderMark, traitMark } from "./chunk-index.ts";
import { earlierEdits, isSearchable, textsOf } from "./message-text.ts";
import type { SearchSource } from "./source.ts";

export interface IndexerDeps {
  readonly clock: Clock;
  readonly index: ChunkIndex;
  readonly source: SearchSource;
  head(): Seq;
  /** It is to be called again at this time, ms since 1970. */
  wake(at: number): void;
}

/** Puts a log into its index, some chunks at a time, from the alarm: never on the way of a message. */
export class Indexer {
  readonly #deps: IndexerDeps;
  /** Chunks below this are in the index, or being read for it. */
  #claimed: number;
  /** Chunks that changed while they were read. */
  readonly #again = new Set<number>();
  #renewedAt = -Infinity;

  constructor(deps: IndexerDeps) {
    this.#deps = deps;
    this.#claimed = deps.index.chunks;
  }

  /** The last place that is in the index. */
  indexed(): Seq {
    return this.#deps.index.through;
  }

  /** The last place that may be pruned: while there is much to index, what is not would have to be fetched for it. */
  get hold(): Seq {
    const { index } = this.#deps;
    return this.isBehind ? index.through : Infinity;
  }

  /** There is enough to be put into the index. */
  get isBehind(): boolean {
    return this.#full() - this.#deps.index.chunks >= LIMITS.searchIndexChunks;
  }

  /** A message is another than it was: edited, deleted, or over. */
  changed(seq: Seq): void {
    const chunk = chunkOf(seq);
    if (chunk >= this.#claimed) return;
    this.#again.add(chunk);
    this.#deps.index.spoil(chunk);
  }

  /** Does some of what there is to do. What is left it is woken for. */
  async run(): Promise<void> {
    const { clock, index } = this.#deps;
    let left: number = LIMITS.searchChunksPerAlarm;
    if (this.isBehind) {
      const until = Math.min(this.#full(), index.chunks + left);
      left -= until - index.chunks;
      this.#claimed = until;
      for (let chunk = index.chunks; chunk < until; chunk++) index.put(chunk, await this.#words(chunk));
    }
    if (left > 0) await this.#renew(left);
    const due = this.#dueAt(clock.now());
    if (due < Infinity) this.#deps.wake(due);
  }

  #full(): number {
    return Math.floor(this.#deps.head() / LIMITS.searchChunk);
  }

  #dueAt(now: number): number {
    const { index } = this.#deps;
    if (this.isBehind) return now + LIMITS.searchIndexAgainMs;
    if (index.spoilt(1).length === 0) return Infinity;
    return Math.max(now + LIMITS.searchIndexAgainMs, this.#renewedAt + LIMITS.searchRenewMs);
  }

  /** Not at once: where messages expire one after the other, their chunk would be written for each of them. */
  async #renew(limit: number): Promise<void> {
    const { clock, index } = this.#deps;
    const now = clock.now();
    const spoilt = index.spoilt(limit);
    const isEarly = now >= this.#renewedAt && now < this.#renewedAt + LIMITS.searchRenewMs;
    if (spoilt.length === 0 || isEarly) return;
    for (const chunk of spoilt) {
      this.#again.delete(chunk);
      const words = await this.#words(chunk);
      index.put(chunk, words);
      if (!this.#again.has(chunk)) index.renewed(chunk);
    }
    // Not all of it: the rest follows at once, and is put in order together.
    if (spoilt.length === limit && index.spoilt(1).length > 0) return;
    index.tidy();
    this.#renewedAt = now;
  }

  async #words(chunk: number): Promise<Set<string>> {
    const { source } = this.#deps;
    const range = { after: firstOf(chunk) - 1, before: lastOf(chunk) + 1, limit: LIMITS.searchChunk } as const;
    const rows = await source.range({ ...range, order: "oldest", kind: "message" });
    const standing = rows.filter(isSearchable);
    const needed = earlierEdits(standing);
    const edits = new Map((needed.length > 0 ? await source.rows(needed) : []).map((row) => [row.seq, row]));
    return new Set(standing.flatMap((row) => this.#wordsOf(row, edits)));
  }

  #wordsOf(row: LogRow, edits: ReadonlyMap<Seq, LogRow>): string[] {
    const texts = textsOf(row, edits);
    const words = texts.flatMap(({ content }) => wordsOf(content));
    const traits = texts.flatMap((said) => traitsOf(said)).map((trait) => traitMark(trait));
    return [senderMark(row.sender_id), ...traits, ...words];
  }
}
