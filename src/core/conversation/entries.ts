import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { EncodedEntry } from "./delivery.ts";
import { batchOf, newestOf, RecentEntries } from "./entry-codec.ts";
import type { EntryCodec } from "./entry-codec.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import { endOf } from "./member.ts";
import type { Member } from "./member.ts";

export interface EntriesDeps {
  readonly log: LogTable;
  readonly codec: EntryCodec;
  head(): Seq;
  /** Below it the member sees nothing. */
  floor(member: Member): Seq;
}

/** Entries on their way to members: from memory, and what is further back from the log. */
export class Entries {
  readonly #deps: EntriesDeps;
  readonly #recent = new RecentEntries(LIMITS.recentEntries);

  constructor(deps: EntriesDeps) {
    this.#deps = deps;
  }

  add(row: LogRow): void {
    this.#recent.add(this.#deps.codec.entry(row));
  }

  /** Entries after `after`, as many as travel in one call. */
  after(after: Seq, reader?: Member): readonly EncodedEntry[] {
    return batchOf(this.#read(after, LIMITS.deliverBatch, reader));
  }

  /** The newest entries that a member's list lacks, as many as it would keep. */
  missed(member: Member, from: Seq): readonly EncodedEntry[] {
    const end = endOf(member, this.#deps.head());
    const after = Math.max(from, end - LIMITS.tailEntries, this.#deps.floor(member) - 1, this.#deps.log.pruned);
    return after >= end ? [] : newestOf(this.#read(after, end - after, member), LIMITS.tailBytes);
  }

  /** They lost what they said. */
  emptied(seqs: readonly Seq[]): void {
    for (const seq of seqs) {
      const row = this.#deps.log.at(seq);
      if (row) this.#recent.replace(this.#deps.codec.entry(row));
    }
  }

  #read(after: Seq, limit: number, reader?: Member): readonly EncodedEntry[] {
    const { log, codec } = this.#deps;
    const recent = reader?.veiled ? undefined : this.#recent.after(after, limit);
    if (recent) return recent;
    if (after < log.pruned) throw new Error(`unable to bring what follows entry ${after}; some of it is pruned`);
    return log.after(after, limit).map((row) => codec.entry(row, reader?.user_id));
  }
}
