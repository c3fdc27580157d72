import type { ParleyClient } from "@parley/client";
import { createSignal, type Signal } from "./signal.ts";

/** Whom the user blocks, as far as the server was asked. Empty where it has no blocks. */
export class Blocked {
  readonly #client: ParleyClient;
  readonly people: Signal<ReadonlySet<string>> = createSignal<ReadonlySet<string>>(new Set());

  constructor(client: ParleyClient) {
    this.#client = client;
    client.on("state", ({ name }) => {
      if (name === "online") this.read().catch(() => undefined);
    });
  }

  /** Asks anew: another device may have blocked somebody. */
  async read(): Promise<void> {
    this.people.set(new Set(await this.#client.blocks()));
  }

  async block(userId: string): Promise<void> {
    await this.#client.block(userId);
    this.people.set(new Set([...this.people.value, userId]));
  }

  async unblock(userId: string): Promise<void> {
    await this.#client.unblock(userId);
    this.people.set(new Set([...this.people.value].filter((one) => one !== userId)));
  }
}
