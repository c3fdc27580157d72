import type { FrameReader, WireEntry } from "./dialect.ts";

/** What a room wants to know of its members. */
export interface MemberWatch {
  /** Answers what is wrong with the entry, if anything. */
  see(entry: WireEntry): string | undefined;
  acked?: ((member: Member, ack: MemberAck) => void) | undefined;
  refused?: ((member: Member, refusal: MemberRefusal) => void) | undefined;
}

/** A message that was taken, and how long after it was sent last. */
export interface MemberAck {
  readonly seq: number;
  readonly ms: number;
}

/** A message that was not taken. */
export interface MemberRefusal {
  readonly number: number;
  readonly code: string;
  readonly retryAfterMs: number;
}

interface Waiting {
  readonly frame: string;
  /** When it was sent last. */
  at: number;
  isRefused: boolean;
}

/** A member of a group on one device: what he writes, and that the log comes to him without gap or repeat. */
export class Member implements FrameReader {
  readonly user: string;
  /** By number: the place that was promised. */
  readonly acks = new Map<number, number>();
  readonly #watch: MemberWatch;
  readonly #make: (number: number) => string;
  readonly #transmit: (frame: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #sent = 0;
  #head = 0;
  #ackedUpTo = 0;
  #faults = 0;
  #firstFault = "";

  constructor(user: string, watch: MemberWatch, make: (number: number) => string, transmit: (frame: string) => void) {
    this.user = user;
    this.#watch = watch;
    this.#make = make;
    this.#transmit = transmit;
  }

  /** The device has the log up to here. */
  get head(): number {
    return this.#head;
  }

  /** The highest place that was promised to one of his messages. */
  get ackedUpTo(): number {
    return this.#ackedUpTo;
  }

  /** Messages without an answer. */
  unanswered(withRefused: boolean): number {
    if (withRefused) return this.#waiting.size;
    let count = 0;
    for (const { isRefused } of this.#waiting.values()) if (!isRefused) count++;
    return count;
  }

  /** Numbers of the messages whose last answer was a refusal. */
  get refusals(): number[] {
    return [...this.#waiting].filter(([, { isRefused }]) => isRefused).map(([number]) => number);
  }

  get faults(): { count: number; first: string } {
    return { count: this.#faults, first: this.#firstFault };
  }

  send(): void {
    const number = ++this.#sent;
    const frame = this.#make(number);
    this.#waiting.set(number, { frame, at: performance.now(), isRefused: false });
    this.#transmit(frame);
  }

  /** The same message with the same id. */
  sendAgain(number: number): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return this.fault(`message ${number} is to be sent again and is not waiting`);
    waiting.at = performance.now();
    waiting.isRefused = false;
    this.#transmit(waiting.frame);
  }

  acked(number: number, seq: number): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return this.fault(`ack ${number} came twice, or for nothing`);
    this.#waiting.delete(number);
    this.acks.set(number, seq);
    this.#ackedUpTo = Math.max(this.#ackedUpTo, seq);
    this.#watch.acked?.(this, { seq, ms: performance.now() - waiting.at });
  }

  refused(number: number, code: string, retryAfterMs: number): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined || waiting.isRefused) return this.fault(`message ${number} was refused for nothing`);
    waiting.isRefused = true;
    this.#watch.refused?.(this, { number, code, retryAfterMs });
  }

  entry(entry: WireEntry): void {
    if (entry.seq !== this.#head + 1) this.fault(`entry ${entry.seq} came after ${this.#head}`);
    this.#head = Math.max(this.#head, entry.seq);
    const wrong = this.#watch.see(entry);
    if (wrong !== undefined) this.fault(wrong);
  }

  fault(text: string): void {
    if (this.#faults++ === 0) this.#firstFault = `${this.user}: ${text}`;
  }
}
