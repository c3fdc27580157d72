import type { DeviceId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Timers } from "../ports.ts";
import type { InboxRow } from "./inbox-row.ts";

export interface RepeatsDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  /** The devices that are connected. */
  devices(): Iterable<DeviceId>;
  /** Pushes the entries in (after, until] to one device again. */
  repeat(row: InboxRow, device: DeviceId, after: Seq, until: Seq): void;
  /** A device did not acknowledge what was pushed to it twice. */
  deaf(device: DeviceId): void;
}

interface Watch {
  /** What was acknowledged by everybody, or repeated already. */
  readonly after: Seq;
  until: Seq;
  dueAt: number;
  /** It was pushed again, and what came since is watched once this is over. */
  repeated: boolean;
}

/**
 * Pushes once more what a connected device has not acknowledged in time; one that does not acknowledge it then is deaf. The timer lives only while something
 * is unacknowledged: devices that answer, as all of ours do, never keep the object awake.
 */
export class Repeats {
  readonly #deps: RepeatsDeps;
  readonly #watches = new Map<InboxRow, Watch>();
  #cancel: (() => void) | undefined;

  constructor(deps: RepeatsDeps) {
    this.#deps = deps;
  }

  /** Entries of others in (after, until] went to the sockets. */
  pushed(row: InboxRow, after: Seq, until: Seq): void {
    const watch = this.#watches.get(row);
    if (watch && !watch.repeated) watch.until = Math.max(watch.until, until);
    else if (!watch && this.#watches.size < LIMITS.repeatsWatched) {
      const dueAt = this.#deps.clock.now() + LIMITS.repeatAfterMs;
      this.#watches.set(row, { after, until, dueAt, repeated: false });
    }
  }

  /** A moment has passed since something was pushed: most of it is acknowledged by now, and for the rest a timer is set. */
  arm(): void {
    if (this.#watches.size > 0) this.#cancel ??= this.#deps.timers.after(LIMITS.repeatAfterMs, () => this.#fire());
  }

  /** A device acknowledged something, or is gone. */
  settle(row: InboxRow): void {
    const watch = this.#watches.get(row);
    if (!watch) return;
    for (const device of this.#deps.devices()) if ((row.devices[device] ?? 0) < watch.until) return;
    this.#drop(row);
  }

  /** No device is connected: nobody is waited for. */
  clear(): void {
    for (const row of this.#watches.keys()) this.#drop(row);
  }

  #drop(row: InboxRow): void {
    this.#watches.delete(row);
    if (this.#watches.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #fire(): void {
    this.#cancel = undefined;
    const now = this.#deps.clock.now();
    let next = Infinity;
    for (const [row, watch] of this.#watches) {
      if (watch.dueAt > now) {
        next = Math.min(next, watch.dueAt);
        continue;
      }
      const behind = [...this.#deps.devices()].filter((device) => (row.devices[device] ?? 0) < watch.until);
      if (watch.repeated || behind.length === 0) {
        this.#watches.delete(row);
        for (const device of behind) this.#deps.deaf(device);
        continue;
      }
      for (const device of behind)
        this.#deps.repeat(row, device, Math.max(watch.after, row.devices[device] ?? 0), watch.until);
      watch.repeated = true;
      watch.dueAt = now + LIMITS.repeatAfterMs;
      next = Math.min(next, watch.dueAt);
    }
    if (next < Infinity) this.#cancel = this.#deps.timers.after(next - now, () => this.#fire());
  }
}
