import type { ConversationId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LogRow } from "../conversation/log-table.ts";
import type { ArchiveBatch, ArchiveRange, ArchiveStore } from "./archive-store.ts";
import { mayHaveThread, monthOf } from "./segment-file.ts";
import type { SegmentedStore, VersionedRow } from "./segmented-store.ts";
import { SegmentError, Segments } from "./segments.ts";
import type { SegmentsDeps } from "./segments.ts";

export interface ColdTierDeps extends SegmentsDeps {
  readonly store: SegmentedStore;
  /** A month leaves the table when all of it is older than this. */
  readonly coldMs: number;
  /** About so many characters go into one file. */
  readonly segmentBytes: number;
}

interface Filter {
  readonly after: Seq;
  readonly before: Seq;
  readonly kind?: "message";
  readonly thread?: Seq;
  readonly reader?: UserId;
}

const isAsked = (row: LogRow, { after, before, kind, thread, reader }: Filter): boolean =>
  row.seq > after &&
  row.seq < before &&
  (kind === undefined || row.kind === kind) &&
  (thread === undefined || row.thread === thread) &&
  (reader === undefined || row.hidden_from !== reader);

const bare = ({ version: _version, ...row }: VersionedRow): LogRow => row;
const END = Number.MAX_SAFE_INTEGER;

/**
 * An archive whose oldest months lie in files. They are read through the same calls. What is written again, or forgotten in
 * part, comes back into the table first, and its file goes: a deleted message is in no file. One of these serves a conversation
 * at a time, which is its object's.
 */
export class ColdTier implements ArchiveStore {
  readonly #deps: ColdTierDeps;
  readonly #segments: Segments;
  /** What changes files does so one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: ColdTierDeps) {
    this.#deps = deps;
    this.#segments = new Segments(deps);
  }

  put(batch: ArchiveBatch): Promise<void> {
    return this.#inTurn(async () => {
      const seqs = batch.rows.map(({ seq }) => seq);
      await this.#warm(batch.conversation, seqs);
      await this.#deps.store.put(batch);
    });
  }

  range(range: ArchiveRange): Promise<LogRow[]> {
    return this.#steadily(() => this.#range(range));
  }

  rows(conversation: ConversationId, seqs: readonly Seq[]): Promise<LogRow[]> {
    return this.#steadily(() => this.#rows(conversation, seqs));
  }

  forget(conversation: ConversationId, through: Seq): Promise<number> {
    return this.#inTurn(async () => {
      const gone = await this.#forgetSegments(conversation, through);
      return gone >= LIMITS.archiveBatch ? gone : gone + (await this.#deps.store.forget(conversation, through));
    });
  }

  compact(conversation: ConversationId, now: number): Promise<boolean> {
    return this.#inTurn(() => this.#compact(conversation, now));
  }

  /** Brings back into the table what is to be written again. */
  async #warm(conversation: ConversationId, seqs: readonly Seq[]): Promise<void> {
    const last = Math.max(...seqs);
    for (let after = Math.min(...seqs) - 1; ;) {
      const segments = await this.#segments.among(conversation, after, last + 1);
      for (const segment of segments) {
        if (seqs.some((seq) => seq >= segment.first && seq <= segment.last)) {
          await this.#segments.dissolve(conversation, segment);
        }
        after = segment.last;
      }
      if (segments.length < LIMITS.segmentPage) return;
    }
  }

  /** Those wholly at or below a place go; one that is so in part comes back into the table. */
  async #forgetSegments(conversation: ConversationId, through: Seq): Promise<number> {
    let gone = 0;
    for (let after = 0; gone < LIMITS.archiveBatch;) {
      const [segment] = await this.#segments.among(conversation, after, through + 1);
      if (!segment) break;
      after = segment.last;
      if (segment.last > through) await this.#segments.dissolve(conversation, segment);
      else await this.#segments.forget(conversation, segment);
      if (segment.state === "cold" && segment.last <= through) gone += segment.entries;
    }
    return gone;
  }

  async #range(range: ArchiveRange): Promise<LogRow[]> {
    const { conversation, order, thread } = range;
    const limit = Math.min(range.limit, LIMITS.archivePage);
    const isNewest = order === "newest";
    const found = new Map((await this.#deps.store.range(range)).map((row) => [row.seq, row]));
    const page = (): LogRow[] =>
      [...found.values()].toSorted((a, b) => (isNewest ? b.seq - a.seq : a.seq - b.seq)).slice(0, limit);
    /** What lies behind the end of a full page is nobody's concern. */
    const window = (): { after: Seq; before: Seq } => {
      const end = page()[limit - 1]?.seq;
      if (end === undefined) return { after: range.after, before: range.before };
      return isNewest ? { after: end, before: range.before } : { after: range.after, before: end };
    };
    for (let { after, before } = window(); ;) {
      const segments = await this.#segments.readable(conversation, after, before, order);
      for (const segment of segments) {
        const now = window();
        if (segment.last <= now.after || segment.first >= now.before) return page();
        if (thread !== undefined && !mayHaveThread(segment, thread)) continue;
        for (const row of await this.#segments.read(segment)) {
          if (isAsked(row, range) && !found.has(row.seq)) found.set(row.seq, bare(row));
        }
      }
      const furthest = segments.at(-1);
      if (!furthest || segments.length < LIMITS.segmentPage) return page();
      ({ after, before } = window());
      if (isNewest) before = Math.min(before, furthest.first);
      else after = Math.max(after, furthest.last);
    }
  }

  async #rows(conversation: ConversationId, seqs: readonly Seq[]): Promise<LogRow[]> {
    const found = await this.#deps.store.rows(conversation, seqs);
    const missing = new Set(seqs);
    for (const { seq } of found) missing.delete(seq);
    while (missing.size > 0) {
      const lowest = Math.min(...missing);
      const [segment] = await this.#segments.readable(conversation, lowest - 1, Math.max(...missing) + 1, "oldest");
      if (!segment) break;
      for (const row of await this.#segments.read(segment)) if (missing.has(row.seq)) found.push(bare(row));
      for (const seq of missing) if (seq <= segment.last) missing.delete(seq);
    }
    return found.toSorted((a, b) => a.seq - b.seq);
  }

  async #compact(conversation: ConversationId, now: number): Promise<boolean> {
    let steps = 0;
    for (const segment of await this.#segments.among(conversation, 0, END, ["writing", "open", "leaving"])) {
      if (segment.state !== "open") await this.#segments.dissolve(conversation, segment);
      else if (now - segment.sealed_at < LIMITS.segmentSettleMs) continue;
      else await this.#segments.settle(conversation, segment);
      if (++steps >= LIMITS.segmentsPerRun) return true;
    }
    for (let after = 0; steps < LIMITS.segmentsPerRun;) {
      const [oldest] = await this.#deps.store.range({ conversation, after, before: END, order: "oldest", limit: 1 });
      if (!oldest || monthOf(oldest.at) >= monthOf(now - this.#deps.coldMs)) return false;
      const [over] = await this.#segments.among(conversation, oldest.seq - 1, oldest.seq + 1);
      if (over) {
        // A crash came before its rows were taken out of the table.
        if (over.state === "cold") await this.#deps.store.drop(conversation, over);
        after = over.last;
      } else {
        after = await this.#seal(conversation, oldest, now);
        steps++;
      }
    }
    return true;
  }

  /** Makes a segment of the month of an entry, from it on, as far as one file goes. Answers where that is. */
  async #seal(conversation: ConversationId, { seq, at }: LogRow, now: number): Promise<Seq> {
    const { store, segmentBytes } = this.#deps;
    const month = monthOf(at);
    const [next] = await this.#segments.among(conversation, seq, END);
    const rows: VersionedRow[] = [];
    let bytes = 0;
    for (let first = seq; bytes < segmentBytes;) {
      const some = await store.versioned(conversation, first, (next?.first ?? END) - 1);
      for (const row of some) {
        bytes += row.body.length + (row.edited?.length ?? 0);
        if (monthOf(row.at) !== month || (rows.length > 0 && bytes > segmentBytes)) {
          bytes = segmentBytes;
          break;
        }
        rows.push(row);
      }
      if (some.length < LIMITS.archivePage) break;
      first = (some.at(-1)?.seq ?? first) + 1;
    }
    await this.#segments.seal(conversation, rows, now);
    return rows.at(-1)?.seq ?? seq;
  }

  /** A read during which rows came back out of a file may have missed them: it is done again. */
  async #steadily<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const moved = this.#segments.moved;
      try {
        const value = await read();
        if (moved === this.#segments.moved) return value;
      } catch (error) {
        if (moved === this.#segments.moved || !(error instanceof SegmentError)) throw error;
      }
      // Then in turn: nothing moves meanwhile.
      if (attempt === LIMITS.segmentReads) return this.#inTurn(read);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
