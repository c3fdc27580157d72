import { LIMITS } from "../../shared/limits.ts";
import { within } from "../deadline.ts";
import type { Clock, Timers } from "../ports.ts";

export interface MadeToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

export interface HeldToken extends MadeToken {
  readonly madeAt: number;
}

export interface ProviderTokenDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  /** `undefined`: none is wanted. */
  make(): Promise<MadeToken | undefined>;
  changed(): void;
  /** It could not be had. */
  failed(error: unknown): void;
}

/** `not yet`: it takes longer than notifications should wait for it. */
type Outcome = HeldToken | "none" | "not yet" | "unavailable";

/** The token by which a push service knows this server: made once for all who ask, and anew before it ends. */
export class ProviderToken {
  readonly #deps: ProviderTokenDeps;
  #held: HeldToken | undefined;
  #isWanted = true;
  #making: Promise<Outcome> | undefined;
  /** An early renewal that failed is not begun again before. */
  #renewAfter = 0;

  constructor(deps: ProviderTokenDeps, held: HeldToken | undefined) {
    this.#deps = deps;
    this.#held = held;
  }

  get held(): HeldToken | undefined {
    return this.#held;
  }

  async get(): Promise<Outcome> {
    const held = this.#held;
    const now = this.#deps.clock.now();
    if (!this.#isWanted) return "none";
    if (!held || now >= held.endsAt) return this.#soon(this.#make());
    const early = Math.min(LIMITS.pushTokenEarlyMs, (held.endsAt - held.madeAt) / 2);
    // It still works: nobody waits for the next one.
    if (now >= held.endsAt - early && now >= this.#renewAfter) void this.#make();
    return held;
  }

  /** Only the one that was made then: whoever tells of it may be late. */
  forget(madeAt: number): void {
    if (this.#held?.madeAt !== madeAt) return;
    this.#held = undefined;
    this.#deps.changed();
  }

  /** Never fails. One at a time, whoever asks. */
  #make(): Promise<Outcome> {
    this.#making ??= this.#made().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #made(): Promise<Outcome> {
    const { clock, timers } = this.#deps;
    try {
      const made = await within(timers, LIMITS.pushTimeoutMs, this.#deps.make());
      if (made === "late") throw new Error("unable to make a token; it takes too long");
      this.#isWanted = made !== undefined;
      if (made === undefined) return "none";
      this.#held = { ...made, madeAt: clock.now() };
      this.#deps.changed();
      return this.#held;
    } catch (error) {
      this.#deps.failed(error);
      this.#renewAfter = clock.now() + LIMITS.pushClosedMaxMs;
      return "unavailable";
    }
  }

  async #soon(making: Promise<Outcome>): Promise<Outcome> {
    const outcome = await within(this.#deps.timers, LIMITS.pushTokenWaitMs, making);
    return outcome === "late" ? "not yet" : outcome;
  }
}
