import type { Clock } from "../ports.ts";

export interface BucketSize {
  /** How many at once. */
  readonly burst: number;
  /** How many a second, sustained. */
  readonly perSecond: number;
}

/**
 * A token bucket. In memory only: an object sleeps no earlier than its buckets are full again, so
 * forgetting them forgives nothing.
 */
export class TokenBucket {
  readonly #size: BucketSize;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(size: BucketSize, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
    this.#tokens = size.burst;
    this.#filledAt = clock.now();
  }

  /** Takes so many, all or none. Answers 0, or the milliseconds until there are as many. */
  take(count = 1): number {
    this.#fill();
    if (this.#tokens >= count) {
      this.#tokens -= count;
      return 0;
    }
    return Math.max(1, Math.ceil(((count - this.#tokens) * 1000) / this.#size.perSecond));
  }

  /** Takes so many, or as many as there are. */
  takeSome(count: number): number {
    this.#fill();
    const taken = Math.min(count, Math.floor(this.#tokens));
    this.#tokens -= taken;
    return taken;
  }

  #fill(): void {
    const now = this.#clock.now();
    // A clock that was set back must not take away what is there.
    const passedMs = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(this.#size.burst, this.#tokens + (passedMs * this.#size.perSecond) / 1000);
    this.#filledAt = now;
  }
}
