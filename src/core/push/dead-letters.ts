import { LIMITS } from "../../shared/limits.ts";
import type { PushKind } from "../../shared/protocol/http-push.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import { pageOf } from "../conversation/pages.ts";
import type { ListPage } from "../conversation/pages.ts";
import type { Sql } from "../ports.ts";
import type { DeadLetter } from "./job.ts";

interface LetterRow extends Omit<DeadLetter, "user" | "device" | "conversation" | "failedAt"> {
  readonly user_id: string;
  readonly device_id: string;
  readonly conversation_id: string | null;
  readonly failed_at: number;
}

const COLUMNS = "id, user_id, device_id, conversation_id, type, seq, attempts, reason, failed_at";
const END = { seq: Number.MAX_SAFE_INTEGER, key: "" };

const letterOf = (row: LetterRow): DeadLetter => ({
  id: row.id,
  user: row.user_id,
  device: row.device_id,
  ...(row.conversation_id === null ? {} : { conversation: row.conversation_id }),
  type: row.type,
  seq: row.seq,
  attempts: row.attempts,
  reason: row.reason,
  failedAt: row.failed_at,
});

const jsonOf = (row: LetterRow, kind: PushKind): string =>
  JSON.stringify({
    id: row.id,
    kind,
    user_id: row.user_id,
    device_id: row.device_id,
    conversation_id: row.conversation_id ?? undefined,
    type: row.type,
    seq: row.seq,
    attempts: row.attempts,
    reason: row.reason,
    failed_at: toIso(row.failed_at),
  });

/** Notifications of one kind that were given up, for an operator to look at and to try again. */
export class DeadLetters {
  readonly #sql: Sql;
  readonly #kind: PushKind;
  /** Counted once in a life: the bound is looked at with every letter. */
  #count: number | undefined;

  constructor(sql: Sql, kind: PushKind) {
    this.#sql = sql;
    this.#kind = kind;
  }

  get count(): number {
    this.#count ??= this.#sql.all<{ n: number }>("SELECT COUNT(*) AS n FROM letters")[0]?.n ?? 0;
    return this.#count;
  }

  /** The same id again changes nothing but the time. Beyond the bound the oldest go. */
  bury(letters: readonly DeadLetter[]): void {
    const before = this.count;
    const added = this.#sql.transaction(() => {
      let fresh = 0;
      for (const letter of letters) if (this.#put(letter)) fresh++;
      const excess = before + fresh - LIMITS.deadLetters;
      if (excess > 0)
        this.#sql.run(
          "DELETE FROM letters WHERE id IN (SELECT id FROM letters ORDER BY failed_at, id LIMIT ?)",
          excess,
        );
      return fresh - Math.max(0, excess);
    });
    this.#count = before + added;
  }

  /** Newest first. */
  page(page: ListPage): Result<string> {
    return pageOf(page, {
      noun: "dead_letters",
      letter: "d",
      first: END,
      read: ({ seq, key }, limit) =>
        this.#sql.all<LetterRow>(
          `SELECT ${COLUMNS} FROM letters WHERE (failed_at, id) < (?, ?) ORDER BY failed_at DESC, id DESC LIMIT ?`,
          seq,
          key,
          limit,
        ),
      place: (row) => ({ seq: row.failed_at, key: row.id }),
      json: (rows) => rows.map((row) => jsonOf(row, this.#kind)),
    });
  }

  /** Those named, or the oldest, as many as one call does. They stay until they are removed. */
  pick(ids?: readonly string[]): DeadLetter[] {
    const rows =
      ids === undefined
        ? this.#sql.all<LetterRow>(`SELECT ${COLUMNS} FROM letters ORDER BY failed_at, id LIMIT ?`, LIMITS.pageMax)
        : this.#sql.all<LetterRow>(
            `SELECT ${COLUMNS} FROM letters WHERE id IN (SELECT value FROM json_each(?)) ORDER BY failed_at, id LIMIT ?`,
            JSON.stringify(ids),
            LIMITS.pageMax,
          );
    return rows.map(letterOf);
  }

  /** Those that were buried once more since they were picked stay. The answer: how many there are. */
  remove(picked: readonly DeadLetter[]): number {
    const before = this.count;
    const gone = this.#sql.transaction(
      () =>
        picked.filter(
          ({ id, failedAt }) =>
            this.#sql.all("DELETE FROM letters WHERE id = ? AND failed_at = ? RETURNING id", id, failedAt).length > 0,
        ).length,
    );
    this.#count = before - gone;
    return this.#count;
  }

  clear(): void {
    if (this.count === 0) return;
    this.#sql.run("DELETE FROM letters");
    this.#count = 0;
  }

  /** Whether it was not there. */
  #put({ id, user, device, conversation, type, seq, attempts, reason, failedAt }: DeadLetter): boolean {
    const known = this.#sql.all("UPDATE letters SET failed_at = ? WHERE id = ? RETURNING id", failedAt, id);
    if (known.length > 0) return false;
    this.#sql.run(
      `INSERT INTO letters (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      user,
      device,
      conversation ?? null,
      type,
      seq,
      attempts,
      reason,
      failedAt,
    );
    return true;
  }
}
