import type { ConversationId, Seq } from "../../src/shared/ids.ts";
import { countable, recounted, withRead } from "./conversation-row.ts";
import type { LocalState } from "./local-state.ts";
import type { Mark, Watermarks } from "./watermarks.ts";

/** What was read and received here: counted at once, and told to the server until it is known to know. */
export class ReadMarks {
  readonly #state: LocalState;
  readonly #watermarks: Watermarks;
  readonly #fetchRow: (id: ConversationId) => void;

  constructor(state: LocalState, watermarks: Watermarks, fetchRow: (id: ConversationId) => void) {
    this.#state = state;
    this.#watermarks = watermarks;
    this.#fetchRow = fetchRow;
  }

  read(id: ConversationId, upTo?: Seq): void {
    const row = this.#state.rows.get(id);
    const copy = this.#state.copies.get(id);
    if (row === undefined || copy === undefined) return;
    const target = Math.min(upTo ?? row.head_seq, row.head_seq);
    if (target <= copy.readHere) return;
    copy.readHere = target;
    const change = this.#state.begin();
    change.row(withRead(row, target, copy, this.#state.me));
    change.copy(copy, false);
    void change.commit();
    this.#watermarks.raise({ kind: "read", id, upTo: target });
  }

  /** Tells again what the server may not have seen, because a connection or a process ended before. */
  repeat(): void {
    for (const { id, readHere, readThere, threadMarks } of this.#state.copies.values()) {
      if (readHere > readThere) this.#watermarks.raise({ kind: "read", id, upTo: readHere });
      for (const [root, upTo] of threadMarks) this.#watermarks.raise({ kind: "read", id, upTo, root });
    }
  }

  /** The server has these marks: a later run need not repeat them. */
  confirmed(marks: readonly Mark[]): void {
    const change = this.#state.begin();
    for (const { kind, id, upTo, root } of marks) {
      const copy = this.#state.copies.get(id);
      if (copy === undefined) continue;
      if (root !== undefined) {
        if ((copy.threadMarks.get(root) ?? 0) <= upTo) copy.threadMarks.delete(root);
      } else if (kind === "read") {
        copy.readThere = Math.max(copy.readThere, Math.min(upTo, copy.readHere));
        const row = this.#state.rows.get(id);
        if (row !== undefined) change.row(recounted(row, copy, this.#state.me));
        // What is unread after it could not be counted here; now the server can.
        if (row !== undefined && row.read_up_to < row.head_seq && !countable(row, copy)) this.#fetchRow(id);
      } else copy.acked = Math.max(copy.acked, Math.min(upTo, copy.upTo));
      change.copy(copy, false);
    }
    void change.commit();
  }
}
