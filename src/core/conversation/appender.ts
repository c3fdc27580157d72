import type { Seq, UserId } from "../../shared/ids.ts";
import type { Result } from "../../shared/result.ts";
import type { Clock, Sql } from "../ports.ts";
import { Dedupe } from "./dedupe.ts";
import { rowOf } from "./log-table.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import type { Member } from "./member.ts";
import { messageIdOf } from "./message-id.ts";
import { NOT_FOUND } from "./refusals.ts";
import type { NewEntry, Verdict } from "./verdict.ts";
import type { Acked, Write } from "./write.ts";

export interface AppenderDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: LogTable;
  readonly mark: string;
  /** Whether a write is admitted, and what it does. `at`: the stamp that its entries get. */
  judge(member: Member, write: Write, at: number): Verdict;
}

/** Puts entries at the end of the log: each client id once, without gaps, with stamps that never fall. */
export class Appender {
  readonly #deps: AppenderDeps;
  readonly #dedupe: Dedupe;
  #head: { readonly seq: Seq; readonly at: number };

  constructor(deps: AppenderDeps) {
    this.#deps = deps;
    this.#dedupe = new Dedupe(deps.log);
    this.#head = deps.log.head();
  }

  get head(): Seq {
    return this.#head.seq;
  }

  /** Admits or refuses each write in its turn, and writes all that is admitted in one transaction. */
  append(member: Member, writes: readonly Write[]): { readonly results: Result<Acked>[]; readonly rows: LogRow[] } {
    const at = Math.max(this.#deps.clock.now(), this.#head.at);
    const rows: LogRow[] = [];
    const each = (): Result<Acked>[] => writes.map((write) => this.#one(member, write, at, rows));
    const [only] = writes;
    // A single message is one row: the turn is a transaction, and nothing comes after it that could throw.
    const simple = writes.length === 1 && only && (only.op ?? "send") === "send";
    const needsRow = only && this.#dedupe.needsRow(only.client_message_id, at);
    return { results: simple && !needsRow ? each() : this.#deps.sql.transaction(each), rows };
  }

  /** The answer to a write that was done before. */
  repeated(user: UserId, write: Write): Result<Acked> | undefined {
    const seq = this.#dedupe.find(user, write.client_message_id, Math.max(this.#deps.clock.now(), this.#head.at));
    return seq === undefined ? undefined : this.#repeat(seq);
  }

  /** Entries that nobody's device asked for. */
  add(entries: readonly NewEntry[], apply?: (rows: readonly LogRow[]) => void): LogRow[] {
    const at = Math.max(this.#deps.clock.now(), this.#head.at);
    return this.#deps.sql.transaction(() => {
      const rows = entries.map((entry) => this.#insert(entry, null, at));
      apply?.(rows);
      return rows;
    });
  }

  #one(member: Member, write: Write, at: number, rows: LogRow[]): Result<Acked> {
    const earlier = this.#dedupe.find(member.user_id, write.client_message_id, at);
    if (earlier !== undefined) return this.#repeat(earlier);
    // An earlier write of the same call may have ended it.
    if (member.left) return NOT_FOUND;
    const verdict = this.#deps.judge(member, write, at);
    if (!verdict.ok) return verdict;
    if ("done" in verdict) {
      // Asked again when that is undone, it is still the same answer.
      this.#dedupe.note(member.user_id, write.client_message_id, verdict.done);
      return this.#repeat(verdict.done);
    }
    const last = verdict.entries.length - 1;
    const written = verdict.entries.map((entry, index) =>
      this.#insert(entry, index === last ? write.client_message_id : null, at),
    );
    verdict.apply?.(written);
    rows.push(...written);
    if (last >= 0) return this.#acked(written[last] ?? this.#head, false);
    // Nothing to see in the log: it took effect at this place, and a repeat is told so.
    this.#dedupe.note(member.user_id, write.client_message_id, this.#head.seq);
    return this.#acked(this.#head, false);
  }

  #insert(entry: NewEntry, clientId: string | null, at: number): LogRow {
    const row = rowOf({ ...entry, seq: this.#head.seq + 1, at, client_id: clientId });
    this.#deps.log.insert(row, clientId !== null && this.#dedupe.needsRow(clientId, at));
    this.#head = { seq: row.seq, at };
    if (clientId !== null) this.#dedupe.remember(row.sender_id, clientId, row.seq, at);
    return row;
  }

  #repeat(seq: Seq): Result<Acked> {
    const at = this.#deps.log.stampOf(seq);
    if (at === undefined) throw new Error(`unable to repeat an answer; entry ${seq} is missing`);
    return this.#acked({ seq, at }, true);
  }

  #acked({ seq, at }: { readonly seq: Seq; readonly at: number }, duplicate: boolean): Result<Acked> {
    return { ok: true, value: { message_id: messageIdOf(at, seq, this.#deps.mark), seq, at, duplicate } };
  }
}
