import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Appointment } from "../alarm.ts";
import { inBatches } from "../batches.ts";
import type { Clock, Timers } from "../ports.ts";
import { leaseOf } from "./reach.ts";
import type { Signs } from "./reach.ts";
import type { Watchers } from "./watchers.ts";

/** Whether a user is there, as somebody is told. */
export interface Sighting {
  readonly online: boolean;
  /** When he was last there, in ms since 1970, if he is not now and it is known. */
  readonly lastSeen?: number;
  /** When that began to be so: of two, the later one holds, in whatever order they come. */
  readonly asOf: number;
}

export interface PresenceDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly watchers: Watchers;
  /** The devices that are connected. */
  signs(): Iterable<Signs>;
  /** When the user was last there, as far as it is on disk. */
  lastSeen(): number;
  /** Whether somebody may know: he is not blocked, and the user does not keep it to himself. */
  mayKnow(user: UserId): boolean;
  /** `false`: he does not want to know any more. */
  tell(user: UserId, sighting: Sighting): Promise<boolean>;
  /** The moment has changed at which it has to be looked at again. */
  changed(): void;
}

/**
 * Whether the user is there: some device is connected, in use, and was heard of lately. A device that vanishes without a
 * word has no more than its lease; the object's alarm looks when that ends, but only while somebody wants to know.
 * Connections come and go: it is told that he is gone when he was gone for a while.
 */
export class Presence implements Appointment {
  readonly #deps: PresenceDeps;
  #online: boolean;
  #since: number;
  #goneAt: number | undefined;
  #cancel: (() => void) | undefined;
  #telling: Promise<void> | undefined;
  /** Those too have to be told now from whom he hides. */
  #unveiling = false;

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
    this.#online = this.#leaseEnd() > 0;
    this.#since = deps.clock.now();
  }

  /** Devices came or went, or were laid aside. */
  update(): void {
    const { clock, timers, watchers } = this.#deps;
    const now = clock.now();
    const end = this.#leaseEnd();
    if (end > now) {
      this.#stay();
      if (!this.#online) this.#turn(true, now);
    } else if (this.#online) {
      this.#goneAt ??= end > 0 ? end : now;
      const wait = this.#goneAt + LIMITS.presenceGraceMs - now;
      if (wait <= 0 || watchers.size === 0) {
        const goneAt = this.#goneAt;
        this.#stay();
        this.#turn(false, goneAt);
      } else
        this.#cancel ??= timers.after(wait, () => {
          this.#cancel = undefined;
          this.update();
        });
    }
    this.#deps.changed();
  }

  nextAt(): number {
    if (this.#deps.watchers.size === 0) return Infinity;
    // A life that ended before it had told everybody: it is to be done now.
    if (!this.#online) return this.#deps.watchers.told && !this.#telling ? 0 : Infinity;
    if (this.#goneAt === undefined) return this.#leaseEnd();
    // A timer waits for that; this is for a life that ends before it. Late enough to be set anew rarely.
    return this.#goneAt + LIMITS.presenceGraceMs + LIMITS.presenceLeaseMs;
  }

  ring(): void {
    if (this.#online) this.update();
    else this.#announce();
  }

  /** Somebody wants to know, from now on. */
  watch(user: UserId): Sighting {
    this.update();
    this.#deps.watchers.put(user);
    if (this.#online && !this.#deps.watchers.told) this.#deps.watchers.told = true;
    this.#deps.changed();
    return this.shownTo(user);
  }

  shownTo(user: UserId): Sighting {
    // Who may not know is told what anybody is told of somebody who never was here: that he hides must not show.
    return this.#deps.mayKnow(user) ? this.#sighting() : { online: false, asOf: this.#since };
  }

  /** What somebody may know has changed, or what all may. */
  shownOtherwise(user?: UserId): void {
    this.#since = Math.max(this.#since + 1, this.#deps.clock.now());
    if (user === undefined) {
      this.#unveiling = true;
      this.#announce();
    } else if (this.#deps.watchers.ids().includes(user)) void this.#tell(user);
  }

  /** When the last device's lease ends, in ms since 1970; 0: no device is in use. */
  #leaseEnd(): number {
    let end = 0;
    for (const signs of this.#deps.signs()) if (signs.active) end = Math.max(end, leaseOf(signs));
    return end;
  }

  #sighting(): Sighting {
    if (this.#online) return { online: true, asOf: this.#since };
    const lastSeen = this.#deps.lastSeen();
    return { online: false, asOf: this.#since, ...(lastSeen > 0 ? { lastSeen } : {}) };
  }

  #stay(): void {
    this.#goneAt = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #turn(online: boolean, at: number): void {
    this.#online = online;
    this.#since = Math.max(at, this.#since + 1);
    this.#announce();
  }

  /** Tells everybody how it is, and again if it changed meanwhile. */
  #announce(): void {
    if (this.#deps.watchers.size > 0) this.#telling ??= this.#tellAll().finally(() => (this.#telling = undefined));
  }

  async #tellAll(): Promise<void> {
    const { watchers } = this.#deps;
    for (let told = -1; told !== this.#since;) {
      told = this.#since;
      // Before anybody knows: whoever dies here must know that it has to be taken back.
      if (this.#online) watchers.told = true;
      const ids = watchers.ids().filter((user) => this.#unveiling || this.#deps.mayKnow(user));
      this.#unveiling = false;
      const now = told;
      // If it changed meanwhile, the others are told that at once.
      await inBatches(ids, async (user) => (now === this.#since ? this.#tell(user) : undefined));
    }
    if (!this.#online) watchers.told = false;
  }

  async #tell(user: UserId): Promise<void> {
    const { watchers } = this.#deps;
    // Losing one harms nothing: who is out of reach asks again when he is back.
    const wants = await this.#deps.tell(user, this.shownTo(user)).catch(() => true);
    if (wants) watchers.put(user);
    else watchers.remove(user);
  }
}
