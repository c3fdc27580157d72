import { DurableObject } from "cloudflare:workers";
import { Alarm } from "../../core/alarm.ts";
import { LegalHolds } from "../../core/duties/holds.ts";
import type { HoldWish } from "../../core/duties/holds.ts";
import { Policies } from "../../core/duties/policies.ts";
import { Restores } from "../../core/duties/restores.ts";
import type { CameBack } from "../../core/duties/restores.ts";
import type { PolicyChange } from "../../core/duties/policies.ts";
import type { ListPage } from "../../core/conversation/pages.ts";
import { openStore } from "../../core/store.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { conversationsOf } from "../../platform/placement.ts";
import { forgetPolicies } from "../../platform/policies.ts";
import { systemClock } from "../../platform/world.ts";
import type { DutiesBindings } from "../../rpc/bindings.ts";
import type { DutiesRpc } from "../../rpc/duties-rpc.ts";
import type { ConversationId, UserId } from "../../shared/ids.ts";
import type { LegalHold, RetentionPolicy } from "../../shared/protocol/http-admin.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { DUTIES_MIGRATIONS } from "./migrations.ts";

/** Of a user, whose conversations are told by his object: it goes on by itself with those that are out of reach. */
const wholly = (isDone: boolean): Result<true> =>
  isDone
    ? { ok: true, value: true }
    : refuse("overloaded", "unable to tell all of them; the others are told soon", { retry_after_ms: 5000 });

/** What the operators of a deployment decided: how long messages are kept, and what must not go. */
export class DutiesObject extends DurableObject<DutiesBindings> implements DutiesRpc {
  readonly #policies: Policies;
  readonly #holds: LegalHolds;
  readonly #restores: Restores;
  readonly #alarm: Alarm;

  constructor(ctx: DurableObjectState, env: DutiesBindings) {
    super(ctx, env);
    const sql = openStore(new DurableSql(ctx.storage), DUTIES_MIGRATIONS);
    const conversations = conversationsOf(env);
    this.#policies = new Policies(sql, systemClock);
    this.#holds = new LegalHolds({
      sql,
      clock: systemClock,
      place: async (hold) =>
        hold.user_id === undefined
          ? conversations.getByName(hold.conversation_id ?? "").placeHold(hold)
          : wholly(await env.USER.getByName(hold.user_id).placeHold(hold)),
      release: async (hold) =>
        hold.user_id === undefined
          ? conversations.getByName(hold.conversation_id ?? "").releaseHold(hold.hold_id)
          : wholly(await env.USER.getByName(hold.user_id).releaseHold(hold.hold_id)),
      waits: () => this.#alarm.changed(),
    });
    this.#restores = new Restores({
      sql,
      clock: systemClock,
      conversation: (id) => conversations.getByName(id),
      waits: () => this.#alarm.changed(),
    });
    this.#alarm = new Alarm([this.#holds, this.#restores], (at) => ctx.waitUntil(ctx.storage.setAlarm(at)));
  }

  override async alarm(): Promise<void> {
    await this.#alarm.ring(systemClock.now());
  }

  async policies(): Promise<readonly RetentionPolicy[]> {
    return this.#policies.all();
  }

  async setPolicy(change: PolicyChange, by: UserId): Promise<void> {
    this.#policies.set(change, by);
    forgetPolicies();
  }

  async placeHold(
    wish: HoldWish,
    by: UserId,
  ): Promise<Result<{ readonly hold: LegalHold; readonly created: boolean }>> {
    return this.#holds.place(wish, by);
  }

  async releaseHold(id: string): Promise<Result<true>> {
    return this.#holds.release(id);
  }

  async restore(id: ConversationId, at: number): Promise<Result<CameBack>> {
    return this.#restores.restore(id, at);
  }

  async holds(page: ListPage): Promise<Result<string>> {
    return this.#holds.page(page);
  }
}
