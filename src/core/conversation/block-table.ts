import type { ClientMessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Sql } from "../ports.ts";
import { Block, BlockCounts, keyOf } from "./block.ts";
import type { Outline, StoredBlock, Unread } from "./block.ts";
import type { LogRow, Patch } from "./log-table.ts";

const COLUMNS = "last, first, at, counts, body";

/** How many of the first are no more than one block takes; at least one. */
const fitting = (outlines: readonly Outline[]): readonly Outline[] => {
  let chars = 0;
  const end = outlines.findIndex(({ sender_id, mentions }, index) => {
    // What is of a fixed size for each besides: some 40 characters.
    chars += 40 + sender_id.length + 2 * (mentions?.length ?? 0);
    return index > 0 && (index >= LIMITS.blockEntries || chars > LIMITS.archiveBatchBytes);
  });
  return end < 0 ? outlines : outlines.slice(0, end);
};

/**
 * What is known here of entries that are in the archive only: everything but what they say. So whatever is counted or looked up
 * among them is exact, and waits for nobody. Blocks are made while the entries are still here, and change with them.
 */
export class BlockTable {
  readonly #sql: Sql;
  /** Blocks that were read lately, by their last place. */
  readonly #read = new Map<Seq, Block>();
  #end: Seq;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#end = sql.all<{ last: Seq }>("SELECT last FROM blocks ORDER BY last DESC LIMIT 1")[0]?.last ?? 0;
  }

  /** Up to here entries are in blocks. */
  get end(): Seq {
    return this.#end;
  }

  /** Writes the next block, of as many of these as fit: they follow what is in blocks. Answers those. */
  add(outlines: readonly Outline[]): readonly Outline[] {
    const some = fitting(outlines);
    const block = Block.of(some);
    this.#put(block);
    this.#end = block.last;
    this.#remember(block);
    return some;
  }

  /** An entry changed. `edit`: the entry that did, if that is an edit. */
  change(seq: Seq, patch: Patch, edit?: Seq): void {
    const block = seq <= this.#end ? this.#of(seq) : undefined;
    if (block?.change(seq, patch, edit) === true) this.#put(block);
  }

  stampOf(seq: Seq): number | undefined {
    return this.#of(seq)?.stampOf(seq);
  }

  /** As `MessageTable.countOthers`, in (after, upTo]. */
  countOthers(user: UserId, after: Seq, upTo: Seq, head: Seq): Unread {
    const counts = { unread: 0, mentions: 0 };
    const rows = this.#sql.all<Omit<StoredBlock, "body" | "at">>(
      "SELECT last, first, counts FROM blocks WHERE last > ? AND first <= ? ORDER BY last",
      after,
      upTo,
    );
    for (const { last, first, counts: stored } of rows) {
      const whole = first > after && last <= upTo ? new BlockCounts(stored) : undefined;
      if (whole?.holdsAt(head) === true) whole.addTo(counts, user);
      else this.#of(last)?.addTo(counts, user, { after, upTo, head });
    }
    return counts;
  }

  /** The newest message of each sender in (after, upTo] that is hidden from nobody. */
  newestBySender(after: Seq, upTo: Seq): Map<UserId, Seq> {
    const newest = new Map<UserId, Seq>();
    for (const block of this.#backwards(after, upTo))
      for (const { seq, sender_id, hidden_from } of block.newest(["message"], after, upTo))
        if (hidden_from === null && !newest.has(sender_id)) newest.set(sender_id, seq);
    return newest;
  }

  /** As `LogTable.newestCounted`, in (after, upTo]. */
  newestCounted(after: Seq, upTo: Seq, sender: UserId | null): Pick<LogRow, "seq" | "at" | "sender_id"> | undefined {
    for (const block of this.#backwards(after, upTo))
      for (const { seq, at, sender_id } of block.newest(["message", "delete"], after, upTo))
        if (sender_id !== sender) return { seq, at, sender_id };
    return undefined;
  }

  mentioning(after: Seq, upTo: Seq): Pick<LogRow, "seq" | "sender_id" | "mentions">[] {
    const blocks = [...this.#backwards(after, upTo)].toReversed();
    return blocks.flatMap((block) => block.mentioning(after)).filter(({ seq }) => seq <= upTo);
  }

  /** The place in (after, upTo] of the entry that `sender` named so. */
  find(sender: UserId, id: ClientMessageId, after: Seq, upTo: Seq): Seq | undefined {
    const key = keyOf(sender, id);
    for (const block of this.#backwards(after, upTo)) {
      const seq = block.find(sender, key, after, upTo);
      if (seq !== undefined) return seq;
    }
    return undefined;
  }

  /** Entries in (after, upTo] that one behind `upTo` edited or deleted. */
  touchedLater(after: Seq, upTo: Seq): Seq[] {
    return [...this.#backwards(after, upTo)].flatMap((block) => block.touchedBy(upTo)).filter((seq) => seq <= upTo);
  }

  #put(block: Block): void {
    const { last, first, at, counts, body } = block.stored;
    this.#sql.run(`INSERT OR REPLACE INTO blocks (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`, last, first, at, counts, body);
  }

  *#backwards(after: Seq, upTo: Seq): Iterable<Block> {
    for (let seq = Math.min(upTo, this.#end); seq > Math.max(after, 0);) {
      const block = this.#of(seq);
      // What lies before is gone: see Retention.
      if (!block) return;
      yield block;
      seq = block.first - 1;
    }
  }

  #of(seq: Seq): Block | undefined {
    for (const block of this.#read.values()) if (block.has(seq)) return block;
    const row = this.#sql.all<StoredBlock>(
      `SELECT ${COLUMNS} FROM blocks WHERE last >= ? ORDER BY last LIMIT 1`,
      seq,
    )[0];
    if (!row || row.first > seq) return undefined;
    const block = Block.read(row);
    this.#remember(block);
    return block;
  }

  #remember(block: Block): void {
    const [oldest] = this.#read.keys();
    if (this.#read.size >= LIMITS.blocksInMemory && oldest !== undefined) this.#read.delete(oldest);
    this.#read.set(block.last, block);
  }
}
