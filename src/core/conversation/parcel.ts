import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Delivery, EncodedEntry } from "./delivery.ts";
import { endOf } from "./member.ts";
import type { LogTable } from "./log-table.ts";
import type { Member } from "./member.ts";
import type { Roster } from "./roster.ts";
import type { Views } from "./views.ts";

interface ParcelDeps {
  readonly roster: Pick<Roster, "large">;
  readonly views: Views;
  readonly log: Pick<LogTable, "pruned">;
  head(): Seq;
  /** Entries after `after`, as many as travel in one call, as this member sees them. */
  entries(after: Seq, reader: Member): readonly EncodedEntry[];
}

/** Whoever is not there, or is gone, has no use for what he missed one by one. */
const jumps = ({ views, roster }: ParcelDeps, member: Member, missed: number): boolean => {
  if (member.left && views.isChannel) return true;
  return roster.large && (member.away || member.left !== undefined) && missed > LIMITS.deliverBatch;
};

/** What one call to a member brings: entries behind `from`, and what waits beside them, which is taken off him. */
export const deliveryTo = (deps: ParcelDeps, member: Member, from: Seq, settle: boolean): Delivery => {
  const { views, roster } = deps;
  const end = endOf(member, deps.head());
  const noteOnly = member.slice !== undefined && !settle && from === member.sent && member.receipt !== undefined;
  const { sunk } = views;
  const starts = (from < member.joined_seq && member.joined_seq > 1) || from < sunk;
  const before = Math.max(member.joined_seq - 1, sunk);
  const isFar = jumps(deps, member, end - from);
  // Who is to be notified is given the newest, as he would have been when he asks.
  const target = member.away ? Math.max(end - LIMITS.deliverBatch, member.joined_seq - 1) : end;
  const wanted = isFar ? target : starts ? Math.min(before, end) : from;
  // Whoever lacks what is pruned is told how things stood there, and has his devices ask for it.
  const isPruned = wanted < Math.min(deps.log.pruned, end);
  const after = noteOnly ? 0 : isPruned ? Math.min(deps.log.pruned, end) : wanted;
  const entries = noteOnly || after >= end ? [] : deps.entries(after, member).filter((entry) => entry.seq <= end);
  const withMeta =
    entries.length > 0 &&
    (after === 0 || starts || entries.some((entry) => entry.kind === "member" || entry.kind === "settings"));
  // A list that lost or never had its row has to learn of what was read before: until it is known to be on its disk.
  const isLess = entries.some((entry) => entry.retained !== undefined);
  const withOwn = !noteOnly && (member.readFlushed < member.read || isLess);
  const { receipt, live } = member;
  member.receipt = undefined;
  member.live = [];
  member.greeted = true;
  return {
    conversation_id: views.conversationId,
    epoch: views.epoch,
    after,
    entries,
    ...(withMeta ? { meta: views.meta(member) } : {}),
    ...(withOwn ? { own: views.own(member, after + entries.length) } : {}),
    ...(isFar || starts || (isPruned && !noteOnly) ? { base: views.view(member, after) } : {}),
    // A line of its own is for catching up, of which there may be many.
    ...(roster.large ? { large: true, brief: true } : {}),
    ...(member.away ? { nudge: true } : {}),
    ...(receipt ? { receipt } : {}),
    ...(live.length > 0 ? { live } : {}),
    ...(settle ? { settle } : {}),
  };
};
