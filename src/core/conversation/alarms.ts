/** The object has one alarm; this is when it is known to ring. It only ever moves forward. */
export class Alarms {
  readonly #set: (atMs: number) => void;
  #at = 0;
  #promised = 0;

  /** `set`: sets the object's alarm, in the same transaction as what the current turn writes. */
  constructor(set: (atMs: number) => void) {
    this.#set = set;
  }

  /** It is to ring at `atMs` or before. */
  by(atMs: number): void {
    if (this.#at > 0 && this.#at <= atMs) return;
    this.#at = atMs;
    this.#set(atMs);
  }

  /**
   * What was begun is to be looked after at `atMs`; a promise that was given before stands. It knows nothing of what
   * the alarm is set for besides, nor, in a new life, of what it was set for in the last one.
   */
  lookAfter(atMs: number): void {
    if (this.#promised > 0) return;
    this.#promised = atMs;
    this.by(atMs);
  }

  rang(): void {
    this.#at = 0;
    this.#promised = 0;
  }
}
