import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Random } from "../ports.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { BucketSize } from "./token-bucket.ts";

/**
 * Lets people in as a token bucket does, and gives each whom it refuses a place: the moment when the token that is
 * filled in for him is there. So those who are refused together come back one after the other, and find a token.
 */
export class Turnstile {
  readonly #bucket: TokenBucket;
  readonly #clock: Clock;
  readonly #random: Random;
  /** From one place to the next. */
  readonly #spacingMs: number;
  #lastPlaceAt = 0;

  constructor(size: BucketSize, clock: Clock, random: Random) {
    this.#bucket = new TokenBucket(size, clock);
    this.#clock = clock;
    this.#random = random;
    this.#spacingMs = 1000 / size.perSecond;
  }

  /** How long to stay away, in ms; 0: come in. */
  enter(): number {
    const toToken = this.#bucket.take();
    if (toToken === 0) return 0;
    const now = this.#clock.now();
    // Places are never further ahead than the bound: then the clock was set back.
    const last = this.#lastPlaceAt > now + LIMITS.connectWaitMaxMs ? 0 : this.#lastPlaceAt;
    const place = Math.max(now + toToken, last + this.#spacingMs);
    // Whoever stands too far back to be told a place tries again when many before him are in.
    if (place > now + LIMITS.connectWaitMaxMs) return Math.ceil(LIMITS.connectWaitMaxMs * (0.5 + this.#random() / 2));
    this.#lastPlaceAt = place;
    return Math.ceil(place - now + this.#random() * this.#spacingMs);
  }
}
