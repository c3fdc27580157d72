import type { Relay, RelayAnswer } from "../../src/core/fanout/relay.ts";
import { Slice } from "../../src/core/fanout/slice.ts";
import { Life } from "./network.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where a slice of a large conversation lives: nowhere but in memory. */
export class SliceHost {
  readonly #world: Surroundings;
  #life: Life | undefined;
  #memory: Slice | undefined;

  constructor(world: Surroundings) {
    this.#world = world;
  }

  readonly wake = (): Life => {
    this.#life ??= new Life(this.#world.time);
    return this.#life;
  };

  get #slice(): Slice {
    const life = this.wake();
    this.#memory ??= new Slice({
      clock: this.#world.time,
      timers: life,
      random: this.#world.random,
      deliver: (user, delivery) => {
        const host = this.#world.user(user);
        const copy = structuredClone(delivery);
        return this.#world.network.call(life, host.wake, () => host.memory.downlink.deliver(copy));
      },
    });
    return this.#memory;
  }

  /** A call of a conversation's, over the network. */
  relay(caller: Life, relay: Relay): Promise<RelayAnswer> {
    const copy = structuredClone(relay);
    return this.#world.network.call(caller, this.wake, () => this.#slice.relay(copy));
  }

  /** Whether something is under way that keeps it from being put to sleep. */
  get isAwake(): boolean {
    return this.#life !== undefined && !this.#life.isIdle;
  }

  crash(): void {
    this.#life?.end();
    this.#life = undefined;
    this.#memory = undefined;
  }

  /** The platform puts it to sleep, if nothing is under way. */
  evict(): void {
    if (this.#life?.isIdle === true) this.crash();
  }
}
