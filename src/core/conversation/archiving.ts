import { Archiver } from "../archive/archiver.ts";
import type { ArchiveStore } from "../archive/archive-store.ts";
import { LogArchive } from "../archive/log-archive.ts";
import type { Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { within } from "../deadline.ts";
import type { Clock, Random, Sql, Timers } from "../ports.ts";
import type { Alarms } from "./alarms.ts";
import type { LogTable } from "./log-table.ts";
import type { Horizon } from "./rotation.ts";
import type { ConversationRecord } from "./views.ts";

export interface ArchivingDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly record: ConversationRecord;
  readonly log: LogTable;
  readonly alarms: Alarms;
  /** `undefined`: nothing is archived, and nothing pruned. */
  readonly archive: ArchiveStore | undefined;
  readonly horizon: Horizon;
  head(): Seq;
  /** Entries went to the archive with one run, after so many failures; or a batch did not, the how manieth in a row. */
  archived(entries: number, failures: number): void;
  archiveFailed(failures: number, reason: unknown): void;
}

/** How a conversation and its archive stand. */
export interface ArchiveState {
  readonly archived_up_to: Seq;
  readonly pruned_up_to: Seq;
  /** Batches that failed in a row, as far as the object remembers. */
  readonly archive_failures: number;
}

/** What the alarm does for the archive. It looks when it rings for something else: an idle conversation costs nothing. */
export class Archiving {
  readonly #deps: ArchivingDeps;
  readonly #shelf: LogArchive;
  readonly #archiver: Archiver | undefined;
  #running: Promise<void> | undefined;
  #broken: unknown;
  /** When what is old is looked at next, as far as the object remembers. */
  #compactAt = 0;

  constructor(deps: ArchivingDeps) {
    this.#deps = deps;
    const { sql, clock, timers, random, record, log, archive, horizon } = deps;
    this.#shelf = new LogArchive(sql, log, () => deps.head());
    this.#archiver =
      archive &&
      new Archiver({
        conversation: record.conversation_id,
        epoch: record.epoch,
        store: archive,
        log: this.#shelf,
        clock,
        timers,
        random,
        // Nothing gathers for longer than it is to be at hand.
        gather: Math.max(1, Math.min(LIMITS.archiveBatch, horizon.entries)),
        archived: (entries, failures) => deps.archived(entries, failures),
        failed: (failures, reason) => deps.archiveFailed(failures, reason),
      });
  }

  get state(): ArchiveState {
    return {
      archived_up_to: this.#shelf.archived,
      pruned_up_to: this.#deps.log.pruned,
      archive_failures: this.#archiver?.failures ?? 0,
    };
  }

  /**
   * Does what is due, which an archive that is slow or down holds up for a moment only: the alarm has other things to do. What
   * goes on without it sets the alarm, for the case that it is interrupted.
   */
  async ring(): Promise<void> {
    const { clock, timers, alarms } = this.#deps;
    // What failed while nobody waited for it is told to whoever waits now.
    if (this.#broken !== undefined) throw this.#broken;
    if (!this.#archiver?.isDue()) return;
    this.#running ??= this.#run(this.#archiver);
    if ((await within(timers, LIMITS.archiveAwaitMs, this.#running)) === "late")
      alarms.by(clock.now() + LIMITS.archiveLookMs);
  }

  async #run(archiver: Archiver): Promise<void> {
    try {
      await archiver.run();
    } catch (error) {
      this.#broken = error;
      throw error;
    } finally {
      this.#running = undefined;
    }
    await this.#compact();
    const at = archiver.nextAt();
    if (at < Infinity) this.#deps.alarms.by(at);
  }

  /** What is old is moved on, once a day at most, beside what is archived anyway. Nothing waits for it, and it waits for nobody. */
  async #compact(): Promise<void> {
    const { archive, clock, timers, record } = this.#deps;
    const now = clock.now();
    if (!archive?.compact || now < this.#compactAt) return;
    this.#compactAt = now + LIMITS.compactEveryMs;
    try {
      const more = await within(timers, LIMITS.compactMs, archive.compact(record.conversation_id, now));
      if (more === true) this.#compactAt = now;
    } catch (error) {
      this.#deps.archiveFailed(1, error);
    }
  }
}
