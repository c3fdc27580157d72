import { DurableObject } from "cloudflare:workers";
import { Name } from "../../core/directory/name.ts";
import { openStore } from "../../core/store.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { callObject } from "../../platform/retry.ts";
import { Stubs } from "../../platform/stubs.ts";
import type { DirectoryBindings } from "../../rpc/bindings.ts";
import type { DirectoryRpc } from "../../rpc/directory-rpc.ts";
import type { HolderRpc } from "../../rpc/user-rpc.ts";
import type { UserId, Username } from "../../shared/ids.ts";
import { DIRECTORY_MIGRATIONS } from "./migrations.ts";

/** One username. Asking for one that nobody claimed leaves nothing behind. */
export class DirectoryObject extends DurableObject<DirectoryBindings> implements DirectoryRpc {
  readonly #name: Name;

  constructor(ctx: DurableObjectState, env: DirectoryBindings) {
    super(ctx, env);
    const name: Username = ctx.id.name ?? "";
    const holders = new Stubs<HolderRpc>(env.USER, 1);
    this.#name = new Name({
      sql: openStore(new DurableSql(ctx.storage), DIRECTORY_MIGRATIONS),
      keeps: (user) => callObject(holders, user, (holder) => holder.keepsName(name)),
    });
  }

  async claim(user: UserId): Promise<boolean> {
    return this.#name.claim(user);
  }

  async review(): Promise<void> {
    return this.#name.review();
  }

  async holder(): Promise<UserId | undefined> {
    return this.#name.holder;
  }
}
