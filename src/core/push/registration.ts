import type { DeviceId } from "../../shared/ids.ts";
import type { PushAddress } from "../../shared/protocol/http-push.ts";
import type { Result } from "../../shared/result.ts";
import type { Clock } from "../ports.ts";
import type { Addresses } from "./addresses.ts";

export interface RegistrationDeps {
  readonly clock: Clock;
  readonly addresses: Addresses;
  /** Takes an address at its object; the answer is the number of the take. May be repeated. */
  take(name: string): Promise<Result<number>>;
  /** The user has an address now that he had none, or has none any more. */
  changed(): void;
}

/** An address that is being taken. */
interface Taking {
  readonly name: string;
  /** What is taken under a lower number was somebody else's before it was confirmed. */
  lostBefore: number;
}

const DONE = { ok: true, value: true } as const;

/**
 * An address becomes a device's when its object has told whoever had it before. What is registered is not pushed to
 * until then, and not at all if it was taken by somebody else, withdrawn or replaced while the call was under way; what
 * a crash interrupts was never there.
 */
export class Registration {
  readonly #deps: RegistrationDeps;
  readonly #taking = new Map<DeviceId, Taking>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: RegistrationDeps) {
    this.#deps = deps;
  }

  /** One after the other: of two that overtake each other on their way, the one that counts might be the lower number. */
  register(device: DeviceId, address: PushAddress, name: string): Promise<Result<true>> {
    const taking: Taking = { name, lostBefore: 0 };
    this.#taking.set(device, taking);
    const turn = this.#last.then(() => this.#take(device, address, taking));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #take(device: DeviceId, address: PushAddress, taking: Taking): Promise<Result<true>> {
    const { name } = taking;
    if (this.#taking.get(device) !== taking) return DONE;
    const taken = await this.#deps.take(name);
    if (this.#taking.get(device) !== taking) return DONE;
    this.#taking.delete(device);
    if (!taken.ok) return taken;
    if (taken.value < taking.lostBefore) return DONE;
    const { addresses, clock } = this.#deps;
    const registeredAt = Math.max(clock.now(), (addresses.get(device)?.registeredAt ?? 0) + 1);
    const isFirst = addresses.size === 0;
    addresses.put(device, { address, name, registeredAt, take: taken.value });
    if (isFirst) this.#deps.changed();
    return DONE;
  }

  /** Also of a device that is gone. What is being registered is not any more. */
  withdraw(device: DeviceId): void {
    this.#taking.delete(device);
    this.#forget(device);
  }

  /** Its push service says that it is nobody's. What was registered after that was tried is another matter. */
  gone(device: DeviceId, registeredAt: number): void {
    const { addresses } = this.#deps;
    if (addresses.get(device)?.registeredAt === registeredAt) this.#forget(device);
  }

  /** Somebody else took it, under the number `before`. May come late, and more than once. */
  lose(name: string, before: number): void {
    for (const taking of this.#taking.values())
      if (taking.name === name) taking.lostBefore = Math.max(taking.lostBefore, before);
    // Taking out of a map what is looked at is what its iterators are made for.
    for (const [device, known] of this.#deps.addresses) {
      if (known.name !== name || known.take >= before) continue;
      this.#forget(device);
    }
  }

  #forget(device: DeviceId): void {
    const { addresses } = this.#deps;
    if (addresses.forget(device) && addresses.size === 0) this.#deps.changed();
  }
}
