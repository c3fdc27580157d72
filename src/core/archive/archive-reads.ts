import { LIMITS } from "../../shared/limits.ts";
import { within } from "../deadline.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import { ArchiveDown } from "./archive-down.ts";
import type { ArchiveStore } from "./archive-store.ts";

export interface ArchiveReadsDeps {
  /** `undefined`: none is configured. What was archived by one that was is not to be had. */
  readonly store: ArchiveStore | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
}

/**
 * Asks the archive. Each call ends, a bounded number is under way, and an archive that has just failed is left alone for a
 * moment: whoever reads old pages meanwhile is refused at once instead of waiting in a line that does not move.
 */
export class ArchiveReads {
  readonly #deps: ArchiveReadsDeps;
  #underWay = 0;
  #failedAt = -Infinity;

  constructor(deps: ArchiveReadsDeps) {
    this.#deps = deps;
  }

  /** Throws `ArchiveDown`. */
  async ask<T>(question: (store: ArchiveStore) => Promise<T>): Promise<T> {
    const { store, timers } = this.#deps;
    if (!store || this.#rests || this.#underWay >= LIMITS.archiveReads) throw this.#down();
    this.#underWay++;
    try {
      const asked = (async () => question(store))();
      const answer = await within(timers, LIMITS.archiveReadMs, asked);
      if (answer !== "late") return answer;
    } catch (error) {
      this.#failedAt = this.#deps.clock.now();
      throw this.#down(error);
    } finally {
      this.#underWay--;
    }
    this.#failedAt = this.#deps.clock.now();
    throw this.#down();
  }

  get #rests(): boolean {
    const since = this.#deps.clock.now() - this.#failedAt;
    // Less than nothing: the clock was set back, and says nothing of how long it has been.
    return since >= 0 && since < LIMITS.archiveRestMs;
  }

  #down(cause?: unknown): ArchiveDown {
    return new ArchiveDown(LIMITS.archiveRestMs * (0.5 + this.#deps.random()), cause);
  }
}
