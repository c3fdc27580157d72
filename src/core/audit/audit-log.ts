import { AUDIT_START, canonicalJson, hashedText } from "../../shared/audit-chain.ts";
import type { AuditHead } from "../../shared/audit-chain.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { AuditEntry } from "../../shared/protocol/http-admin.ts";
import { sha256 } from "../../shared/sha256.ts";
import { toIso } from "../../shared/time.ts";
import type { Clock, Sql } from "../ports.ts";

/** What is to be entered; place, time and hashes are the log's own. */
export interface AuditNote {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly reason?: string | undefined;
  readonly details?: Record<string, unknown> | undefined;
  /** Of the note that says what became of an earlier one (`details.of`): `done`, or the code of the refusal. */
  readonly outcome?: string;
}

/** The audit log: entries follow each other, and each holds the hash of the one before. */
export class AuditLog {
  readonly #sql: Sql;
  readonly #clock: Clock;
  #head: AuditHead | undefined;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  get head(): AuditHead {
    return (this.#head ??= this.#last());
  }

  /** Written in the turn that calls: two notes never follow from one entry. */
  append(note: AuditNote): AuditHead {
    const before = this.head;
    const rest = { ...note, at: toIso(this.#clock.now()), index: before.index + 1, prev_hash: before.hash };
    const head = { index: rest.index, hash: sha256(hashedText(rest)) };
    this.#sql.run(
      "INSERT INTO entries (place, entry) VALUES (?, ?)",
      head.index,
      canonicalJson({ ...rest, hash: head.hash }),
    );
    this.#head = head;
    return head;
  }

  /** Entries after a place, in order: JSON of the contract's answer. */
  page(after: number, limit: number = LIMITS.pageDefault): string {
    const rows = this.#sql.all<{ entry: string }>(
      "SELECT entry FROM entries WHERE place > ? ORDER BY place LIMIT ?",
      after,
      Math.min(limit, LIMITS.pageMax),
    );
    return `{"entries":[${rows.map((row) => row.entry).join(",")}]}`;
  }

  #last(): AuditHead {
    const row = this.#sql.all<{ entry: string }>("SELECT entry FROM entries ORDER BY place DESC LIMIT 1")[0];
    if (!row) return AUDIT_START;
    const { index, hash } = JSON.parse(row.entry) as AuditEntry;
    return { index, hash };
  }
}
