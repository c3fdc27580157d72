import { DurableObject } from "cloudflare:workers";
import { Address } from "../../core/push/address.ts";
import { openStore } from "../../core/store.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { callObject } from "../../platform/retry.ts";
import { Stubs } from "../../platform/stubs.ts";
import type { AddressBindings } from "../../rpc/bindings.ts";
import type { AddresseeRpc, AddressRpc } from "../../rpc/push-rpc.ts";
import type { UserId } from "../../shared/ids.ts";
import { ADDRESS_MIGRATIONS } from "./migrations.ts";

/** One push address, named by its hash: what the address is, only its holder knows. */
export class AddressObject extends DurableObject<AddressBindings> implements AddressRpc {
  readonly #address: Address;

  constructor(ctx: DurableObjectState, env: AddressBindings) {
    super(ctx, env);
    const name = ctx.id.name ?? "";
    const holders = new Stubs<AddresseeRpc>(env.USER, 2);
    this.#address = new Address({
      sql: openStore(new DurableSql(ctx.storage), ADDRESS_MIGRATIONS),
      lose: (user, before) => callObject(holders, user, (holder) => holder.losePush(name, before)),
    });
  }

  async take(user: UserId): Promise<number> {
    return this.#address.take(user);
  }

  async leave(user: UserId): Promise<void> {
    this.#address.leave(user);
  }
}
