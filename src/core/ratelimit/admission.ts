import { LIMITS } from "../../shared/limits.ts";
import type { Random } from "../ports.ts";

/**
 * Admission to an object by how long calls have waited for it: a queue in front of an object cannot be seen from
 * inside, but each call can say when it was made. As long as some call of the last moment was on time, waiting is
 * a burst and passes. When every call of a whole interval was late, and they were many, the queue stands: then late ones are
 * refused, which costs little, so the queue drains and those that are admitted are fast.
 *
 * After Nichols and Jacobson's CoDel (RFC 8289), with refusing in place of dropping.
 */
export class Admission {
  readonly #random: Random;
  #intervalFrom = 0;
  #least = Infinity;
  #calls = 0;
  #standing = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** How long to stay away, in ms; 0: come in. `waitedMs`: since the call was made. */
  admit(waitedMs: number, now: number): number {
    // Clocks of two machines differ a little, and a clock that was set back says nothing.
    const waited = Math.max(0, waitedMs);
    if (now < this.#intervalFrom || now - this.#intervalFrom >= LIMITS.admissionIntervalMs) {
      // An interval without calls has no queue.
      const stale = now - this.#intervalFrom >= 2 * LIMITS.admissionIntervalMs;
      const queued = this.#calls >= LIMITS.admissionCalls;
      this.#standing = !stale && queued && this.#least > LIMITS.admissionTargetMs;
      this.#intervalFrom = now;
      this.#least = Infinity;
      this.#calls = 0;
    }
    this.#least = Math.min(this.#least, waited);
    this.#calls++;
    const late = waited > LIMITS.admissionTargetMs;
    const refused = (this.#standing && late) || waited > LIMITS.admissionMaxMs;
    return refused ? this.away() : 0;
  }

  /** How long whoever is refused stays away. Spread, so that those who were refused together do not come back together. */
  away(): number {
    return Math.round(LIMITS.overloadRetryMs * (0.5 + this.#random()));
  }
}
