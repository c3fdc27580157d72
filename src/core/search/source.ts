import type { Seq, UserId } from "../../shared/ids.ts";
import type { LogRow } from "../conversation/log-table.ts";

/** Messages of a log, wherever they lie. */
export interface SearchRange {
  /** Exclusive. */
  readonly after: Seq;
  readonly before: Seq;
  readonly order: "newest" | "oldest";
  readonly limit: number;
  readonly kind: "message";
  /** Without what is hidden from him. */
  readonly reader?: UserId;
}

/** Where search and its index read entries, each as it stands now. An archive that is down is thrown: `ArchiveDown`. */
export interface SearchSource {
  range(range: SearchRange): Promise<LogRow[]>;
  rows(seqs: readonly Seq[]): Promise<LogRow[]>;
  /** What `work` comes to, which reads only and may be done several times: with all that it asks for at hand. */
  reading<T>(work: () => T): Promise<T>;
}
