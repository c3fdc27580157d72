import { DurableObject } from "cloudflare:workers";
import type {
  AppendAnswer,
  AppendCall,
  Entrance,
  ReceiptCall,
  ThreadState,
  Visit,
  Visited,
} from "../../core/conversation/calls.ts";
import { Conversation } from "../../core/conversation/conversation.ts";
import type { InboxState, MemberView, OwnCounts } from "../../core/conversation/delivery.ts";
import type { ErasedHere } from "../../core/conversation/erasing.ts";
import type { InvitePreview } from "../../core/conversation/doors.ts";
import { found, foundingRefusal } from "../../core/conversation/founding.ts";
import type { Founding } from "../../core/conversation/founding.ts";
import type { LogSlice, MessagePage } from "../../core/conversation/history.ts";
import type { Invite, InviteWish } from "../../core/conversation/invites.ts";
import type { ListPage } from "../../core/conversation/pages.ts";
import { NO_INVITE, NOT_FOUND } from "../../core/conversation/refusals.ts";
import type { Draft } from "../../core/conversation/write.ts";
import { directPair, Importer, IMPORTING, importStateOf } from "../../core/import/importer.ts";
import type { Imported, ImportCall } from "../../core/import/importer.ts";
import type { SearchAsk, SearchSlice } from "../../core/search/conversation-search.ts";
import type { Relay, RelayAnswer } from "../../core/fanout/relay.ts";
import type { Sql } from "../../core/ports.ts";
import type { Soon } from "../../core/soon.ts";
import { isMarked, resumeRestored } from "../../core/conversation/restored.ts";
import type { RestorePoint } from "../../core/duties/restores.ts";
import { openStore } from "../../core/store.ts";
import { archiveOf } from "../../platform/archive.ts";
import { deliverTo } from "../../platform/deliver.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { slicesOf } from "../../platform/placement.ts";
import { retentionOf } from "../../platform/policies.ts";
import { bookmarkAt } from "../../platform/bookmarks.ts";
import { Stubs } from "../../platform/stubs.ts";
import { horizonOf } from "../../platform/horizon.ts";
import { log, reasonOf } from "../../platform/telemetry.ts";
import { systemClock, systemRandom, systemTimers } from "../../platform/world.ts";
import type { ConversationBindings } from "../../rpc/bindings.ts";
import type { ConversationList, ConversationRpc, MessageList } from "../../rpc/conversation-rpc.ts";
import type { FanoutRpc } from "../../rpc/fanout-rpc.ts";
import type { ErasureRpc, ImportRpc } from "../../rpc/jobs-rpc.ts";
import type { MemberRpc } from "../../rpc/user-rpc.ts";
import type { ClientMessageId, MessageId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LegalHold } from "../../shared/protocol/http-admin.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import { CONVERSATION_MIGRATIONS } from "./migrations.ts";

const NO_WAY_BACK = refuse("unsupported", "unable to restore; the platform has nothing of that time");

/** One conversation: its only writer. Asking for one that nobody founded leaves nothing behind. */
export class ConversationObject
  extends DurableObject<ConversationBindings>
  implements ConversationRpc, ImportRpc, ErasureRpc
{
  readonly #sql: Sql;
  readonly #members: Stubs<MemberRpc>;
  readonly #slices: Stubs<FanoutRpc>;
  #loaded: Conversation | undefined;
  /** It is being founded: whoever else founds it, or blocks, waits until it is there. */
  #founding: Promise<unknown> | undefined;

  constructor(ctx: DurableObjectState, env: ConversationBindings) {
    super(ctx, env);
    this.#sql = openStore(new DurableSql(ctx.storage), CONVERSATION_MIGRATIONS);
    this.#members = new Stubs(env.USER, LIMITS.stubs);
    this.#slices = new Stubs(slicesOf(env), LIMITS.stubs);
  }

  async found(founding: Founding, inbox: InboxState): Promise<Result<Entrance>> {
    await this.#founded();
    if (this.#isImporting) return IMPORTING;
    const created = !this.#load();
    if (created) {
      const refusal = foundingRefusal(founding);
      if (refusal) return refusal;
      this.#founding = this.#found(founding);
      try {
        await this.#founding;
      } finally {
        this.#founding = undefined;
      }
    }
    return this.#load()?.welcome(founding.founder, created, inbox) ?? NOT_FOUND;
  }

  async block(user: UserId, blocks: boolean): Promise<Result<true>> {
    await this.#founded();
    return this.#load()?.block(user, blocks) ?? NOT_FOUND;
  }

  async join(user: UserId, secret: string, inbox: InboxState): Promise<Result<Entrance>> {
    return (await this.#writing((conversation) => conversation.join(user, secret, inbox))) ?? NO_INVITE;
  }

  async append(call: AppendCall): Promise<AppendAnswer> {
    const answer = await this.#writing((conversation) => conversation.append(call));
    return answer ?? { results: call.writes.map(() => NOT_FOUND) };
  }

  async receipt(call: ReceiptCall): Promise<Result<OwnCounts & { readonly delivered_up_to: Seq }>> {
    return this.#load()?.receipt(call) ?? NOT_FOUND;
  }

  async readThread(user: UserId, root: MessageId, upTo: Seq): Promise<Result<ThreadState>> {
    return this.#load()?.readThread(user, root, upTo) ?? NOT_FOUND;
  }

  async typing(user: UserId, state: "start" | "stop", except?: readonly UserId[]): Promise<void> {
    this.#load()?.typing(user, state, except);
  }

  async describe(user: UserId): Promise<Result<MemberView>> {
    return this.#load()?.describe(user) ?? NOT_FOUND;
  }

  async visit(visit: Visit): Promise<Result<Visited>> {
    return this.#load()?.visit(visit) ?? NOT_FOUND;
  }

  async log(user: UserId, after: Seq, limit?: number): Promise<Result<LogSlice>> {
    return this.#load()?.history.log(user, after, limit) ?? NOT_FOUND;
  }

  async messages(user: UserId, page: MessagePage): Promise<Result<string>> {
    return this.#load()?.history.messages(user, page) ?? NOT_FOUND;
  }

  async message(user: UserId, id: MessageId): Promise<Result<string>> {
    return this.#load()?.history.message(user, id) ?? NOT_FOUND;
  }

  async list(user: UserId, which: ConversationList, page: ListPage): Promise<Result<string>> {
    const conversation = this.#load();
    if (!conversation) return NOT_FOUND;
    return which === "scheduled" ? conversation.agenda.list(user, page) : conversation.lists[which](user, page);
  }

  async listOf(user: UserId, id: MessageId, which: MessageList, page: ListPage): Promise<Result<string>> {
    return this.#load()?.lists[which](user, id, page) ?? NOT_FOUND;
  }

  async search(user: UserId, ask: SearchAsk): Promise<Result<SearchSlice>> {
    return this.#load()?.search.find(user, ask) ?? NOT_FOUND;
  }

  async invitePreview(secret: string): Promise<Result<InvitePreview>> {
    return this.#load()?.doors.preview(secret) ?? NO_INVITE;
  }

  async createInvite(user: UserId, wish: InviteWish): Promise<Result<Invite>> {
    return this.#load()?.doors.create(user, wish) ?? NOT_FOUND;
  }

  async invites(user: UserId, page: ListPage): Promise<Result<readonly Invite[]>> {
    return this.#load()?.doors.list(user, page) ?? NOT_FOUND;
  }

  async revokeInvite(user: UserId, secret: string): Promise<Result<true>> {
    return this.#load()?.doors.revoke(user, secret) ?? NOT_FOUND;
  }

  async schedule(
    user: UserId,
    draft: Draft,
    at: number,
  ): Promise<Result<{ readonly created: boolean; readonly scheduled: string }>> {
    return this.#load()?.agenda.schedule(user, draft, at) ?? NOT_FOUND;
  }

  async cancelScheduled(user: UserId, id: ClientMessageId): Promise<Result<true>> {
    return this.#load()?.agenda.cancel(user, id) ?? NOT_FOUND;
  }

  async deliveryState(): Promise<Result<string>> {
    const conversation = this.#load();
    if (!conversation) return NOT_FOUND;
    const { head, members, present, slices, behind, parked } = conversation.deliveryState;
    const shown = parked.map((one) => ({
      user_id: one.user_id,
      failures: one.failures,
      behind: one.behind,
      next_try_at: toIso(one.nextTryAt),
    }));
    return { ok: true, value: JSON.stringify({ head_seq: head, members, present, slices, behind, parked: shown }) };
  }

  async importLines(call: ImportCall): Promise<readonly Imported[]> {
    await this.#founded();
    const work = this.#import(call);
    this.#founding = work;
    try {
      return await work;
    } finally {
      this.#founding = undefined;
    }
  }

  async adminState(): Promise<Result<string>> {
    const bytes = this.ctx.storage.sql.databaseSize;
    const state = this.#load()?.duties.state({ bytes });
    return state ? { ok: true, value: JSON.stringify(state) } : NOT_FOUND;
  }

  async held(page: ListPage): Promise<Result<string>> {
    return this.#load()?.duties.heldPage(page) ?? NOT_FOUND;
  }

  async placeHold(hold: LegalHold): Promise<Result<true>> {
    return (await this.#writing(({ duties }) => duties.placeHold(hold))) ?? NOT_FOUND;
  }

  async releaseHold(id: string): Promise<Result<true>> {
    return (await this.#writing(({ duties }) => duties.releaseHold(id))) ?? NOT_FOUND;
  }

  async retain(days: number | null): Promise<Result<true>> {
    return (await this.#writing(({ duties }) => duties.retain(days))) ?? NOT_FOUND;
  }

  async restorePoint(at: number): Promise<Result<RestorePoint>> {
    const conversation = this.#load();
    if (!conversation) return NOT_FOUND;
    if ((await bookmarkAt(this.ctx.storage, at)) === undefined) return NO_WAY_BACK;
    return conversation.duties.restorePoint(at);
  }

  /** Nobody is to take it for gone because the mark was not on the disk yet. */
  async markLeaving(epoch: number): Promise<Result<true>> {
    const marked = (await this.#writing(({ duties }) => duties.markLeaving(epoch))) ?? NOT_FOUND;
    await this.ctx.storage.sync();
    return marked;
  }

  /** It comes back as it was then, without the mark, and knows nothing of this. */
  async goBack(at: number): Promise<Result<true>> {
    const bookmark = await bookmarkAt(this.ctx.storage, at);
    if (bookmark === undefined) return NO_WAY_BACK;
    if (!isMarked(this.#sql)) return { ok: true, value: true };
    await this.ctx.storage.onNextSessionRestoreBookmark(bookmark);
    await this.ctx.storage.sync();
    this.ctx.abort("going back in time");
    return { ok: true, value: true };
  }

  async resume(epoch: number, holds: readonly LegalHold[]): Promise<Result<Seq | undefined>> {
    if (isMarked(this.#sql)) return { ok: true, value: undefined };
    const isNews = this.#loaded !== undefined && Conversation.load(this.#sql)?.epoch !== epoch;
    const head = resumeRestored(this.#sql, epoch, holds);
    await this.ctx.storage.sync();
    // Whoever came first woke it as it was: it begins anew, and says so when it is asked again.
    if (isNews) this.ctx.abort("the conversation was restored");
    const conversation = this.#load();
    await this.ctx.storage.setAlarm(systemClock.now() + 1);
    return conversation ? { ok: true, value: head } : NOT_FOUND;
  }

  async takeDown(id: MessageId): Promise<Result<true>> {
    return (await this.#writing(({ duties }) => duties.takeDown(id))) ?? NOT_FOUND;
  }

  async erase(user: UserId): Promise<Result<ErasedHere>> {
    return (await this.#writing((conversation) => conversation.erasing.erase(user))) ?? NOT_FOUND;
  }

  /**
   * An alarm that throws too often is given up by the platform: this one sets itself anew first. Then the object
   * begins anew too: what was thrown away on disk is still in its memory.
   */
  override async alarm(): Promise<void> {
    try {
      await this.#load()?.onAlarm();
    } catch (error) {
      log({ event: "object_failed", object: "conversation", call: "alarm", reason: reasonOf(error) });
      await this.ctx.storage.setAlarm(systemClock.now() + 60_000);
      await this.ctx.storage.sync();
      this.ctx.abort("unable to do what was due");
    }
  }

  /** When no founding is under way any more. */
  async #founded(): Promise<void> {
    while (this.#founding) await this.#founding.catch(() => undefined);
  }

  async #found(founding: Founding): Promise<void> {
    const blocker = founding.type === "direct" ? await this.#blocker(founding) : undefined;
    found(this.#sql, founding, systemClock.now(), blocker);
  }

  get #isImporting(): boolean {
    return !this.#loaded && importStateOf(this.#sql)?.importing === 1;
  }

  /** When it ends the alarm rings: that brings the members' lists up to date. What throws is rolled back, and may be asked again. */
  async #import(call: ImportCall): Promise<readonly Imported[]> {
    const ends = call.records.some(({ kind }) => kind === "end");
    const blockers = ends ? await this.#blockersOf(call) : [];
    const importer = new Importer(this.#sql, systemClock.now(), call);
    const results = importer.take(blockers);
    if (importer.hasEnded) await this.ctx.storage.setAlarm(systemClock.now() + 1);
    if (importer.hasRestarted && this.#loaded) {
      await this.ctx.storage.sync();
      this.ctx.abort("the conversation begins anew");
    }
    return results;
  }

  /** Who blocks the other of the two. They tell nobody meanwhile, and none of what comes in between is lost: see `block`. */
  async #blockersOf(call: ImportCall): Promise<readonly UserId[]> {
    const people = directPair(this.#sql, call);
    const blocks = await Promise.all(
      people.map((user, index) => this.#members.get(user).doesBlock(people[1 - index] ?? user)),
    );
    return people.filter((_user, index) => blocks[index]);
  }

  /** Who blocks the founder of a direct conversation: his very first message is hidden already. */
  async #blocker({ founder, members }: Founding): Promise<UserId | undefined> {
    const [other = founder] = members;
    try {
      return (await this.#members.get(other).doesBlock(founder)) ? other : undefined;
    } catch (error) {
      this.#members.drop(other);
      throw error;
    }
  }

  /** A throw rolls back what is on disk, and leaves memory as it was in between: the object begins anew. */
  async #writing<T>(work: (conversation: Conversation) => Soon<T>): Promise<T | undefined> {
    const conversation = this.#load();
    try {
      return conversation && (await work(conversation));
    } catch (error) {
      log({ event: "object_failed", object: "conversation", call: "write", reason: reasonOf(error) });
      this.ctx.abort("unable to write");
      throw error;
    }
  }

  async #relay(slice: number, relay: Relay): Promise<RelayAnswer> {
    const name = `${relay.conversation_id}/${slice}`;
    try {
      return await this.#slices.get(name).relay(relay);
    } catch (error) {
      this.#slices.drop(name);
      throw error;
    }
  }

  #load(): Conversation | undefined {
    if (this.#loaded) return this.#loaded;
    const record = Conversation.load(this.#sql);
    if (!record) return undefined;
    this.#loaded = new Conversation(
      {
        sql: this.#sql,
        clock: systemClock,
        timers: systemTimers,
        random: systemRandom,
        deliver: (user, delivery) => deliverTo(this.#members, user, delivery),
        relay: (slice, relay) => this.#relay(slice, relay),
        policy: () => retentionOf(this.env.DUTIES, record.type, record.region),
        // Not awaited: it belongs to the transaction of the turn, and the output gate waits for it.
        setAlarm: (at) => this.ctx.waitUntil(this.ctx.storage.setAlarm(at)),
        parked: (user, failures) =>
          log({ event: "member_parked", conversation: record.conversation_id, user, failures }),
        archive: archiveOf(this.env, record.region),
        horizon: horizonOf(this.env),
        archived: (entries, failures) =>
          log({ event: "archived", conversation: record.conversation_id, entries, failures }),
        archiveFailed: (failures, reason) =>
          log({ event: "archive_failed", conversation: record.conversation_id, failures, reason: reasonOf(reason) }),
      },
      record,
    );
    return this.#loaded;
  }
}
