import type { SocketSet } from "../../src/core/inbox/downlink.ts";
import { FrameLine } from "../../src/objects/user/frame-line.ts";
import type { Device } from "./device.ts";
import type { Surroundings } from "./surroundings.ts";
import { UserHost } from "./user-host.ts";

/** A line between a device and its user's object: frames keep their order, and are lost when it breaks. */
export class Connection {
  readonly line = new FrameLine();
  readonly device: Device;
  /** What the device has on the screen; `undefined`: it never said. */
  open: Set<string> | undefined;
  isOpen = true;
  #downAt = 0;
  #upAt = 0;

  constructor(device: Device) {
    this.device = device;
  }

  arrival(way: "up" | "down", at: number): number {
    if (way === "up") return (this.#upAt = Math.max(this.#upAt, at));
    return (this.#downAt = Math.max(this.#downAt, at));
  }
}

/** A user's place in the world: object, devices and the connections between them. */
export class Household implements SocketSet {
  readonly host: UserHost;
  readonly members: Device[] = [];
  readonly connections = new Map<Device, Connection>();
  readonly #down: (connection: Connection, frame: string) => void;

  constructor(world: Surroundings, user: string, down: (connection: Connection, frame: string) => void) {
    this.#down = down;
    this.host = new UserHost(world, user, this);
  }

  get size(): number {
    return this.connections.size;
  }

  get devices(): string[] {
    return [...this.connections.keys()].map(({ id }) => id);
  }

  toAll(frame: string): void {
    for (const connection of this.connections.values()) this.#down(connection, frame);
  }

  toDevice(device: string, frame: string): void {
    for (const connection of this.connections.values())
      if (connection.device.id === device) this.#down(connection, frame);
  }

  /** Its connection is closed: what was on its way is lost. */
  dismiss(id: string): void {
    for (const [device, connection] of this.connections) {
      if (device.id !== id) continue;
      connection.isOpen = false;
      this.connections.delete(device);
      device.disconnected();
    }
  }

  isOpen(id: string): boolean {
    return [...this.connections.values()].some(({ open }) => open?.has(id) === true);
  }

  toOpen(id: string, frame: string): void {
    for (const connection of this.connections.values())
      if (connection.open?.has(id) === true) this.#down(connection, frame);
  }

  toWatching(id: string, frame: string, otherwise: (() => string) | undefined): void {
    for (const connection of this.connections.values()) {
      if (!connection.open || connection.open.has(id)) this.#down(connection, frame);
      else if (otherwise) this.#down(connection, otherwise());
    }
  }
}
