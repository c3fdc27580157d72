/** How many messages of one lane can be on their way; a power of two. */
const RING = 1 << 13;

/**
 * One direction of a pair: numbers what is sent, and checks that all of it is acknowledged once and
 * arrives once, in order. A message is done when the sender has its ack and the recipient has it.
 */
export class Lane {
  readonly #transmit: (number: number) => void;
  readonly #sentAt = new Float64Array(RING);
  readonly #unacked = new Set<number>();
  #sent = 0;
  #acked = 0;
  #delivered = 0;
  #seq = 0;
  /** How many were done when it was last looked at. */
  #done = 0;
  #faults = 0;
  #firstFault = "";
  /** Called when messages became done. */
  onDone: ((count: number) => void) | undefined;
  /** Called for each delivery with its milliseconds since it was sent. */
  onLatency: ((ms: number) => void) | undefined;

  constructor(transmit: (number: number) => void) {
    this.#transmit = transmit;
  }

  get sent(): number {
    return this.#sent;
  }

  get delivered(): number {
    return this.#delivered;
  }

  get underWay(): number {
    return this.#sent - this.#done;
  }

  get faults(): { count: number; first: string } {
    return { count: this.#faults, first: this.#firstFault };
  }

  send(): void {
    const number = ++this.#sent;
    this.#unacked.add(number);
    this.#sentAt[number & (RING - 1)] = performance.now();
    this.#transmit(number);
  }

  acknowledge(number: number): void {
    if (!this.#unacked.delete(number)) return this.fault(`ack ${number} came twice, or for nothing`);
    this.#acked++;
    this.#settle();
  }

  deliver(number: number, seq: number): void {
    if (number !== this.#delivered + 1) this.fault(`message ${number} came after ${this.#delivered}`);
    if (seq <= this.#seq) this.fault(`seq ${seq} came after ${this.#seq}`);
    this.#seq = seq;
    // A repeat or a hole is a fault once; what follows is judged from where it is.
    this.#delivered = Math.max(this.#delivered, number);
    this.onLatency?.(performance.now() - (this.#sentAt[number & (RING - 1)] ?? 0));
    this.#settle();
  }

  fault(text: string): void {
    if (this.#faults++ === 0) this.#firstFault = text;
  }

  #settle(): void {
    const done = Math.min(this.#acked, this.#delivered);
    const count = done - this.#done;
    if (count <= 0) return;
    this.#done = done;
    this.onDone?.(count);
  }
}
