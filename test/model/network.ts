import type { Random, Timers } from "../../src/core/ports.ts";
import type { VirtualTime } from "../unit/virtual-time.ts";

/** One life of an object's memory, from a wake to a crash or an eviction. */
export class Life implements Timers {
  readonly #time: VirtualTime;
  readonly #timers = new Set<() => void>();
  /** Whoever waits for an answer of this life: told when it ends. */
  readonly #waiting = new Set<() => void>();
  /** Calls that this life made and that have not come back. */
  callsOut = 0;
  alive = true;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** Whether the platform may put the object to sleep: nothing is under way. */
  get isIdle(): boolean {
    return this.#timers.size === 0 && this.#waiting.size === 0 && this.callsOut === 0;
  }

  after(ms: number, work: () => void): () => void {
    const cancel = this.#time.after(ms, () => {
      this.#timers.delete(forget);
      work();
    });
    const forget = (): void => {
      cancel();
      this.#timers.delete(forget);
    };
    this.#timers.add(forget);
    return forget;
  }

  /** Somebody waits for an answer; the way back is to be told that it came. */
  awaitedBy(lost: () => void): () => void {
    this.#waiting.add(lost);
    return () => this.#waiting.delete(lost);
  }

  end(): void {
    this.alive = false;
    for (const cancel of this.#timers) cancel();
    for (const lost of this.#waiting) lost();
    this.#waiting.clear();
  }
}

export interface Quality {
  /** The longest that a message is under way, in ms: calls overtake each other within it. */
  readonly slowestMs: number;
  /** How many of all requests, and of all answers, are lost: 0 to 1. */
  readonly lost: number;
}

export const PERFECT: Quality = { slowestMs: 3, lost: 0 };

/** Between objects: delays, reorders, loses requests and answers. What arrives is a copy. */
export class Network {
  quality: Quality = PERFECT;
  readonly #time: VirtualTime;
  readonly #random: Random;

  constructor(time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  get delayMs(): number {
    return this.#random() * this.quality.slowestMs;
  }

  /** A call. A caller that has died learns nothing; a callee that dies makes it fail. */
  call<T>(caller: Life, wake: () => Life, work: () => Promise<T>): Promise<T> {
    // What a dead life would still do, it does not.
    if (!caller.alive) return new Promise(() => undefined);
    caller.callsOut++;
    return new Promise((resolve, reject) => {
      const back = (tell: () => void): void => {
        this.#time.after(this.delayMs, () => {
          caller.callsOut--;
          if (caller.alive) tell();
        });
      };
      const fail = (reason: string): void => back(() => reject(new Error(reason)));
      this.#time.after(this.delayMs, () => {
        if (this.#isLost()) return fail("the request was lost");
        const callee = wake();
        const answered = callee.awaitedBy(() => fail("the object was reset"));
        const arrive = (tell: () => void): void => {
          // What a dead life still says, nobody hears: its end has been told.
          if (!callee.alive) return;
          answered();
          back(tell);
        };
        work().then(
          (value) =>
            arrive(
              this.#isLost() ? () => reject(new Error("the answer was lost")) : () => resolve(structuredClone(value)),
            ),
          (error: unknown) => arrive(() => reject(error)),
        );
      });
    });
  }

  #isLost(): boolean {
    return this.#random() < this.quality.lost;
  }
}
