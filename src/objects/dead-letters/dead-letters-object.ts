import { DurableObject } from "cloudflare:workers";
import type { ListPage } from "../../core/conversation/pages.ts";
import { DeadLetters } from "../../core/push/dead-letters.ts";
import type { DeadLetter } from "../../core/push/job.ts";
import { openStore } from "../../core/store.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import type { DeadLettersRpc } from "../../rpc/push-rpc.ts";
import type { PushKind } from "../../shared/protocol/http-push.ts";
import type { Result } from "../../shared/result.ts";
import { DEAD_LETTERS_MIGRATIONS } from "./migrations.ts";

/** Notifications of one kind of push service that were given up. The kind is its name. */
export class DeadLettersObject extends DurableObject<object> implements DeadLettersRpc {
  readonly #letters: DeadLetters;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    const sql = openStore(new DurableSql(ctx.storage), DEAD_LETTERS_MIGRATIONS);
    // Only the worker names it: by the kinds of the contract.
    this.#letters = new DeadLetters(sql, ctx.id.name as PushKind);
  }

  async bury(letters: readonly DeadLetter[]): Promise<void> {
    this.#letters.bury(letters);
  }

  async list(page: ListPage): Promise<Result<string>> {
    return this.#letters.page(page);
  }

  async pick(ids: readonly string[] | undefined): Promise<readonly DeadLetter[]> {
    return this.#letters.pick(ids);
  }

  async remove(picked: readonly DeadLetter[]): Promise<number> {
    return this.#letters.remove(picked);
  }

  async clear(): Promise<void> {
    this.#letters.clear();
  }
}
