import type { ConversationId, Seq, UserId } from "../../shared/ids.ts";
import type { LogRow } from "../conversation/log-table.ts";

/** Entries of one conversation on their way into the archive, each as it stands. */
export interface ArchiveBatch {
  readonly conversation: ConversationId;
  /** Rises with every change of the log: of two versions of an entry the higher one stays, whichever comes first. */
  readonly version: number;
  readonly rows: readonly LogRow[];
}

/** Which entries of a conversation are wanted. */
export interface ArchiveRange {
  readonly conversation: ConversationId;
  /** Places, exclusive. */
  readonly after: Seq;
  readonly before: Seq;
  readonly order: "newest" | "oldest";
  readonly limit: number;
  /** Messages only. */
  readonly kind?: "message";
  /** Replies to this message only. */
  readonly thread?: Seq;
  /** Without what is hidden from him. */
  readonly reader?: UserId;
}

/**
 * The regional store of what conversations wrote. A throw means that it could not be reached or could not do it:
 * everything here may be asked again.
 */
export interface ArchiveStore {
  /** Writes entries, durably when it resolves. Idempotent by conversation and place. At most `LIMITS.archiveBatch` rows. */
  put(batch: ArchiveBatch): Promise<void>;
  /** At most `LIMITS.archivePage` rows, in the order asked for. */
  range(range: ArchiveRange): Promise<LogRow[]>;
  /** Those of these entries that it has, by place. At most `LIMITS.archivePage`. */
  rows(conversation: ConversationId, seqs: readonly Seq[]): Promise<LogRow[]>;
  /**
   * Forgets entries at or below `through`, about the oldest first, `LIMITS.archiveBatch` of them or what lies in a file
   * together. Answers how many: fewer than that, and none is left.
   */
  forget(conversation: ConversationId, through: Seq): Promise<number>;
  /**
   * Moves what is old to where it costs less, a bounded part of it. Answers whether there is more to be moved now; once a
   * day is enough. Where there is no such place, it is not there.
   */
  compact?(conversation: ConversationId, now: number): Promise<boolean>;
}
