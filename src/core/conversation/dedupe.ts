import type { ClientMessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LogTable } from "./log-table.ts";

/** Milliseconds that a UUID of version 7 carries; `undefined` for the other versions. */
const timeOf = (id: ClientMessageId): number | undefined =>
  id.charAt(14) === "7" ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;

/**
 * Finds a message by the id that its client gave it, for ever, without an index row per message.
 *
 * A UUIDv7 carries the time at which it was made. If that is close to the entry's own stamp, the entry can
 * be found again by looking at the few minutes of the log around that time: the log is in time order, so
 * this costs reads, which are a thousandth of the price of a write. Whatever is not close (an outbox
 * that was offline, a clock that is wrong, another UUID version) gets a row in `seen`.
 */
export class Dedupe {
  readonly #log: LogTable;
  /** Ids of all entries stamped at or after `#from`. */
  readonly #recent = new Map<string, { readonly seq: Seq; readonly at: number }>();
  #from: number | undefined;
  #seenAny: boolean | undefined;

  constructor(log: LogTable) {
    this.#log = log;
  }

  /** The place of the message that `sender` named `id`, if there is one. `now`: the stamp a new one would get. */
  find(sender: UserId, id: ClientMessageId, now: number): Seq | undefined {
    this.#seenAny ??= this.#log.seenAny();
    if (this.#seenAny) {
      const seq = this.#log.findSeen(sender, id);
      if (seq !== undefined) return seq;
    }
    const made = timeOf(id);
    if (made === undefined) return undefined;
    const since = this.#load(now);
    const recent = this.#recent.get(`${sender} ${id}`);
    if (recent) return recent.seq;
    const earliest = made - LIMITS.clientIdFutureMs;
    return earliest >= since
      ? undefined
      : this.#log.findBetween(sender, id, earliest, Math.min(made + LIMITS.clientIdPastMs, since - 1));
  }

  /** Whether an entry stamped `at` must be written to `seen`, because its id would not lead back to it. */
  needsRow(id: ClientMessageId, at: number): boolean {
    const made = timeOf(id);
    return made === undefined || made < at - LIMITS.clientIdPastMs || made > at + LIMITS.clientIdFutureMs;
  }

  /** To be called when an entry is in the log. */
  remember(sender: UserId, id: ClientMessageId, seq: Seq, at: number): void {
    if (this.needsRow(id, at)) this.#seenAny = true;
    this.#load(at);
    this.#recent.set(`${sender} ${id}`, { seq, at });
    this.#trim(at);
  }

  /** An id that no entry bears: what it asked for took effect at `seq`. */
  note(sender: UserId, id: ClientMessageId, seq: Seq): void {
    this.#log.insertSeen(sender, id, seq);
    this.#seenAny = true;
  }

  /** Reads the recent part of the log after a wake; answers since when memory knows everything. */
  #load(now: number): number {
    if (this.#from === undefined) {
      this.#from = Math.max(now - LIMITS.clientIdPastMs - LIMITS.clientIdFutureMs, this.#log.idsSince);
      const rows = this.#log.clientIdsSince(this.#from, LIMITS.recentClientIds);
      for (const row of rows) this.#recent.set(`${row.sender_id} ${row.client_id}`, { seq: row.seq, at: row.at });
      if (rows.length === LIMITS.recentClientIds) this.#from = (rows[0]?.at ?? now) + 1;
    }
    return this.#from;
  }

  #trim(now: number): void {
    const oldest = now - 2 * (LIMITS.clientIdPastMs + LIMITS.clientIdFutureMs);
    for (const [key, { at }] of this.#recent) {
      if (at >= oldest && this.#recent.size <= LIMITS.recentClientIds) break;
      this.#recent.delete(key);
      this.#from = Math.max(this.#from ?? 0, at + 1);
    }
  }
}
