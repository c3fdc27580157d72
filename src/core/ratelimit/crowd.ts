import { LIMITS } from "../../shared/limits.ts";
import type { Random } from "../ports.ts";

/**
 * How many are being let in at this moment. Letting in costs more than turning away: when too many are under way, whoever
 * comes is told to come later, spread at random, so that those who are let in are so before they lose patience.
 */
export class Crowd {
  readonly #random: Random;
  #underWay = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** How long to stay away, in ms; 0: come in. */
  wait(): number {
    if (this.#underWay < LIMITS.connectsUnderWay) return 0;
    return Math.ceil(LIMITS.connectCrowdedMs * (0.5 + this.#random()));
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
    }
  }
}
