import type { DeviceId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Sql } from "../ports.ts";

/** What a device says of itself when it connects. */
export interface DeviceLabel {
  readonly name?: string;
  readonly platform?: string;
}

/** A device of the user. Times in ms since 1970. */
export interface Device extends DeviceLabel {
  readonly device_id: DeviceId;
  readonly registeredAt: number;
  /** When it first acknowledged something; 0: never yet. */
  readonly since: number;
  /** About when it was last in use: to a minute. */
  readonly lastSeen: number;
}

interface StoredDevice {
  device_id: DeviceId;
  since: number;
  registered_at: number | null;
  name: string | null;
  platform: string | null;
  last_seen: number;
  refused_until: number;
}

const COLUMNS = "device_id, since, registered_at, name, platform, last_seen, refused_until";

const PUT = `INSERT INTO devices (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (device_id) DO UPDATE SET since = excluded.since, registered_at = excluded.registered_at,
    name = excluded.name, platform = excluded.platform, last_seen = excluded.last_seen, refused_until = excluded.refused_until`;

const deviceOf = (row: StoredDevice): Device => ({
  device_id: row.device_id,
  registeredAt: row.registered_at ?? 0,
  since: row.since,
  lastSeen: row.last_seen,
  ...(row.name === null ? {} : { name: row.name }),
  ...(row.platform === null ? {} : { platform: row.platform }),
});

/**
 * The user's devices: registered when they first connect or acknowledge something, until they are removed. What a
 * removed one leaves behind is the moment up to which its tokens are refused.
 */
export class Devices {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #gone: (id: DeviceId) => void;
  readonly #rows: Map<DeviceId, StoredDevice>;

  /** `gone`: a device is forgotten, and with it whatever else is known of it. */
  constructor(sql: Sql, clock: Clock, gone: (id: DeviceId) => void) {
    this.#sql = sql;
    this.#clock = clock;
    this.#gone = gone;
    const rows = sql.all<StoredDevice>(`SELECT ${COLUMNS} FROM devices`);
    this.#rows = new Map(rows.map((row) => [row.device_id, row]));
  }

  /** The one that registered first comes first. */
  all(): Device[] {
    return this.#registered()
      .sort((a, b) => (a.registered_at ?? 0) - (b.registered_at ?? 0) || (a.device_id < b.device_id ? -1 : 1))
      .map(deviceOf);
  }

  /** Whether it ever acknowledged anything: a device that did not is new, and is given the newest entries only. */
  isKnown(id: DeviceId): boolean {
    const row = this.#rows.get(id);
    return row !== undefined && row.registered_at !== null && row.since > 0;
  }

  /** Devices that have the list and may come back soon: what they lack is kept for them. */
  *expected(): Iterable<DeviceId> {
    const gone = this.#clock.now() - LIMITS.deviceExpectedMs;
    for (const { device_id, since, registered_at, last_seen } of this.#rows.values())
      if (registered_at !== null && since > 0 && last_seen > gone) yield device_id;
  }

  /** Whether a token that names the device still counts. `issuedAt` in ms since 1970; 0: it does not say. */
  admits(id: DeviceId, issuedAt: number): boolean {
    return issuedAt > (this.#rows.get(id)?.refused_until ?? -1);
  }

  /** Whether it was removed, and has not signed in anew. */
  wasRemoved(id: DeviceId): boolean {
    return this.#rows.get(id)?.registered_at === null;
  }

  /** It connects. Written only when that is news. */
  register(id: DeviceId, label: DeviceLabel = {}): void {
    const row = this.#rows.get(id);
    const name = label.name ?? row?.name ?? null;
    const platform = label.platform ?? row?.platform ?? null;
    if (row?.registered_at != null && row.name === name && row.platform === platform) return;
    const now = this.#clock.now();
    const before = row ?? { device_id: id, since: 0, last_seen: now, registered_at: null, refused_until: -1 };
    this.#put({ ...before, name, platform, registered_at: before.registered_at ?? now });
    this.#trim();
  }

  /** It acknowledged something. Written the first time. */
  acknowledged(id: DeviceId): void {
    if (this.isKnown(id)) return;
    this.register(id);
    const row = this.#rows.get(id);
    if (row) this.#put({ ...row, since: this.#clock.now() });
  }

  /** It was in use at that time. Written about once a minute of use, when the use ends. */
  seen(id: DeviceId, at: number): void {
    const row = this.#rows.get(id);
    if (row?.registered_at == null || at - row.last_seen < LIMITS.lastSeenStepMs) return;
    this.#put({ ...row, last_seen: at });
  }

  /** When the user was last there, on whichever device; 0: never. */
  get lastSeen(): number {
    return this.#registered().reduce((latest, row) => Math.max(latest, row.last_seen), 0);
  }

  /** From here on its tokens are refused. `false`: there is no such device. */
  remove(id: DeviceId): boolean {
    const row = this.#rows.get(id);
    if (row?.registered_at == null) return false;
    this.#put({ ...row, since: 0, registered_at: null, name: null, platform: null, refused_until: this.#clock.now() });
    this.#gone(id);
    this.#trim();
    return true;
  }

  #registered(): StoredDevice[] {
    return [...this.#rows.values()].filter((row) => row.registered_at !== null);
  }

  #put(row: StoredDevice): void {
    const { device_id, since, registered_at, name, platform, last_seen, refused_until } = row;
    this.#sql.run(PUT, device_id, since, registered_at, name, platform, last_seen, refused_until);
    this.#rows.set(device_id, row);
  }

  /** Of too many, those go that were not used for the longest time; of removed ones, those removed first. */
  #trim(): void {
    const rows = [...this.#rows.values()];
    const oldest = (some: StoredDevice[], limit: number, age: (row: StoredDevice) => number): StoredDevice[] =>
      some.sort((a, b) => age(a) - age(b)).slice(0, Math.max(0, some.length - limit));
    const unused = oldest(this.#registered(), LIMITS.devices, (row) => Math.max(row.last_seen, row.registered_at ?? 0));
    const gone = oldest(
      rows.filter((row) => row.registered_at === null),
      LIMITS.removedDevices,
      (row) => row.refused_until,
    );
    for (const { device_id } of [...unused, ...gone]) {
      this.#sql.run("DELETE FROM devices WHERE device_id = ?", device_id);
      this.#rows.delete(device_id);
      this.#gone(device_id);
    }
  }
}
