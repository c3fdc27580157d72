import type { DeviceId } from "../../shared/ids.ts";
import type { PushAddress } from "../../shared/protocol/http-push.ts";
import type { Sql } from "../ports.ts";

/** A push address that is a device's. */
export interface Registered {
  readonly address: PushAddress;
  /** Of the address's object. */
  readonly name: string;
  /** Milliseconds since 1970, another one with each registration of the device. */
  readonly registeredAt: number;
  /** The number under which it was taken. */
  readonly take: number;
}

interface StoredAddress {
  device_id: DeviceId;
  address: string;
  name: string;
  registered_at: number;
  take: number;
}

/** Where the user's devices are pushed to: at most one address each, and each one's only. */
export class Addresses {
  readonly #sql: Sql;
  #rows: Map<DeviceId, Registered> | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get size(): number {
    return this.#all.size;
  }

  get(device: DeviceId): Registered | undefined {
    return this.#all.get(device);
  }

  [Symbol.iterator](): Iterator<[DeviceId, Registered]> {
    return this.#all.entries();
  }

  /** The device has this one from now on; another device that had it has not. An older take than what is known is late. */
  put(device: DeviceId, registered: Registered): void {
    const { address, name, registeredAt, take } = registered;
    const holders = [...this.#all].filter(([other, known]) => known.name === name && other !== device);
    if (holders.some(([, known]) => known.take > take)) return;
    for (const [other] of holders) this.forget(other);
    this.#sql.run(
      `INSERT INTO push_addresses (device_id, address, name, registered_at, take) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (device_id) DO UPDATE SET address = excluded.address, name = excluded.name,
         registered_at = excluded.registered_at, take = excluded.take`,
      device,
      JSON.stringify(address),
      name,
      registeredAt,
      take,
    );
    this.#all.set(device, registered);
  }

  /** Answers whether there was one. */
  forget(device: DeviceId): boolean {
    const known = this.#all.get(device);
    if (!known) return false;
    this.#all.delete(device);
    this.#sql.run("DELETE FROM push_addresses WHERE device_id = ?", device);
    this.#sql.run("INSERT OR IGNORE INTO former_addresses (name) VALUES (?)", known.name);
    return true;
  }

  /** The objects of all addresses that are or were his: each names him. */
  names(): string[] {
    const former = this.#sql.all<{ name: string }>("SELECT name FROM former_addresses");
    return [...new Set([...former, ...this.#all.values()].map(({ name }) => name))];
  }

  get #all(): Map<DeviceId, Registered> {
    this.#rows ??= new Map(
      this.#sql
        .all<StoredAddress>("SELECT device_id, address, name, registered_at, take FROM push_addresses")
        .map(({ device_id, address, name, registered_at, take }) => [
          device_id,
          { address: JSON.parse(address) as PushAddress, name, registeredAt: registered_at, take },
        ]),
    );
    return this.#rows;
  }
}
