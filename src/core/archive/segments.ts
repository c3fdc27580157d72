import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { SegmentCache } from "./segment-cache.ts";
import { linesOf, monthOf, rowsIn, segmentKey, threadsIn } from "./segment-file.ts";
import type { SegmentCodec } from "./segment-file.ts";
import type { Segment, SegmentedStore, SegmentState, VersionedRow } from "./segmented-store.ts";

export interface SegmentsDeps {
  readonly store: SegmentedStore;
  readonly blobs: BlobStore;
  readonly codec: SegmentCodec;
  readonly cache: SegmentCache;
  /** A file is not what was written: nobody is given anything out of it. */
  failed(key: string, reason: string): void;
}

/** A segment that is recorded and cannot be read. */
export class SegmentError extends Error {
  override readonly name = "SegmentError";
}

const READABLE: readonly SegmentState[] = ["cold", "leaving"];
const ANY: readonly SegmentState[] = ["writing", "open", "cold", "leaving"];

/**
 * The files of a conversation's cold entries, and the way there and back. Every step may be the last one: what a crash leaves,
 * the next run of the same finds and goes on with. Rows leave the table when their file was read back and found right, a while
 * after it was written; and they are back in it before the file goes.
 */
export class Segments {
  readonly #deps: SegmentsDeps;
  /** Rises whenever what was in a file is in the table again: who read the one before and the other after missed it. */
  moved = 0;

  constructor(deps: SegmentsDeps) {
    this.#deps = deps;
  }

  /** Those that have something between two places, exclusive, a few at a time. */
  readable(conversation: ConversationId, after: Seq, before: Seq, order: "newest" | "oldest"): Promise<Segment[]> {
    const range = { after, before, order, limit: LIMITS.segmentPage, states: READABLE };
    return this.#deps.store.segments(conversation, range);
  }

  /** Whatever their state, the oldest first. */
  among(conversation: ConversationId, after: Seq, before: Seq, states = ANY): Promise<Segment[]> {
    const range = { after, before, order: "oldest", limit: LIMITS.segmentPage, states } as const;
    return this.#deps.store.segments(conversation, range);
  }

  /** @throws {SegmentError} where the file is not what was written */
  async read(segment: Segment): Promise<readonly VersionedRow[]> {
    const rows = await this.#load(segment);
    if (rows) return rows;
    throw new SegmentError("unable to read entries of the archive; a file of theirs is missing or damaged");
  }

  /** Writes a file of rows, which stay in the table until it is settled. */
  async seal(conversation: ConversationId, rows: readonly VersionedRow[], now: number): Promise<void> {
    const [first] = rows;
    const last = rows.at(-1);
    if (!first || !last) return;
    const { store, blobs, codec } = this.#deps;
    const { bytes, sha256 } = await codec.pack(linesOf(rows));
    const segment: Segment = {
      first: first.seq,
      last: last.seq,
      state: "writing",
      key: segmentKey(conversation, monthOf(first.at), first.seq, sha256),
      sha256,
      entries: rows.length,
      bytes: bytes.length,
      version: rows.reduce((highest, { version }) => Math.max(highest, version), 0),
      sealed_at: now,
      threads: threadsIn(rows),
    };
    await store.save(conversation, segment);
    await blobs.put(segment.key, bytes);
    await store.save(conversation, { ...segment, state: "open" });
  }

  /** Takes the rows of an open segment out of the table, once its file is found to be right. */
  async settle(conversation: ConversationId, segment: Segment): Promise<void> {
    this.#deps.cache.drop(segment.key);
    const rows = await this.#load(segment);
    // Its rows are still in the table: it is written anew.
    if (!rows) return this.dissolve(conversation, segment);
    await this.#deps.store.save(conversation, { ...segment, state: "cold" });
    await this.#deps.store.drop(conversation, segment);
  }

  /** Puts back into the table what is nowhere else, and then takes the file away: nothing of it is left. */
  async dissolve(conversation: ConversationId, segment: Segment): Promise<void> {
    const { store, blobs, cache } = this.#deps;
    if (segment.state === "cold" || segment.state === "leaving") {
      const rows = await this.#load(segment);
      // Whoever looks after the server may have a copy of it: it stays recorded, and keeps no write from being done.
      if (!rows) return;
      await store.save(conversation, { ...segment, state: "leaving" });
      for (let at = 0; at < rows.length; at += LIMITS.archiveBatch) {
        await store.restore(conversation, rows.slice(at, at + LIMITS.archiveBatch));
      }
    }
    await this.#remove(conversation, segment, () => blobs.delete(segment.key));
    cache.drop(segment.key);
  }

  /** Forgets a segment with all that is in it. */
  async forget(conversation: ConversationId, segment: Segment): Promise<void> {
    await this.#remove(conversation, segment, () => this.#deps.blobs.delete(segment.key));
    this.#deps.cache.drop(segment.key);
  }

  async #remove(conversation: ConversationId, segment: Segment, removeFile: () => Promise<void>): Promise<void> {
    this.moved++;
    await this.#deps.store.save(conversation, { ...segment, state: "writing" });
    await removeFile();
    await this.#deps.store.unsave(conversation, segment);
    this.moved++;
  }

  async #load({ key, sha256, entries }: Segment): Promise<readonly VersionedRow[] | undefined> {
    const { blobs, codec, cache } = this.#deps;
    const known = cache.get(key);
    if (known) return known;
    const moved = this.moved;
    const bytes = await blobs.get(key);
    const text = bytes && (await codec.unpack(bytes, sha256));
    const rows = text === undefined ? undefined : rowsIn(text);
    if (rows?.length === entries) {
      cache.add(key, rows);
      return rows;
    }
    // One that was taken away meanwhile is no damage: whoever reads, reads again.
    if (moved === this.moved) this.#deps.failed(key, bytes ? "checksum" : "missing");
    return undefined;
  }
}
