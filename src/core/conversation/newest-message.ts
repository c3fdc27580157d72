import type { Seq, UserId } from "../../shared/ids.ts";
import type { LogReader } from "./log-reader.ts";
import type { LogRow, LogTable } from "./log-table.ts";

const NEWEST = { after: 0, order: "newest", limit: 1, kind: "message" } as const;

/**
 * The newest message below a place. Every edit and deletion asks whether it changes that one: behind a long row of deletions, as an
 * erasure makes it, it would be looked for past all of them each time.
 */
export class NewestMessage {
  readonly #reader: Pick<LogReader, "page">;
  readonly #log: LogTable;
  /** Of all; `undefined`: not looked for yet, or not to be found here. */
  #seq: Seq | undefined;

  constructor(reader: Pick<LogReader, "page">, log: LogTable) {
    this.#reader = reader;
    this.#log = log;
  }

  appended({ kind, seq }: LogRow): void {
    if (kind === "message") this.#seq = seq;
  }

  /** As the user sees it; of nobody: as it is. */
  below(before: Seq, user: UserId | undefined): LogRow | undefined {
    this.#seq ??= this.#reader.page({ ...NEWEST, before: Number.MAX_SAFE_INTEGER })[0]?.seq;
    const newest = this.#seq !== undefined && this.#seq < before ? this.#log.at(this.#seq) : undefined;
    if (newest && (user === undefined || newest.hidden_from !== user)) return newest;
    return this.#reader.page({ ...NEWEST, before, ...(user === undefined ? {} : { reader: user }) })[0];
  }
}
