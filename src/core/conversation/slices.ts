import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Member } from "./member.ts";
import { newLine } from "./outbox.ts";
import type { Line } from "./outbox.ts";

/** A slice of those who are there, with the line to the object that serves it. */
export interface SliceLine extends Line {
  readonly index: number;
  readonly members: Set<Member>;
  /** Somebody came to it who lacks what it was given before. */
  owes: boolean;
}

/**
 * Who is served by which slice. Only those who are there take a place, so a group of thousands with a few of
 * them online has one slice. A member joins one when he lacks no more than it can bring him.
 */
export class Slices {
  readonly #slices: SliceLine[] = [];

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
  join(member: Member, sent: Seq): void {
    this.leave(member);
    const open = this.#slices.find((slice) => slice.members.size < LIMITS.sliceMembers);
    const slice = open ?? { ...newLine(sent), index: this.#slices.length, members: new Set<Member>(), owes: false };
    if (!open) this.#slices.push(slice);
    if (slice.members.size === 0) slice.sent = sent;
    slice.owes ||= sent < slice.sent;
    slice.members.add(member);
    member.slice = slice.index;
  }

  leave(member: Member): void {
    if (member.slice !== undefined) this.#slices[member.slice]?.members.delete(member);
    member.slice = undefined;
  }
}

/** From where a slice is made durable: the member of whom least is known to be on disk. */
export const durableOf = (slice: SliceLine): Seq => {
  let lowest = Infinity;
  for (const member of slice.members) lowest = Math.min(lowest, member.flushed);
  return Math.min(lowest, slice.sent);
};
