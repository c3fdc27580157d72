import type { Seq } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";

/** Pinned messages, by the entries that pinned them. */
export class PinTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  has(seq: Seq): boolean {
    return this.#sql.all("SELECT 1 FROM pins WHERE seq = ?", seq).length > 0;
  }

  get size(): number {
    return this.#sql.all<{ count: number }>("SELECT COUNT(*) AS count FROM pins")[0]?.count ?? 0;
  }

  add(seq: Seq, entry: Seq): void {
    this.#sql.run("INSERT INTO pins (seq, entry) VALUES (?, ?)", seq, entry);
  }

  remove(seq: Seq): void {
    this.#sql.run("DELETE FROM pins WHERE seq = ?", seq);
  }

  /** Newest pin first, pinned by entries below `before`. */
  page(floor: Seq, before: Seq, limit: number): { seq: Seq; entry: Seq }[] {
    return this.#sql.all(
      "SELECT seq, entry FROM pins WHERE seq > ? AND entry < ? ORDER BY entry DESC LIMIT ?",
      floor,
      before,
      limit,
    );
  }
}
