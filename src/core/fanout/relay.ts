import type { ConversationMeta, DeliveryAnswer, EncodedEntry } from "../conversation/delivery.ts";
import type { ConversationId, Seq, UserId } from "../../shared/ids.ts";
import type { Role } from "../../shared/protocol/fields.ts";

/** A member whom a slice is to bring entries to: behind which entry, his role, and how much is known to be on his disk. */
export type Fed = readonly [user: UserId, from: Seq, role: Role, flushed: Seq];

/**
 * One call from a large conversation to a slice: entries, and who gets them. It names all of the slice's members
 * each time, so a slice keeps nothing that could be lost.
 */
export interface Relay {
  readonly conversation_id: ConversationId;
  readonly epoch: number;
  readonly after: Seq;
  readonly entries: readonly EncodedEntry[];
  /** With entries that change it; the role is each member's own. */
  readonly meta?: Omit<ConversationMeta, "role">;
  readonly members: readonly Fed[];
  readonly settle: boolean;
  /** They are away, and want to be brought what is new: there is no hurry, and the answer is of all of them. */
  readonly nudge?: boolean;
}

/** What came of a member: what his inbox said, or that he could not be reached or brought up to date here. */
export interface Report {
  readonly user: UserId;
  readonly answer?: DeliveryAnswer;
  /** Without an answer: up to where he is known to have everything. */
  readonly taken?: Seq;
}

export interface RelayAnswer {
  /** The slice has entries up to here. */
  readonly head: Seq;
  /** What is news since the last answer. */
  readonly reports: readonly Report[];
}
