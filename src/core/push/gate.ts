import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Random, Timers } from "../ports.ts";
import { TokenBucket } from "../ratelimit/token-bucket.ts";
import type { BucketSize } from "../ratelimit/token-bucket.ts";
import { ProviderToken } from "./provider-token.ts";
import type { HeldToken, MadeToken } from "./provider-token.ts";

/** How many notifications may be sent now. */
export interface Admission {
  readonly permits: number;
  /** When those that were not permitted may come again: after the first, spread over the second. */
  readonly waitMs: number;
  readonly spreadMs: number;
  readonly token?: string;
  /** When the token was made: a failure that may be its fault says so, so that no other is forgotten for it. */
  readonly madeAt?: number;
  /** The service failed, and this one shows whether it is there again: what becomes of it is to be told. */
  readonly probe?: true;
}

/** What a push service made of what was sent to it, as far as it says something of the service. */
export interface Answered {
  readonly well: boolean;
  readonly retryAfterMs?: number;
  /** The token that it may not have liked. */
  readonly badToken?: number;
}

/** What outlives the object: all else may be forgotten. */
export interface GateState {
  /** Failures in a row; 0: notifications pass. */
  readonly failures: number;
  /** Nothing passes before. */
  readonly closedUntil: number;
  readonly token?: HeldToken;
}
export const OPEN: GateState = { failures: 0, closedUntil: 0 };

export interface GateDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly size: BucketSize;
  /** `undefined`: this service wants none. */
  make(): Promise<MadeToken | undefined>;
  keep(state: GateState): void;
  /** It closed for so long, after so many failures; 0 and 0: it is open again. */
  turned(closedMs: number, failures: number): void;
  /** The token could not be had. */
  failed(error: unknown): void;
}

/** Nothing passes: they come again some time after. */
const putOff = (waitMs: number): Admission => ({ permits: 0, waitMs, spreadMs: LIMITS.pushRetryMs });

/**
 * What lies before one push service: as many requests a second as it may have, none for a while when it fails, one
 * that shows whether it is there again, and the token by which it knows this server.
 */
export class Gate {
  readonly #deps: GateDeps;
  readonly #bucket: TokenBucket;
  readonly #token: ProviderToken;
  #failures: number;
  #closedUntil: number;
  #probingUntil = 0;
  /** Up to when those who were sent away for the rate's sake were told to come: others come after them. */
  #promisedUntil = 0;

  constructor(deps: GateDeps, state: GateState) {
    this.#deps = deps;
    this.#failures = state.failures;
    this.#closedUntil = state.closedUntil;
    this.#bucket = new TokenBucket(deps.size, deps.clock);
    this.#token = new ProviderToken({ ...deps, changed: () => this.#keep() }, state.token);
  }

  async admit(count: number): Promise<Admission> {
    const { clock } = this.#deps;
    const now = clock.now();
    const shutUntil = Math.max(this.#closedUntil, this.#probingUntil);
    if (now < shutUntil) return putOff(shutUntil - now);
    const probe = this.#failures > 0;
    // Before anything is waited for: there is one that shows it, however many ask.
    if (probe) this.#probingUntil = now + LIMITS.pushProbeMs;
    const token = await this.#token.get();
    if (token === "unavailable") {
      this.#fail();
      return putOff(this.#closedUntil - clock.now());
    }
    if (token === "not yet") {
      this.#probingUntil = 0;
      return putOff(LIMITS.pushTokenWaitMs);
    }
    const known = token === "none" ? {} : { token: token.token, madeAt: token.madeAt };
    if (probe) return { ...putOff(LIMITS.pushRetryMs), permits: 1, ...known, probe };
    return { ...this.#portion(count), ...known };
  }

  /** As many as the rate has; the others are told to come when it has had time for them. */
  #portion(count: number): Admission {
    const permits = this.#bucket.takeSome(count);
    if (permits === count) return { permits, waitMs: 0, spreadMs: 0 };
    const now = this.#deps.clock.now();
    const from = Math.max(now, this.#promisedUntil);
    const spreadMs = Math.ceil(((count - permits) * 1000) / this.#deps.size.perSecond);
    this.#promisedUntil = Math.min(from + spreadMs, now + LIMITS.pushRetryMaxMs);
    return { permits, waitMs: from - now, spreadMs };
  }

  tell({ well, retryAfterMs, badToken }: Answered): void {
    if (badToken !== undefined) this.#token.forget(badToken);
    if (!well) return this.#fail(retryAfterMs);
    // While it is closed, this is the answer to something that was sent before: the next one that is sent shows it.
    if (this.#failures === 0 || this.#deps.clock.now() < this.#closedUntil) return;
    this.#failures = 0;
    this.#closedUntil = 0;
    this.#probingUntil = 0;
    this.#keep();
    this.#deps.turned(0, 0);
  }

  #fail(retryAfterMs = 0): void {
    const now = this.#deps.clock.now();
    // What was sent side by side fails side by side: that is one failure.
    const isNew = now >= this.#closedUntil;
    if (isNew) this.#failures++;
    // One address may be throttled alone, and for long. What the next one is told after the pause is about the service.
    const believed = this.#failures > 1 ? LIMITS.pushRetryAfterMaxMs : LIMITS.pushRetryMs;
    const pause = isNew ? this.#pause() : 0;
    const closedUntil = now + Math.max(pause, Math.min(retryAfterMs, believed));
    this.#probingUntil = 0;
    if (closedUntil <= this.#closedUntil) return;
    this.#closedUntil = closedUntil;
    this.#keep();
    if (isNew) this.#deps.turned(closedUntil - now, this.#failures);
  }

  #pause(): number {
    const full = Math.min(LIMITS.pushClosedMs * 2 ** (this.#failures - 1), LIMITS.pushClosedMaxMs);
    return Math.ceil(full * (0.5 + this.#deps.random() / 2));
  }

  #keep(): void {
    const token = this.#token.held;
    this.#deps.keep({
      failures: this.#failures,
      closedUntil: this.#closedUntil,
      ...(token === undefined ? {} : { token }),
    });
  }
}
