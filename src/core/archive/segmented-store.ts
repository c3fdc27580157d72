import type { ConversationId, Seq } from "../../shared/ids.ts";
import type { LogRow } from "../conversation/log-table.ts";
import type { ArchiveStore } from "./archive-store.ts";

/**
 * How far a segment is. `writing`: the file may be there or not, and counts for nothing. `open`: the file is whole, and its rows
 * are in the table as well. `cold`: they are in the file only. `leaving`: they are on their way back into the table.
 */
export type SegmentState = "writing" | "open" | "cold" | "leaving";

/** A file of entries of one conversation and one month. */
export interface Segment {
  /** The places that it is responsible for, both inclusive. The first one names it. */
  readonly first: Seq;
  readonly last: Seq;
  readonly state: SegmentState;
  readonly key: string;
  /** Of the file as it lies there, in hexadecimal digits. */
  readonly sha256: string;
  readonly entries: number;
  readonly bytes: number;
  /** The highest that an entry in it has. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly sealed_at: number;
  /** The messages on which threads hang that have replies in it, as a JSON array; null: there may be any. */
  readonly threads: string | null;
}

export interface SegmentRange {
  /** Places, exclusive: segments that have something between them. */
  readonly after: Seq;
  readonly before: Seq;
  readonly order: "newest" | "oldest";
  readonly limit: number;
  /** Those only that are in one of these states. */
  readonly states: readonly SegmentState[];
}

export interface VersionedRow extends LogRow {
  readonly version: number;
}

/** A table of entries beside which segments are recorded: what a cold tier needs of a database. */
export interface SegmentedStore extends ArchiveStore {
  /** Entries from `first` to `last`, both inclusive, in order. At most `LIMITS.archivePage`. */
  versioned(conversation: ConversationId, first: Seq, last: Seq): Promise<VersionedRow[]>;
  /** Writes entries as `put` does, each with the version that it had. */
  restore(conversation: ConversationId, rows: readonly VersionedRow[]): Promise<void>;
  segments(conversation: ConversationId, range: SegmentRange): Promise<Segment[]>;
  /** Records it, in the place of the one with the same first place. */
  save(conversation: ConversationId, segment: Segment): Promise<void>;
  /** It is not recorded any more. */
  unsave(conversation: ConversationId, segment: Segment): Promise<void>;
  /** Takes its rows out of the table, unless they are newer, or it is not recorded as `cold` any more. */
  drop(conversation: ConversationId, segment: Segment): Promise<void>;
}
