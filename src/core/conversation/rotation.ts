import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Sql } from "../ports.ts";
import type { Alarms } from "./alarms.ts";
import type { Outline } from "./block.ts";
import { KeptTable } from "./kept-table.ts";
import type { LogTable } from "./log-table.ts";
import type { Roster } from "./roster.ts";

/** What a conversation keeps at hand at least: so many of its newest entries, and those of so long. */
export interface Horizon {
  readonly entries: number;
  readonly ms: number;
  /** Entries of which outlines are made in one turn, if not as many as `LIMITS` say. */
  readonly step?: number;
}

/** How things stand with the older generation, which ends with `last`. */
export interface RotationFacts {
  readonly last: Seq;
  /** Up to here everything is archived, but for what changed since then from `stale` on. */
  readonly archived: Seq;
  readonly stale: Seq | undefined;
  /** Up to here everybody whom entries are brought to has them. */
  readonly brought: Seq;
  /** Up to here others let it go. */
  readonly holds: readonly Seq[];
  /** How many of its entries wait to expire, and of how many. */
  readonly waiting: number;
  readonly entries: number;
}

/** How many entries may wait to expire in a generation that goes: they are copied one by one. */
const waitingMax = (entries: number): number => Math.max(LIMITS.waitingKept, Math.floor(entries / LIMITS.waitingKept));

/** Whether the older generation may go. */
export const mayGo = ({ last, archived, stale, brought, holds, waiting, entries }: RotationFacts): boolean =>
  archived >= last &&
  (stale === undefined || stale > last) &&
  brought >= last &&
  holds.every((seq) => seq >= last) &&
  waiting <= waitingMax(entries);

/**
 * Up to where everybody whom entries are brought to has them, durably. Who is away from a large conversation is brought nothing, or
 * the newest only; whoever cannot be reached for long holds up nobody, and is told how things stand when he can. Somebody from whom
 * the newest entries are hidden is brought them once one follows that he sees.
 */
export const broughtTo = (roster: Roster): Seq => {
  let lowest = Infinity;
  for (const { away, failures, flushed, reach } of roster.all()) {
    if (!away && failures < LIMITS.parkedAfter) lowest = Math.min(lowest, flushed);
    if (reach !== undefined) lowest = Math.min(lowest, reach - 1);
  }
  for (const { flushed } of roster.leaving()) lowest = Math.min(lowest, flushed);
  return lowest;
};

export interface RotationDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: LogTable;
  readonly alarms: Alarms;
  readonly roster: Roster;
  readonly horizon: Horizon;
  head(): Seq;
}

/** What came of a step: nothing was due, more is to be done soon, or the generations have changed places. */
export type Rotated = "rests" | "goes on" | "turned";

/**
 * Has the two generations of the log change places when the newer one alone is enough to have at hand, and the older one is
 * archived and nobody's business any more. Before that, outlines are made of what goes: a few blocks in each turn.
 */
export class Rotation {
  /** The last place that may go, as others see it. */
  readonly holds: (() => Seq)[] = [];
  readonly #deps: RotationDeps;
  readonly #kept: KeptTable;

  constructor(deps: RotationDeps) {
    this.#deps = deps;
    this.#kept = new KeptTable(deps.sql, deps.log);
  }

  /** The alarm: what is due is done, and for more of it the alarm rings again. */
  ring(): void {
    const { alarms, clock } = this.#deps;
    if (this.step() === "goes on") alarms.by(clock.now() + LIMITS.archivePauseMs);
  }

  /** A bounded part of what is due, in one turn. Cheap when nothing is. */
  step(): Rotated {
    const { log, sql } = this.#deps;
    if (!this.#isEnough() || !mayGo(this.#facts())) return "rests";
    const last = log.generations.first - 1;
    return sql.transaction(() => {
      if (!this.#outline(last)) return "goes on";
      this.#turn(last);
      return "turned";
    });
  }

  /** Whether the newer generation alone is enough. */
  #isEnough(): boolean {
    const { horizon, log, clock } = this.#deps;
    const { first } = log.generations;
    if (this.#deps.head() - first + 1 < Math.max(horizon.entries, 1)) return false;
    return (log.stampOf(first) ?? Infinity) <= clock.now() - horizon.ms;
  }

  #facts(): RotationFacts {
    const { log, sql, roster } = this.#deps;
    const last = log.generations.first - 1;
    const entries = last - log.pruned;
    return {
      last,
      archived: sql.all<{ archived: Seq }>("SELECT archived FROM conversation WHERE one = 1")[0]?.archived ?? 0,
      stale: sql.all<{ seq: Seq }>("SELECT seq FROM stale WHERE seq > ? ORDER BY seq LIMIT 1", log.pruned)[0]?.seq,
      brought: broughtTo(roster),
      holds: this.holds.map((hold) => hold()),
      waiting: this.#kept.waiting(waitingMax(entries) + 1),
      entries,
    };
  }

  /** Makes the next blocks. Answers whether all of them are there. */
  #outline(last: Seq): boolean {
    const { log, sql, horizon } = this.#deps;
    const until = Math.min(last, log.blocks.end + (horizon.step ?? LIMITS.blocksPerTurn * LIMITS.blockEntries));
    while (log.blocks.end < until) {
      const outlines = sql.all<Outline>(
        `SELECT seq, at, sender_id, client_id, kind, mentions, deleted_seq, thread, hidden_from,
                json_extract(edited, '$.entries[#-1]') AS edit
         FROM ${log.generations.older} WHERE seq > ? ORDER BY seq LIMIT ?`,
        log.blocks.end,
        Math.min(LIMITS.blockEntries, until - log.blocks.end),
      );
      // The rest of it is gone: see Retention.
      if (outlines.length === 0) return true;
      log.threads.add(log.blocks.add(outlines));
    }
    return log.blocks.end >= last;
  }

  #turn(last: Seq): void {
    const { log, roster } = this.#deps;
    // That everybody has what goes: in another life it would be brought again, and is not here any more.
    roster.save();
    if (last > log.pruned) {
      const veiled = [...roster.all()].filter((member) => member.veiled).map(({ user_id }) => user_id);
      this.#kept.turn(last, veiled);
    }
    log.generations.turn(last, this.#deps.head());
  }
}
