import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Random } from "../ports.ts";
import type { BucketSize } from "./token-bucket.ts";
import { Turnstile } from "./turnstile.ts";

/** A turnstile for each address, of those that came lately. */
export class Turnstiles {
  readonly #size: BucketSize;
  readonly #clock: Clock;
  readonly #random: Random;
  /** The one that came longest ago is first. */
  readonly #byKey = new Map<string, Turnstile>();

  constructor(size: BucketSize, clock: Clock, random: Random) {
    this.#size = size;
    this.#clock = clock;
    this.#random = random;
  }

  /** How long whoever comes from there stays away, in ms; 0: come in. */
  enter(key: string): number {
    const turnstile = this.#byKey.get(key) ?? new Turnstile(this.#size, this.#clock, this.#random);
    this.#byKey.delete(key);
    this.#byKey.set(key, turnstile);
    if (this.#byKey.size > LIMITS.connectAddresses) {
      const [oldest] = this.#byKey.keys();
      this.#byKey.delete(oldest ?? key);
    }
    return turnstile.enter();
  }
}
