import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Relay } from "../fanout/relay.ts";
import type { EncodedEntry } from "./delivery.ts";
import type { Member } from "./member.ts";
import { newLine } from "./outbox.ts";
import type { Line } from "./outbox.ts";
import type { Views } from "./views.ts";

/** A slice of those who are there, with the line to the object that serves it. */
export interface SliceLine extends Line {
  readonly index: number;
  readonly members: Set<Member>;
  /** Somebody came to it who lacks what it was given before. */
  owes: boolean;
  /** Of those who are away: when they were last brought everything, ms since 1970. */
  nudgedAt: number;
}

/**
 * Who is served by which slice. Only those who are there take a place, so a group of thousands with a few of
 * them online has one slice. A member joins one when he lacks no more than it can bring him.
 */
export class Slices {
  readonly #slices: SliceLine[] = [];
  readonly #sign: 1 | -1;

  /** Those of who is there are numbered 0, 1, …, those of who is away -1, -2, …: no two share an object. */
  constructor(whose: "there" | "away") {
    this.#sign = whose === "there" ? 1 : -1;
  }

  all(): readonly SliceLine[] {
    return this.#slices;
  }

  /** Slices that serve somebody. */
  get size(): number {
    return this.#slices.filter((slice) => slice.members.size > 0).length;
  }

  /** Everybody who has a place. */
  get members(): number {
    return this.#slices.reduce((sum, slice) => sum + slice.members.size, 0);
  }

  /** Gives a member a place. `sent`: what he has been given; what his slice was given before is brought to him there. */
  join(member: Member, sent: Seq): SliceLine {
    this.leave(member);
    const open = this.#slices.find((slice) => slice.members.size < LIMITS.sliceMembers);
    const slice = open ?? this.#open(sent);
    if (slice.members.size === 0) slice.sent = sent;
    slice.owes ||= sent < slice.sent;
    slice.members.add(member);
    member.slice = slice.index;
    return slice;
  }

  #open(sent: Seq): SliceLine {
    const index = this.#sign > 0 ? this.#slices.length : -1 - this.#slices.length;
    const slice = { ...newLine(sent), index, members: new Set<Member>(), owes: false, nudgedAt: 0 };
    this.#slices.push(slice);
    return slice;
  }

  /** The one that serves a member, if it is one of these. */
  of({ slice }: Member): SliceLine | undefined {
    if (slice === undefined) return undefined;
    return this.#slices[this.#sign > 0 ? slice : -1 - slice];
  }

  leave(member: Member): void {
    if (this.of(member)?.members.delete(member)) member.slice = undefined;
  }
}

/** From where a slice is made durable: the member of whom least is known to be on disk. */
export const durableOf = (slice: SliceLine): Seq => {
  let lowest = Infinity;
  for (const member of slice.members) lowest = Math.min(lowest, member.flushed);
  return Math.min(lowest, slice.sent);
};

/** A call to a slice: who is to be brought which entries. */
export const relayOf = (
  views: Views,
  members: Iterable<Member>,
  after: Seq,
  entries: readonly EncodedEntry[],
  settle: boolean,
): Relay => {
  const withMeta = entries.some((entry) => entry.kind === "member" || entry.kind === "settings");
  return {
    conversation_id: views.conversationId,
    epoch: views.epoch,
    after,
    entries,
    ...(withMeta ? { meta: views.commonMeta() } : {}),
    members: [...members].map(({ user_id, sent, flushed, role }) => [user_id, Math.max(sent, flushed), role, flushed]),
    settle,
  };
};
