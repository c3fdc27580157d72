import type { MessageId, Seq } from "../../shared/ids.ts";
import type { LogTable } from "./log-table.ts";
import { seqOfMessageId } from "./message-id.ts";
import { editedOf } from "./message-table.ts";
import type { Write } from "./write.ts";

const namedBy = (write: Write): readonly (MessageId | undefined)[] => {
  switch (write.op) {
    case undefined:
    case "send":
      return write.reply_to === undefined && write.thread_root === undefined ? [] : [write.reply_to, write.thread_root];
    case "edit":
    case "delete":
    case "react":
    case "pin":
      return [write.message_id];
    case "change":
    case "add":
    case "role":
    case "remove":
      return [];
  }
};

/** The entries that writes need to be judged and done, as far as they are pruned: what writes name, and what a deletion empties. */
export class Named {
  readonly #log: LogTable;
  readonly #mark: string;

  constructor(log: LogTable, mark: string) {
    this.#log = log;
    this.#mark = mark;
  }

  /** Whether one of them names something pruned. Asked with every write: nothing is read for it. */
  areFar(writes: readonly Write[]): boolean {
    return this.#log.pruned > 0 && writes.some((write) => this.#places(write).length > 0);
  }

  /** Asks for all of it. */
  look(writes: readonly Write[]): void {
    for (const write of writes) this.isLacking(write);
  }

  /** Whether something of it is not at hand. */
  isLacking(write: Write): boolean {
    let lacks = false;
    for (const seq of this.#places(write)) {
      const row = this.#log.at(seq);
      lacks ||= row === undefined;
      if (!row || write.op !== "delete") continue;
      for (const edit of editedOf(row)?.entries ?? []) if (!this.#log.at(edit)) lacks = true;
    }
    return lacks;
  }

  #places(write: Write): Seq[] {
    return namedBy(write).flatMap((id) => {
      const seq = id === undefined ? undefined : seqOfMessageId(id, this.#mark)?.seq;
      return seq !== undefined && seq <= this.#log.pruned ? [seq] : [];
    });
  }
}
