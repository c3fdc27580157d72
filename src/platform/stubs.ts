import type { Objects } from "../rpc/bindings.ts";

/**
 * Objects by name, each reached by one stub as long as it works: deriving an id and opening a way to it on
 * each call costs more than the call's own work, and calls on one stub arrive in the order in which they
 * were made. A stub whose object was reset stays broken: whoever sees a call fail lets go of it.
 */
export class Stubs<T> {
  readonly #objects: Objects<T>;
  readonly #limit: number;
  readonly #stubs = new Map<string, T>();

  constructor(objects: Objects<T>, limit: number) {
    this.#objects = objects;
    this.#limit = limit;
  }

  get(name: string): T {
    const known = this.#stubs.get(name);
    if (known) return known;
    const [oldest] = this.#stubs.keys();
    if (oldest !== undefined && this.#stubs.size >= this.#limit) this.#stubs.delete(oldest);
    const stub = this.#objects.getByName(name);
    this.#stubs.set(name, stub);
    return stub;
  }

  /** The next `get` opens a fresh one. */
  drop(name: string): void {
    this.#stubs.delete(name);
  }
}
