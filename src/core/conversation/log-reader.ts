import { ArchiveDown } from "../archive/archive-down.ts";
import { ArchiveReads } from "../archive/archive-reads.ts";
import type { ArchiveReadsDeps } from "../archive/archive-reads.ts";
import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Err, Result } from "../../shared/result.ts";
import type { Sql } from "../ports.ts";
import type { Soon } from "../soon.ts";
import { Fetched } from "./fetched.ts";
import { overlaid, rangeHere } from "./log-range.ts";
import type { LogRange } from "./log-range.ts";
import type { LogRow, LogTable } from "./log-table.ts";

export interface LogReaderDeps extends ArchiveReadsDeps {
  readonly conversation: ConversationId;
  readonly sql: Sql;
  readonly log: LogTable;
}

/**
 * Reads the log wherever it lies. Whoever reads does so as if everything were here, in one turn (`work`, `look`): what he asks for and
 * is in the archive only is fetched, and he reads anew, until he lacks nothing. So an answer is how things stood at one
 * moment, whatever was written, changed or pruned while it was fetched; and where nothing is pruned, nobody waits.
 */
export class LogReader {
  readonly #deps: LogReaderDeps;
  readonly #reads: ArchiveReads;
  #fetched: Fetched | undefined;

  constructor(deps: LogReaderDeps) {
    this.#deps = deps;
    this.#reads = new ArchiveReads(deps);
  }

  /** What `work` comes to, which only reads and may be done several times. An archive that is down is a refusal. */
  read<T>(work: () => Result<T>): Soon<Result<T>> {
    return this.acting(work, (found) => found);
  }

  /**
   * Has everything at hand that `look` asks for, which only reads and may be done several times, and then, in the same turn,
   * does `act`; or, when the archive is down, `instead`, with what could be had.
   */
  holding<L, T>(look: () => L, act: (found: L) => T, instead: (refusal: Err) => T): Soon<T> {
    return this.#hold(look, act, ({ refusal }) => instead(refusal));
  }

  /** As `holding`, for what is refused when the archive is down. */
  acting<L, T>(look: () => L, act: (found: L) => Result<T>): Soon<Result<T>> {
    return this.#hold(look, act, ({ refusal }) => refusal);
  }

  /** In `work`, `look` and `act`: entries as they stand, at most `LIMITS.archivePage`. Elsewhere: those that are here. */
  page(range: LogRange): LogRow[] {
    const { sql, log } = this.#deps;
    const here = rangeHere(sql, range);
    // Enough of them, and none of them pruned: what is newest is here.
    const isFull = range.order === "newest" && here.length >= range.limit && (here.at(-1)?.seq ?? 0) > log.pruned;
    if (!this.#fetched || range.after >= log.pruned || isFull) return here;
    return overlaid(this.#fetched.range(range), here, range);
  }

  /** Entries of a range as they stand, at most `LIMITS.archivePage`. Throws `ArchiveDown`. */
  async range(range: LogRange): Promise<LogRow[]> {
    const limit = Math.min(range.limit, LIMITS.archivePage);
    return this.reading(() => this.page({ ...range, limit }));
  }

  /** Those of these entries that there are, as they stand, in their order. Throws `ArchiveDown`. */
  async rows(seqs: readonly Seq[]): Promise<LogRow[]> {
    return this.reading(() => seqs.map((seq) => this.#deps.log.at(seq)).filter((row) => row !== undefined));
  }

  /** As `read`, of what is no answer yet. Throws `ArchiveDown`. */
  async reading<T>(work: () => T): Promise<T> {
    const same = (found: T): T => found;
    return this.#hold(work, same, (error) => {
      throw error;
    });
  }

  #hold<L, T>(look: () => L, act: (found: L) => T, down: (error: ArchiveDown) => T): Soon<T> {
    const fetched = this.#fresh();
    const found = this.#with(fetched, look);
    return fetched.isEnough ? this.#with(fetched, () => act(found)) : this.#fetching(fetched, look, act, down);
  }

  #fresh(): Fetched {
    return new Fetched(this.#deps.conversation, this.#deps.log.pruned);
  }

  async #fetching<L, T>(
    first: Fetched,
    look: () => L,
    act: (found: L) => T,
    down: (error: ArchiveDown) => T,
  ): Promise<T> {
    let fetched = first;
    for (let round = 0; round < LIMITS.archiveRounds; round++) {
      try {
        await fetched.fetch(this.#reads);
      } catch (error) {
        if (!(error instanceof ArchiveDown)) throw error;
        return this.#with(fetched, () => down(error));
      }
      if (fetched.pruned !== this.#deps.log.pruned) fetched = this.#fresh();
      const found = this.#with(fetched, look);
      if (fetched.isEnough) return this.#with(fetched, () => act(found));
    }
    return this.#with(fetched, () => down(new ArchiveDown(LIMITS.archiveRestMs)));
  }

  #with<T>(fetched: Fetched, work: () => T): T {
    const outer = this.#fetched;
    this.#fetched = fetched;
    try {
      return this.#deps.log.recalling((seq) => fetched.at(seq), work);
    } finally {
      this.#fetched = outer;
    }
  }
}
