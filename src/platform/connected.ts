import type { UserId } from "../shared/ids.ts";

/** Why connections are closed, and how the object of a user ends who was told. */
export const LEFT = "the server restarts";

/**
 * Who is connected through this isolate. On plain workerd that is everybody, since the worker and all objects share one;
 * it is kept for the moment when the server goes down: those whose objects sleep have to be told too.
 */
class Connected {
  readonly #users = new Set<UserId>();
  #leaving = false;

  /** The server goes down: nobody is let in any more. */
  get leaving(): boolean {
    return this.#leaving;
  }

  add(user: UserId): void {
    this.#users.add(user);
  }

  delete(user: UserId): void {
    this.#users.delete(user);
  }

  /** From now on the server goes down. Everybody who is connected, those too who come while one goes through them. */
  leave(): IterableIterator<UserId> {
    this.#leaving = true;
    return this.#users.values();
  }
}

export const connected = new Connected();
