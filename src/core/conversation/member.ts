import type { Rev, Seq, UserId } from "../../shared/ids.ts";
import type { Participant } from "../../shared/protocol/conversation.ts";
import type { Role } from "../../shared/protocol/fields.ts";
import { toIso } from "../../shared/time.ts";
import type { ConversationMeta, ReceiptNote, Wants } from "./delivery.ts";
import { newLine } from "./outbox.ts";
import type { Line } from "./outbox.ts";

/** A watermark's move: up to which `seq`, and when (ms since 1970). */
export type Move = readonly [upTo: Seq, at: number];

/** How somebody left: by which entry, when, through whom, and what the conversation was then. */
export interface Left {
  readonly seq: Seq;
  readonly at: number;
  readonly by: UserId;
  readonly meta: ConversationMeta;
}

/** How far somebody else sees that things have reached a member, and that he has read them. */
export interface Shown {
  readonly delivered: Seq;
  readonly read: Seq;
}

/** What somebody who is away wants, and behind which entry: what came before he wanted it is not what he is called for. */
export interface Wish extends Wants {
  readonly after?: Seq;
}

/** A member, with all that the conversation knows of how far things have reached him. */
export interface Member extends Line {
  readonly user_id: UserId;
  role: Role;
  readonly joined_at: number;
  /** The entry by which he joined; 1 for those who were there from the beginning. */
  readonly joined_seq: Seq;
  /** The entry by which he left: the last that he is given. */
  left: Left | undefined;
  read: Seq;
  delivered: Seq;
  /** Moves of the read watermark that others may see. */
  readMoves: Move[];
  deliveredMoves: Move[];
  hidesReads: boolean;
  /** Of a direct conversation: he blocks the other. */
  blocks: boolean;
  /** He does, or did once: there may be entries that he does not see. */
  veiled: boolean;
  /** The last entry that he sees, when nothing but hidden ones follow: for him the log ends there. */
  reach: Seq | undefined;
  /** What the other sees of his watermarks while one of them blocks the other: how they were. */
  shown: Shown | undefined;
  /** What his inbox says is durable there: entries, and his own read watermark. */
  flushed: Seq;
  readFlushed: Seq;
  /** Of a large conversation: he is not there, and asks when he comes. */
  away: boolean;
  /** While he is: what he is to be brought all the same. */
  wants: Wish | undefined;
  /** The `rev` of his list at which that was said: what was said before it is old. */
  awayAsOf: Rev;
  /** Of a large conversation: the slice that brings him entries; without one they are brought to him directly. */
  slice: number | undefined;
  /** He came in without an entry that would be brought to him, and does not know of it yet. */
  greeted: boolean;
  /** Waiting for the next call to him. */
  receipt: ReceiptNote | undefined;
  live: string[];
}

export interface MemberRow {
  user_id: UserId;
  role: Role;
  joined_at: number;
  joined_seq: Seq;
  left_seq: Seq | null;
  left_at: number | null;
  removed_by: UserId | null;
  left_meta: string | null;
  away: number;
  wants: string | null;
  hides_reads: number;
  blocks: number | null;
  read_up_to: Seq;
  read_moves: string;
}

export const MEMBER_COLUMNS =
  "user_id, role, joined_at, joined_seq, left_seq, left_at, removed_by, left_meta, away, wants, hides_reads, blocks, read_up_to, read_moves";

/** As stored, per user: entries flushed, read watermark flushed, delivered watermark, its moves; what the other sees meanwhile. */
export type Position = readonly [flushed: Seq, readFlushed: Seq, delivered: Seq, moves: Move[], shown?: Shown];

const leftOf = ({ user_id, left_seq, left_at, removed_by, left_meta }: MemberRow): Left | undefined =>
  left_seq === null || left_meta === null
    ? undefined
    : { seq: left_seq, at: left_at ?? 0, by: removed_by ?? user_id, meta: JSON.parse(left_meta) as ConversationMeta };

export const memberOf = (row: MemberRow, position: Position = [0, 0, 0, []]): Member => {
  const [flushed, readFlushed, stored, deliveredMoves, shown] = position;
  // Having read means having it delivered, also when the delivered watermark was lost in a crash.
  const delivered = Math.max(stored, row.read_up_to);
  return {
    ...newLine(Math.max(flushed, row.joined_seq - 1)),
    user_id: row.user_id,
    role: row.role,
    joined_at: row.joined_at,
    joined_seq: row.joined_seq,
    left: leftOf(row),
    read: row.read_up_to,
    delivered,
    readMoves: JSON.parse(row.read_moves) as Move[],
    deliveredMoves,
    hidesReads: row.hides_reads === 1,
    blocks: row.blocks === 1,
    veiled: row.blocks !== null,
    reach: undefined,
    shown,
    flushed,
    readFlushed,
    away: row.away === 1,
    wants: row.wants === null ? undefined : (JSON.parse(row.wants) as Wish),
    awayAsOf: 0,
    slice: undefined,
    greeted: true,
    receipt: undefined,
    live: [],
  };
};

export const positionOf = (member: Member): Position => {
  const { flushed, readFlushed, delivered, deliveredMoves, shown } = member;
  const position = [flushed, readFlushed, delivered, deliveredMoves] as const;
  return shown ? [...position, shown] : position;
};

/** The last entry that the member is given. */
export const endOf = (member: Member, head: Seq): Seq => member.left?.seq ?? member.reach ?? head;

/** How far others see his watermarks, or he himself. */
export const shownTo = (member: Member, reader: Member): Shown =>
  (reader === member ? undefined : member.shown) ?? {
    delivered: member.delivered,
    read: member.readMoves.at(-1)?.[0] ?? 0,
  };

export const participantOf = (member: Member): Participant => ({
  user_id: member.user_id,
  role: member.role,
  joined_at: toIso(member.joined_at),
});
