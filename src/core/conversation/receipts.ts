import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Timers } from "../ports.ts";
import type { ReceiptCounts, ReceiptNote } from "./delivery.ts";
import { shownTo } from "./member.ts";
import type { Member, Move } from "./member.ts";
import type { LogRow } from "./log-table.ts";
import type { MessageTable } from "./message-table.ts";
import type { Roster } from "./roster.ts";
import type { ConversationRecord } from "./views.ts";

export interface ReceiptsDeps {
  readonly record: ConversationRecord;
  readonly roster: Roster;
  readonly messages: MessageTable;
  readonly clock: Clock;
  readonly timers: Timers;
  head(): Seq;
  /** There is something for a member to be told; `changed` follows when all is noted. */
  noted(member: Member): void;
  changed(): void;
}

/** When a watermark first covered `seq`; of moves that are long ago the oldest remembered one. */
const coveredAt = (moves: readonly Move[], seq: Seq): number | undefined => moves.find(([upTo]) => upTo >= seq)?.[1];

/** Tells authors how far their messages have come. Watermarks in, at most one note per author waiting. */
export class Receipts {
  readonly #deps: ReceiptsDeps;
  /** The newest message of each author, as far back as receipts look. */
  #newest: Map<UserId, Seq> | undefined;
  readonly #due = new Set<UserId>();
  #toldAt = 0;
  #waiting = false;

  constructor(deps: ReceiptsDeps) {
    this.#deps = deps;
  }

  /** A message was appended. One that is hidden is on its way to nobody. */
  authored({ sender_id, seq, hidden_from }: LogRow): void {
    if (hidden_from === null) this.#newest?.set(sender_id, seq);
  }

  /** How many of the other members have what `author` wrote; who joined later is not among them. */
  counts(author: Member, { seq, hidden_from }: Pick<LogRow, "seq" | "hidden_from">): ReceiptCounts {
    let delivered = 0;
    let read = 0;
    let of = 0;
    for (const member of this.#deps.roster.all()) {
      if (member === author || member.joined_seq > seq) continue;
      of++;
      if (hidden_from === member.user_id) continue;
      const shown = shownTo(member, author);
      if (shown.delivered >= seq) delivered++;
      if (!author.hidesReads && shown.read >= seq) read++;
    }
    return { delivered, read, of };
  }

  /** Whether a member has a message, and since when. */
  of(
    member: Member,
    { seq, hidden_from }: LogRow,
    reader: Member,
  ): { delivered_at?: number; read_at?: number } | undefined {
    const shown = shownTo(member, reader);
    if (shown.delivered < seq || member.joined_seq > seq || hidden_from === member.user_id) return undefined;
    const delivered_at = coveredAt(member.deliveredMoves, seq);
    const read_at = !reader.hidesReads && shown.read >= seq ? coveredAt(member.readMoves, seq) : undefined;
    return { delivered_at: delivered_at ?? read_at, read_at };
  }

  /** A member's watermark rose from `before` to what it is now: those who wrote in between are told. */
  rose(reader: Member, before: Seq): void {
    if (this.#deps.roster.severed) return;
    const after = Math.max(reader.delivered, reader.read);
    this.#newest ??= this.#load();
    for (const [author, seq] of this.#newest) {
      // In a direct conversation any move past a message of the other's is news, not only past the newest.
      if (author === reader.user_id || seq <= before) continue;
      if (this.#deps.record.type === "direct" || seq <= after) this.#due.add(author);
    }
    if (this.#due.size === 0) return;
    if (this.#deps.record.type === "direct") return this.#tell(reader);
    this.#tellSoon(reader);
  }

  #load(): Map<UserId, Seq> {
    return this.#deps.messages.newestBySender(Math.max(0, this.#deps.head() - LIMITS.receiptLookBack));
  }

  /** In a group at most once a second, so that many readers make one note. */
  #tellSoon(reader: Member): void {
    if (this.#waiting) return;
    const wait = this.#toldAt + LIMITS.groupReceiptMs - this.#deps.clock.now();
    if (wait <= 0) return this.#tell(reader);
    this.#waiting = true;
    // A clock that was set back must not make anybody wait longer.
    this.#deps.timers.after(Math.min(wait, LIMITS.groupReceiptMs), () => {
      this.#waiting = false;
      this.#tell(reader);
    });
  }

  #tell(reader: Member): void {
    this.#toldAt = this.#deps.clock.now();
    for (const author of this.#due) {
      const member = this.#deps.roster.get(author);
      const seq = this.#newest?.get(author);
      if (!member || seq === undefined) continue;
      member.receipt = this.#note(member, seq, reader);
      this.#deps.noted(member);
    }
    this.#due.clear();
    this.#deps.changed();
  }

  #note(author: Member, seq: Seq, reader: Member): ReceiptNote {
    const counts = this.counts(author, { seq, hidden_from: null });
    const shown = shownTo(reader, author);
    const read_up_to = author.hidesReads ? undefined : shown.read;
    const news =
      this.#deps.record.type === "direct"
        ? { user_id: reader.user_id, delivered_up_to: shown.delivered, read_up_to }
        : { user_id: author.user_id, seq, ...counts };
    return {
      frame: JSON.stringify({ type: "receipt", conversation_id: this.#deps.record.conversation_id, ...news }),
      seq,
      counts,
    };
  }
}
