import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Role } from "../../shared/protocol/fields.ts";
import type { Participant } from "../../shared/protocol/conversation.ts";
import { toIso } from "../../shared/time.ts";
import type { Sql } from "../ports.ts";
import type { InboxState, ReceiptNote } from "./delivery.ts";

/** A watermark's move: up to which `seq`, and when (ms since 1970). */
export type Move = readonly [upTo: Seq, at: number];

/** A member, with all that the conversation knows of how far things have reached him. */
export interface Member {
  readonly user_id: UserId;
  readonly role: Role;
  readonly joined_at: number;
  read: Seq;
  delivered: Seq;
  readMoves: Move[];
  deliveredMoves: Move[];
  /** What his inbox says is durable there: entries, and his own read watermark. */
  flushed: Seq;
  readFlushed: Seq;
  /** Handed over, perhaps not yet durable. Memory only: after a crash it starts again from `flushed`. */
  sent: Seq;
  /** Waiting for the next call to him. */
  receipt: ReceiptNote | undefined;
  live: string[];
  /** Calls under way, when the last began, and after failures: how many, and not before when. */
  calls: number;
  calledAt: number;
  /** Whether the call under way may be one that waits for a device: then it holds the next one back only shortly. */
  lingers: boolean;
  failures: number;
  notBefore: number;
}

interface MemberRow {
  user_id: UserId;
  role: Role;
  joined_at: number;
  read_up_to: Seq;
  read_moves: string;
}

/** As stored, per user: entries flushed, read watermark flushed, delivered watermark, and its moves. */
type Position = readonly [flushed: Seq, readFlushed: Seq, delivered: Seq, moves: Move[]];

const moved = (moves: readonly Move[], upTo: Seq, at: number): Move[] => [
  ...moves.slice(1 - LIMITS.receiptMoves),
  [upTo, at],
];

/** The members of one conversation, in memory, with their tables behind. */
export class Roster {
  readonly #sql: Sql;
  readonly #members = new Map<UserId, Member>();
  #dirty = false;

  constructor(sql: Sql) {
    this.#sql = sql;
    const rows = sql.all<MemberRow>("SELECT user_id, role, joined_at, read_up_to, read_moves FROM members");
    const stored = sql.all<{ positions: string }>("SELECT positions FROM cursors WHERE one = 1")[0];
    // A map: a user may be called `constructor`, and an object has one of its own.
    const positions = new Map(
      stored ? Object.entries(JSON.parse(stored.positions) as Record<UserId, Position>) : undefined,
    );
    for (const row of rows)
      this.#members.set(row.user_id, this.#load(row, positions.get(row.user_id) ?? [0, 0, 0, []]));
  }

  #load(row: MemberRow, [flushed, readFlushed, delivered, deliveredMoves]: Position): Member {
    return {
      user_id: row.user_id,
      role: row.role,
      joined_at: row.joined_at,
      read: row.read_up_to,
      // Having read means having it delivered, also when the delivered watermark was lost in a crash.
      delivered: Math.max(delivered, row.read_up_to),
      readMoves: JSON.parse(row.read_moves) as Move[],
      deliveredMoves,
      flushed,
      readFlushed,
      sent: flushed,
      receipt: undefined,
      live: [],
      calls: 0,
      calledAt: 0,
      lingers: false,
      failures: 0,
      notBefore: 0,
    };
  }

  /** Writes the first members of a new conversation. */
  static found(sql: Sql, members: readonly { readonly user_id: UserId; readonly role: Role }[], at: number): void {
    for (const { user_id, role } of members) {
      sql.run("INSERT INTO members (user_id, role, joined_at) VALUES (?, ?, ?)", user_id, role, at);
    }
  }

  get size(): number {
    return this.#members.size;
  }

  get(user: UserId): Member | undefined {
    return this.#members.get(user);
  }

  all(): IterableIterator<Member> {
    return this.#members.values();
  }

  /** Members after `after` in the order of their ids. */
  page(after: UserId, limit: number): Member[] {
    return [...this.#members.values()]
      .filter((member) => member.user_id > after)
      .sort((a, b) => (a.user_id < b.user_id ? -1 : 1))
      .slice(0, limit);
  }

  /** Moves a read watermark, durably. */
  read(member: Member, upTo: Seq, at: number): void {
    const moves = moved(member.readMoves, upTo, at);
    this.#sql.run(
      "UPDATE members SET read_up_to = ?, read_moves = ? WHERE user_id = ?",
      upTo,
      JSON.stringify(moves),
      member.user_id,
    );
    member.read = upTo;
    member.readMoves = moves;
    if (upTo > member.delivered) this.delivered(member, upTo, at);
  }

  /** Moves a delivered watermark; written behind by `save`. */
  delivered(member: Member, upTo: Seq, at: number): void {
    member.delivered = upTo;
    member.deliveredMoves = moved(member.deliveredMoves.slice(1 - LIMITS.receiptMoves / 2), upTo, at);
    this.#dirty = true;
  }

  /** Takes note of what a member's inbox says of itself. */
  confirm(member: Member, state: InboxState): void {
    if (state.flushed <= member.flushed && state.read <= member.readFlushed) return;
    member.flushed = Math.max(member.flushed, state.flushed);
    member.readFlushed = Math.max(member.readFlushed, state.read);
    member.sent = Math.max(member.sent, member.flushed);
    this.#dirty = true;
  }

  /** Whether everything up to `head` is durable in the member's inbox. */
  isSettled(member: Member, head: Seq): boolean {
    return member.flushed >= head && member.readFlushed >= member.read;
  }

  /** Writes positions that moved: one row for all members. */
  save(): void {
    if (!this.#dirty) return;
    const positions = [...this.#members.values()].map((member): [UserId, Position] => [
      member.user_id,
      [member.flushed, member.readFlushed, member.delivered, member.deliveredMoves],
    ]);
    this.#sql.run(
      "INSERT INTO cursors (one, positions) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET positions = excluded.positions",
      JSON.stringify(Object.fromEntries(positions)),
    );
    this.#dirty = false;
  }
}

export const participantOf = (member: Member): Participant => ({
  user_id: member.user_id,
  role: member.role,
  joined_at: toIso(member.joined_at),
});
