import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Timers } from "../ports.ts";

export interface NamesDeps {
  readonly timers: Timers;
  /** What somebody calls himself; `undefined`: nothing. */
  ask(user: UserId): Promise<string | undefined>;
}

/** What those call themselves of whom there is something to notify. Nobody waits for a name for more than a moment. */
export class Names {
  readonly #deps: NamesDeps;
  readonly #known = new Map<UserId, string | undefined>();

  constructor(deps: NamesDeps) {
    this.#deps = deps;
  }

  /** Of some people, as far as they are to be had. What comes later is known the next time. */
  async of(users: ReadonlySet<UserId>): Promise<ReadonlyMap<UserId, string | undefined>> {
    const missing = [...users].filter((user) => !this.#known.has(user));
    if (missing.length > 0) await this.#inTime(Promise.all(missing.map((user) => this.#ask(user))));
    return this.#known;
  }

  async #ask(user: UserId): Promise<void> {
    try {
      const name = await this.#deps.ask(user);
      const [oldest] = this.#known.keys();
      if (oldest !== undefined && this.#known.size >= LIMITS.pushNames) this.#known.delete(oldest);
      this.#known.set(user, name);
    } catch {
      // Without a name the app says who it is, by the id.
    }
  }

  #inTime(asked: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.timers.after(LIMITS.pushNameMs, resolve);
      void asked.then(cancel).then(resolve);
    });
  }
}
