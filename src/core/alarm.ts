/** Something that is to be looked at later. Its own state tells when, so nothing else has to be kept of it. */
export interface Appointment {
  /** When, in ms since 1970; `Infinity`: there is nothing to look at. */
  nextAt(): number;
  /** What it waits for keeps the alarm due: a crash before it ends makes it ring again. */
  ring(now: number): void | Promise<void>;
}

/** An object has one alarm: this one, shared by all that waits for its time. */
export class Alarm {
  readonly #appointments: readonly Appointment[];
  readonly #set: (atMs: number) => void;
  /** When it is known to ring. In a new life of the object nothing is known of what was set in the last one. */
  #at = Infinity;

  /** `set`: sets the object's alarm, in the same transaction as what the current turn writes. */
  constructor(appointments: readonly Appointment[], set: (atMs: number) => void) {
    this.#appointments = appointments;
    this.#set = set;
  }

  /** Something may have to be looked at earlier than was known. Cheap when it does not: setting it costs a row. */
  changed(): void {
    const at = this.#appointments.reduce((soonest, one) => Math.min(soonest, one.nextAt()), Infinity);
    if (at >= this.#at) return;
    this.#at = at;
    this.#set(at);
  }

  async ring(now: number): Promise<void> {
    this.#at = Infinity;
    // Those that are not due may have been waited for all the same: an alarm that is set replaces another.
    const due = this.#appointments.filter((one) => one.nextAt() <= now);
    await Promise.all(due.map(async (one) => one.ring(now)));
    this.changed();
  }
}
