/** The object has one alarm; this is when it is known to ring. It only ever moves forward. */
export class Alarms {
  readonly #set: (atMs: number) => void;
  #at = 0;

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

  get isSet(): boolean {
    return this.#at > 0;
  }

  rang(): void {
    this.#at = 0;
  }
}
