const QUIET_MS = 1000;
const INTERVAL_MS = 1000;

/** Tells the server how far a device has stored a conversation, as the SDK does: at once after a quiet moment, else gathered. */
export class Acknowledger {
  readonly #tell: (upTo: number) => void;
  #upTo = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (upTo: number) => void) {
    this.#tell = tell;
  }

  stored(seq: number): void {
    this.#upTo = Math.max(this.#upTo, seq);
    if (this.#timer !== undefined) return;
    const sinceMs = performance.now() - this.#toldAt;
    if (sinceMs >= QUIET_MS) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), Math.max(0, INTERVAL_MS - sinceMs));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    this.#timer = undefined;
    this.#toldAt = performance.now();
    this.#tell(this.#upTo);
  }
}
