import type { Seq, UserId } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";
import type { LogRow } from "./log-table.ts";

/** Pinned messages, by the entries that pinned them. Everything is as `reader` sees it. */
export class PinTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The pin of a message, and who does not see it. */
  find(reader: UserId, seq: Seq): Pick<LogRow, "hidden_from"> | undefined {
    return this.#sql.all<Pick<LogRow, "hidden_from">>(
      "SELECT hidden_from FROM pins WHERE seq = ? AND hidden_from IS NOT ?",
      seq,
      reader,
    )[0];
  }

  size(reader: UserId): number {
    const row = this.#sql.all<{ count: number }>(
      "SELECT COUNT(*) AS count FROM pins WHERE hidden_from IS NOT ?",
      reader,
    )[0];
    return row?.count ?? 0;
  }

  /**
   * A pin that was hidden from whoever pins now is his from now on. When this one is hidden in turn from him whose that
   * was, each sees one: it is pinned for both.
   */
  add(seq: Seq, entry: Pick<LogRow, "seq" | "hidden_from">): void {
    this.#sql.run(
      `INSERT INTO pins (seq, entry, hidden_from) VALUES (?, ?, ?)
       ON CONFLICT (seq) DO UPDATE SET
         entry = iif(hidden_from <> excluded.hidden_from, entry, excluded.entry),
         hidden_from = iif(hidden_from <> excluded.hidden_from, NULL, excluded.hidden_from)`,
      seq,
      entry.seq,
      entry.hidden_from,
    );
  }

  remove(seq: Seq): void {
    this.#sql.run("DELETE FROM pins WHERE seq = ?", seq);
  }

  /** Newest pin first, pinned by entries below `before`. */
  page(reader: UserId, floor: Seq, before: Seq, limit: number): { seq: Seq; entry: Seq }[] {
    return this.#sql.all(
      "SELECT seq, entry FROM pins WHERE seq > ? AND entry < ? AND hidden_from IS NOT ? ORDER BY entry DESC LIMIT ?",
      floor,
      before,
      reader,
      limit,
    );
  }
}
