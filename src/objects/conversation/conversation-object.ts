import { DurableObject } from "cloudflare:workers";
import type { AppendAnswer, Draft } from "../../core/conversation/appender.ts";
import { Conversation } from "../../core/conversation/conversation.ts";
import type { MemberView, ReceiptCall } from "../../core/conversation/conversation.ts";
import type { Delivery, DeliveryAnswer, InboxState, OwnCounts } from "../../core/conversation/delivery.ts";
import { found, foundingRefusal } from "../../core/conversation/founding.ts";
import type { Founding } from "../../core/conversation/founding.ts";
import type { ListPage, LogSlice, MessagePage } from "../../core/conversation/history.ts";
import { NOT_FOUND } from "../../core/conversation/refusals.ts";
import { isEmpty, migrate } from "../../core/migrations.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { Stubs } from "../../platform/stubs.ts";
import { log, reasonOf } from "../../platform/telemetry.ts";
import { systemClock, systemRandom, systemTimers } from "../../platform/world.ts";
import type { ConversationBindings } from "../../rpc/bindings.ts";
import type { ConversationRpc, Founded } from "../../rpc/conversation-rpc.ts";
import type { MessageId, Seq, UserId } from "../../shared/ids.ts";
import type { MemberRpc } from "../../rpc/user-rpc.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Result } from "../../shared/result.ts";
import { CONVERSATION_MIGRATIONS } from "./migrations.ts";

/** One conversation: its only writer. Asking for one that nobody founded leaves nothing behind. */
export class ConversationObject extends DurableObject<ConversationBindings> implements ConversationRpc {
  readonly #sql: DurableSql;
  readonly #members: Stubs<MemberRpc>;
  #loaded: Conversation | undefined;

  constructor(ctx: DurableObjectState, env: ConversationBindings) {
    super(ctx, env);
    this.#sql = new DurableSql(ctx.storage);
    this.#members = new Stubs(env.USER, LIMITS.stubs);
  }

  async found(founding: Founding): Promise<Result<Founded>> {
    let conversation = this.#load();
    const created = !conversation;
    if (!conversation) {
      const refusal = foundingRefusal(founding);
      if (refusal) return refusal;
      migrate(this.#sql, CONVERSATION_MIGRATIONS);
      found(this.#sql, founding, systemClock.now());
      conversation = this.#load();
    }
    const view = conversation?.describe(founding.founder) ?? NOT_FOUND;
    if (!conversation || !view.ok) return NOT_FOUND;
    return { ok: true, value: { created, view: view.value, ...conversation.welcome(founding.founder) } };
  }

  async append(user: UserId, drafts: readonly Draft[], inbox: InboxState): Promise<AppendAnswer> {
    return this.#load()?.append(user, drafts, inbox) ?? { results: drafts.map(() => NOT_FOUND) };
  }

  async receipt(call: ReceiptCall): Promise<Result<OwnCounts & { readonly delivered_up_to: Seq }>> {
    return this.#load()?.receipt(call) ?? NOT_FOUND;
  }

  async typing(user: UserId, state: "start" | "stop"): Promise<void> {
    this.#load()?.typing(user, state);
  }

  async describe(user: UserId): Promise<Result<MemberView>> {
    return this.#load()?.describe(user) ?? NOT_FOUND;
  }

  async log(user: UserId, after: Seq, limit?: number): Promise<Result<LogSlice>> {
    return this.#load()?.history.log(user, after, limit) ?? NOT_FOUND;
  }

  async messages(user: UserId, page: MessagePage): Promise<Result<string>> {
    return this.#load()?.history.messages(user, page) ?? NOT_FOUND;
  }

  async members(user: UserId, page: ListPage): Promise<Result<string>> {
    return this.#load()?.history.members(user, page) ?? NOT_FOUND;
  }

  async receipts(user: UserId, id: MessageId, page: ListPage): Promise<Result<string>> {
    return this.#load()?.history.receipts(user, id, page) ?? NOT_FOUND;
  }

  /** An alarm that throws too often is given up by the platform: this one never throws, and sets itself anew. */
  override async alarm(): Promise<void> {
    try {
      await this.#load()?.onAlarm();
    } catch (error) {
      log({ event: "object_failed", object: "conversation", call: "alarm", reason: reasonOf(error) });
      await this.ctx.storage.setAlarm(systemClock.now() + 60_000);
    }
  }

  /** Not repeated here: the outbox knows better what to send again, and when. */
  async #deliver(user: UserId, delivery: Delivery): Promise<DeliveryAnswer> {
    try {
      return await this.#members.get(user).deliver(delivery);
    } catch (error) {
      this.#members.drop(user);
      throw error;
    }
  }

  #load(): Conversation | undefined {
    if (this.#loaded || isEmpty(this.#sql)) return this.#loaded;
    migrate(this.#sql, CONVERSATION_MIGRATIONS);
    const record = Conversation.load(this.#sql);
    if (!record) return undefined;
    this.#loaded = new Conversation(
      {
        sql: this.#sql,
        clock: systemClock,
        timers: systemTimers,
        random: systemRandom,
        deliver: (user, delivery) => this.#deliver(user, delivery),
        // Not awaited: it belongs to the transaction of the turn, and the output gate waits for it.
        setAlarm: (at) => this.ctx.waitUntil(this.ctx.storage.setAlarm(at)),
      },
      record,
    );
    return this.#loaded;
  }
}
