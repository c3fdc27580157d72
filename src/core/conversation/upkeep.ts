import { LIMITS } from "../../shared/limits.ts";
import type { Clock } from "../ports.ts";
import type { Search } from "../search/search.ts";
import type { Agenda } from "./agenda.ts";
import type { Alarms } from "./alarms.ts";
import type { Archiving } from "./archiving.ts";
import type { Duties } from "./duties.ts";
import type { FanOut } from "./fan-out.ts";
import type { Rotation } from "./rotation.ts";

export interface UpkeepDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** What has something to do at times. */
  readonly parts: {
    readonly agenda: Agenda;
    readonly archiving: Archiving;
    readonly rotation: Rotation;
    readonly search: Search;
    readonly duties: Duties;
  };
  fanOut(): FanOut;
}

/** What a conversation's alarm is set for, and what it does when it rings. */
export class Upkeep {
  readonly #deps: UpkeepDeps;
  #waitMs: number = LIMITS.outboxAlarmMs;
  #lastWriteAt = 0;
  #settling = false;

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
  }

  /** Something was begun: should it be interrupted, the alarm takes it up again. What settling begins, it ends. */
  begun(): void {
    if (!this.#settling) this.arm();
  }

  /** Entries are in the log. */
  wrote(): void {
    this.#lastWriteAt = this.#deps.clock.now();
    this.arm();
  }

  arm(waitMs = this.#waitMs): void {
    this.#deps.alarms.lookAfter(this.#deps.clock.now() + waitMs);
  }

  /**
   * The alarm: what was to happen at a time happens, and whatever a crash or a failing member left open is taken up
   * again. While people are writing it only sets itself anew: the pending alarm itself is the promise to come back. Search and
   * the archive come last, and whether people are writing or not.
   */
  async ring(): Promise<void> {
    const { alarms, parts } = this.#deps;
    const { agenda, archiving, rotation, search, duties } = parts;
    const fanOut = this.#deps.fanOut();
    alarms.rang();
    fanOut.awaitNext();
    const sending = agenda.run();
    if (sending) await sending;
    duties.run();
    const quietMs = this.#deps.clock.now() - this.#lastWriteAt;
    // Less than nothing: the clock was set back, and says nothing of how long it has been.
    const busy = quietMs >= 0 && quietMs < LIMITS.outboxCalmMs;
    if (busy) this.arm(LIMITS.outboxBusyAlarmMs);
    else await this.#settle(fanOut);
    // Not before: what settling brings would be brought twice.
    fanOut.pump();
    agenda.awaitNext();
    // Last: they may have to reach far away.
    await search.run();
    await archiving.ring();
    rotation.ring();
    await duties.finish();
  }

  async #settle(fanOut: FanOut): Promise<void> {
    this.#settling = true;
    await fanOut.settle();
    this.#settling = false;
    fanOut.save();
    if (fanOut.settled) {
      this.#waitMs = LIMITS.outboxAlarmMs;
      return;
    }
    this.#waitMs = Math.min(this.#waitMs * 2, LIMITS.outboxAlarmMaxMs);
    this.arm();
  }
}
