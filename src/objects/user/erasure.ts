import type { Erased } from "../../core/inbox/erased.ts";
import type { Profile } from "../../core/inbox/profile.ts";
import type { Addresses } from "../../core/push/addresses.ts";
import { inBatches } from "../../core/batches.ts";
import { callObject } from "../../platform/retry.ts";
import type { Stubs } from "../../platform/stubs.ts";
import type { DirectoryRpc } from "../../rpc/directory-rpc.ts";
import type { AddressRpc } from "../../rpc/push-rpc.ts";
import type { UserId } from "../../shared/ids.ts";

export interface ErasureDeps {
  readonly user: UserId;
  readonly erased: Erased;
  readonly profile: Profile;
  readonly addresses: Addresses;
  readonly owners: Stubs<AddressRpc>;
  readonly directory: Stubs<DirectoryRpc>;
}

/** Erases the account. May be repeated; a throw: somebody could not be reached. */
export class AccountErasure {
  readonly #deps: ErasureDeps;

  constructor(deps: ErasureDeps) {
    this.#deps = deps;
  }

  /** How much of what went, when all of it has; `undefined`: it goes on in the object's next life, which begins with what is left. */
  async erase(erasure_id: string): Promise<Readonly<Record<string, number>> | undefined> {
    const { erased, profile } = this.#deps;
    if (!erased.account) {
      await this.#leaveAddresses();
      // Nobody else erases him: the same erasure that comes twice waits here for the same addresses.
      if (!erased.account) erased.erase(erasure_id, profile.fields.username);
      return undefined;
    }
    const { username } = erased.account;
    if (username !== undefined) {
      await callObject(this.#deps.directory, username, (name) => name.review());
      erased.released();
    }
    return erased.account.removed;
  }

  /** While it is known which they are: their objects know him by name. */
  async #leaveAddresses(): Promise<void> {
    const { user, owners, addresses } = this.#deps;
    await inBatches(addresses.names(), (name) => callObject(owners, name, (address) => address.leave(user)));
  }
}
