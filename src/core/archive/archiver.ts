import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LogRow } from "../conversation/log-table.ts";
import { within } from "../deadline.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import type { ArchiveStore } from "./archive-store.ts";

/** What the archiver needs of a conversation's log. */
export interface ArchivedLog {
  readonly head: Seq;
  /** Everything up to here is in the archive. */
  readonly archived: Seq;
  /** Rows up to here are in the archive or on their way: who changes one of them marks it as stale. */
  claimed: Seq;
  after(after: Seq, limit: number): LogRow[];
  at(seq: Seq): LogRow | undefined;
  /** Places of rows that changed behind what was claimed, the first ones. */
  stale(limit: number): Seq[];
  /** Everything up to `seq` is in the archive, durably when the turn is. */
  advance(seq: Seq): void;
  /** These are in the archive as they stand. */
  refreshed(seqs: readonly Seq[]): void;
}

export interface ArchiverDeps {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly store: ArchiveStore;
  readonly log: ArchivedLog;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** So many entries gather before they are archived. */
  readonly gather: number;
  /** Entries are in the archive: how many with this run, and after how many failures. */
  archived(entries: number, failures: number): void;
  /** A batch is not: for the how manieth time in a row. */
  failed(failures: number, reason: unknown): void;
}

interface Batch {
  readonly rows: readonly LogRow[];
  /** They are new in the archive, and its cursor moves. Else they are written again. */
  readonly isNew: boolean;
}

/** Epochs apart: of an entry's versions that of the later epoch wins, whatever the head was. */
const EPOCH = 2 ** 40;

const sizeOf = ({ body, edited, mentions }: LogRow): number =>
  body.length + (edited?.length ?? 0) + (mentions?.length ?? 0);

/** Whether a row is still what was written. Its columns are text, numbers and null. */
const isSame = (a: LogRow, b: LogRow): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Writes the log into the archive, behind a cursor: a batch is put, and then, in one turn, the cursor moves. What a crash
 * interrupts is put once more, which the archive does not mind. Rows that change behind the cursor are written again. It is
 * never on the way of a send, holds one batch at a time, and has no state of its own but what failures teach.
 */
export class Archiver {
  readonly #deps: ArchiverDeps;
  #failures = 0;
  #notBefore = 0;
  #running: Promise<void> | undefined;

  constructor(deps: ArchiverDeps) {
    this.#deps = deps;
  }

  get failures(): number {
    return this.#failures;
  }

  /** When it is to be run again, ms since 1970; `Infinity`: when the alarm rings anyway. An idle conversation costs nothing. */
  nextAt(): number {
    if (this.#running || !this.#isWorth()) return Infinity;
    const now = this.#deps.clock.now();
    // What one run leaves waits a moment: others have things to do.
    return this.#failures > 0 ? this.#waitsUntil(now) : now + LIMITS.archivePauseMs;
  }

  /** Whether a run would do something now. */
  isDue(): boolean {
    const now = this.#deps.clock.now();
    return this.#waitsUntil(now) <= now && (this.#isWorth() || this.#isOld(now));
  }

  /** Archives what is due, a bounded part of it. Never throws, and ends after a bounded time. One run at a time. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps;
    const from = clock.now();
    if (this.#waitsUntil(from) > from) return;
    const old = this.#isOld(from);
    const failures = this.#failures;
    let entries = 0;
    for (let batches = 0; batches < LIMITS.archiveRunBatches; batches++) {
      const batch = this.#staleBatch() ?? (old || this.#hasGathered() ? this.#newBatch() : undefined);
      if (!batch) break;
      const done = await this.#put(batch);
      if (!done) break;
      entries += batch.rows.length;
      const spent = clock.now() - from;
      if (spent < 0 || spent >= LIMITS.archiveRunMs) break;
    }
    log.claimed = log.archived;
    if (entries > 0) this.#deps.archived(entries, failures);
  }

  /** The alarm is set for these; what is merely old waits for it to ring. */
  #isWorth(): boolean {
    return this.#hasGathered() || this.#deps.log.stale(1).length > 0;
  }

  #hasGathered(): boolean {
    const { log, gather } = this.#deps;
    return log.head - log.archived >= gather;
  }

  /** Whether the first of those that wait has waited long. */
  #isOld(now: number): boolean {
    const { log } = this.#deps;
    const first = log.head > log.archived ? log.at(log.archived + 1) : undefined;
    return first !== undefined && first.at <= now - LIMITS.archiveWaitMs;
  }

  #waitsUntil(now: number): number {
    // A clock that was set back must not hold it back for longer than failures do.
    if (this.#notBefore > now + LIMITS.archiveRetryMaxMs) this.#notBefore = now;
    return this.#notBefore;
  }

  #newBatch(): Batch | undefined {
    const { log } = this.#deps;
    const rows: LogRow[] = [];
    let bytes = 0;
    // Read some at a time: what does not fit is not read by the hundred.
    for (let after = log.archived; rows.length < LIMITS.archiveBatch; after = rows.at(-1)?.seq ?? after) {
      const some = log.after(after, Math.min(LIMITS.archiveStep, LIMITS.archiveBatch - rows.length));
      for (const row of some) {
        bytes += sizeOf(row);
        if (rows.length > 0 && bytes > LIMITS.archiveBatchBytes) return { rows, isNew: true };
        rows.push(row);
      }
      if (some.length === 0) break;
    }
    return rows.length > 0 ? { rows, isNew: true } : undefined;
  }

  #staleBatch(): Batch | undefined {
    const { log } = this.#deps;
    const seqs = log.stale(LIMITS.archiveBatch);
    if (seqs.length === 0) return undefined;
    const rows: LogRow[] = [];
    let bytes = 0;
    const gone: Seq[] = [];
    for (const seq of seqs) {
      const row = log.at(seq);
      if (!row) gone.push(seq);
      else {
        bytes += sizeOf(row);
        if (rows.length > 0 && bytes > LIMITS.archiveBatchBytes) break;
        rows.push(row);
      }
    }
    // Whatever removed it removed it in the archive too.
    if (gone.length > 0) log.refreshed(gone);
    return rows.length > 0 ? { rows, isNew: false } : undefined;
  }

  /** Whether it is in the archive. */
  async #put({ rows, isNew }: Batch): Promise<boolean> {
    const { conversation, epoch, store, log, timers } = this.#deps;
    const last = rows.at(-1)?.seq ?? 0;
    // Before it begins: what changes while it is on its way is written again.
    if (isNew) log.claimed = Math.max(log.claimed, last);
    const version = epoch * EPOCH + log.head;
    try {
      const put = (async () => store.put({ conversation, version, rows }))();
      // One that comes to something later does no harm: what is put next is as new, or newer.
      if ((await within(timers, LIMITS.archiveCallMs, put)) === "late") throw new Error("the archive does not answer");
    } catch (error) {
      this.#fails(error);
      return false;
    }
    if (isNew) log.advance(last);
    else {
      const same = (row: LogRow): boolean => {
        const now = log.at(row.seq);
        return now === undefined || isSame(row, now);
      };
      log.refreshed(rows.filter(same).map(({ seq }) => seq));
    }
    this.#failures = 0;
    this.#notBefore = 0;
    return true;
  }

  #fails(reason: unknown): void {
    const { clock, random } = this.#deps;
    this.#failures++;
    const backoff = Math.min(LIMITS.archiveRetryMs * 2 ** (this.#failures - 1), LIMITS.archiveRetryMaxMs);
    this.#notBefore = clock.now() + backoff * (0.5 + random() / 2);
    this.#deps.failed(this.#failures, reason);
  }
}
