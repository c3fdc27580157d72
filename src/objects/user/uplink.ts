import type { Entrance, ThreadState, Visited } from "../../core/conversation/calls.ts";
import type { Delivery, EncodedEntry, OwnCounts, Wants } from "../../core/conversation/delivery.ts";
import type { Founding } from "../../core/conversation/founding.ts";
import type { LogSlice } from "../../core/conversation/history.ts";
import type { Acked, Write } from "../../core/conversation/write.ts";
import type { Blocks } from "../../core/inbox/blocks.ts";
import { conversationJson } from "../../core/inbox/inbox-row.ts";
import type { InboxRow } from "../../core/inbox/inbox-row.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Clock, Timers } from "../../core/ports.ts";
import type { SearchAsk, SearchSlice } from "../../core/search/conversation-search.ts";
import { failure } from "../../platform/failure.ts";
import { callObject } from "../../platform/retry.ts";
import type { Stubs } from "../../platform/stubs.ts";
import type { ConversationRpc } from "../../rpc/conversation-rpc.ts";
import type { Entered } from "../../rpc/user-rpc.ts";
import type { ConversationId, MessageId, Rev, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LegalHold } from "../../shared/protocol/http-admin.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";

export interface UplinkDeps {
  readonly user: UserId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly inbox: Inbox;
  readonly blocks: Pick<Blocks, "has" | "among">;
  readonly conversations: Stubs<ConversationRpc>;
  /** What came along with an answer. */
  take(delivery: Delivery): void;
  /** The user's own counts changed. */
  rowChanged(row: InboxRow): void;
}

interface Waiting {
  readonly write: Write;
  readonly answer: (result: Result<Acked>) => void;
}

interface Reading {
  upTo: Seq;
  /** Entries that were applied while the call was under way. */
  readonly passed: EncodedEntry[];
  readonly done: Promise<void>;
  again: Promise<Result<true>> | undefined;
}

const BLOCKED = refuse("forbidden", "unable to create the conversation; you block the other one: unblock first");

/**
 * Everything that goes from a user up to conversations, and the only thing that does. Sends to one
 * conversation keep their order: one call is under way, and what gathers meanwhile travels in the next.
 */
export class Uplink {
  readonly #deps: UplinkDeps;
  readonly #lanes = new Map<ConversationId, Waiting[]>();
  readonly #appends = new Map<ConversationId, Promise<void>>();
  readonly #readings = new Map<ConversationId, Reading>();

  constructor(deps: UplinkDeps) {
    this.#deps = deps;
  }

  /** Everything that makes entries. */
  write(write: Write): Promise<Result<Acked>> {
    const id = write.conversation_id;
    const lane = this.#lanes.get(id);
    if (lane && lane.length >= LIMITS.uplinkQueued) {
      return Promise.resolve(
        refuse("overloaded", "unable to write; too many writes are waiting", { retry_after_ms: 1000 }),
      );
    }
    return new Promise((answer) => {
      if (lane) lane.push({ write, answer });
      else void this.#run(id, [{ write, answer }]);
    });
  }

  create(founding: Founding): Promise<Result<Entered>> {
    const id = founding.conversation_id;
    const inbox = this.#deps.inbox.tell(id);
    return this.#enter("found", id, async (conversation) =>
      this.#mayFound(founding) ? conversation.found(founding, inbox) : BLOCKED,
    );
  }

  /** Comes into a conversation by a link. */
  join(id: ConversationId, secret: string): Promise<Result<Entered>> {
    const { user, inbox } = this.#deps;
    const state = inbox.tell(id);
    return this.#enter("join", id, (conversation) => conversation.join(user, secret, state));
  }

  /** How things stand, where the list is not kept up to date, and what it missed. `live`: it is to be kept so from now on; without: what he wants to be brought all the same. */
  visit(id: ConversationId, live: boolean, asOf: Rev, wants?: Wants): Promise<Result<Visited>> {
    const { user, inbox } = this.#deps;
    const state = inbox.tell(id);
    return this.#call("visit", id, (conversation) => conversation.visit({ user, inbox: state, live, asOf, wants }));
  }

  readThread(id: ConversationId, root: MessageId, upTo: Seq): Promise<Result<ThreadState>> {
    return this.#call("readThread", id, (conversation) => conversation.readThread(this.#deps.user, root, upTo));
  }

  /** With somebody whom he blocks there is nothing to begin; what was begun is shown to him. */
  #mayFound({ conversation_id, type, members }: Founding): boolean {
    const { blocks, inbox } = this.#deps;
    return type !== "direct" || blocks.among(members).length === 0 || inbox.row(conversation_id) !== undefined;
  }

  async #enter(
    name: string,
    id: ConversationId,
    call: (conversation: ConversationRpc) => Promise<Result<Entrance>>,
  ): Promise<Result<Entered>> {
    const result = await this.#call(name, id, call);
    if (!result.ok) return result;
    const { created, delivery, view } = result.value;
    if (delivery) this.#deps.take(delivery);
    return { ok: true, value: { created, conversation: conversationJson(this.#deps.inbox.merged(view)) } };
  }

  /** Moves the user's read watermark. Calls do not overlap: a later one takes the highest place asked for. */
  read(id: ConversationId, upTo: Seq): Promise<Result<true>> {
    const current = this.#readings.get(id);
    if (!current) return this.#read(id, upTo);
    current.upTo = Math.max(current.upTo, upTo);
    current.again ??= new Promise((resolve) => {
      void current.done.then(() => resolve(this.read(id, current.upTo)));
    });
    return current.again;
  }

  /** Tells a conversation what the user's devices have acknowledged. */
  async report(id: ConversationId): Promise<Result<OwnCounts>> {
    const { user, inbox } = this.#deps;
    return this.#call("receipt", id, (conversation) => conversation.receipt({ user, inbox: inbox.tell(id) }));
  }

  /** Over HTTP a device may acknowledge what the list does not show yet. */
  async delivered(id: ConversationId, upTo: Seq): Promise<Result<true>> {
    const { user, inbox } = this.#deps;
    const call = { user, delivered: upTo, inbox: inbox.tell(id) };
    const result = await this.#call("receipt", id, (conversation) => conversation.receipt(call));
    return result.ok ? { ok: true, value: true } : result;
  }

  /** Not to those whom the user blocks. */
  typing(id: ConversationId, state: "start" | "stop"): void {
    const { user, inbox, blocks } = this.#deps;
    const except = blocks.among((inbox.row(id)?.meta.participants ?? []).map((one) => one.user_id));
    // Ephemeral: a failure is logged by nobody and felt by nobody.
    void this.#deps.conversations
      .get(id)
      .typing(user, state, except)
      .catch(() => this.#deps.conversations.drop(id));
  }

  /** Tells a direct conversation whether the user blocks the other. */
  block(id: ConversationId, blocked: boolean): Promise<Result<true>> {
    return this.#call("block", id, (conversation) => conversation.block(this.#deps.user, blocked));
  }

  /** Whatever he is there, or was: a hold on him is one on all that he took part in. */
  hold(id: ConversationId, hold: LegalHold): Promise<Result<true>> {
    return this.#call("placeHold", id, (conversation) => conversation.placeHold(hold));
  }

  release(id: ConversationId, hold: LegalHold): Promise<Result<true>> {
    return this.#call("releaseHold", id, (conversation) => conversation.releaseHold(hold.hold_id));
  }

  async describe(id: ConversationId): Promise<Result<string>> {
    const result = await this.#call("describe", id, (conversation) => conversation.describe(this.#deps.user));
    return result.ok ? { ok: true, value: conversationJson(this.#deps.inbox.merged(result.value)) } : result;
  }

  log(id: ConversationId, after: Seq, limit?: number): Promise<Result<LogSlice>> {
    return this.#call("log", id, (conversation) => conversation.log(this.#deps.user, after, limit));
  }

  search(id: ConversationId, ask: SearchAsk): Promise<Result<SearchSlice>> {
    return this.#call("search", id, (conversation) => conversation.search(this.#deps.user, ask));
  }

  /** Entries were applied: reads that are under way count them in. */
  applied(row: InboxRow, fresh: readonly EncodedEntry[]): void {
    this.#readings.get(row.conversation_id)?.passed.push(...fresh);
  }

  /** The call to a conversation that is under way, if one is: its answer brings entries. */
  underWay(id: ConversationId): Promise<void> | undefined {
    return this.#appends.get(id);
  }

  async #run(id: ConversationId, lane: Waiting[]): Promise<void> {
    this.#lanes.set(id, lane);
    while (lane.length > 0) {
      const startedAt = this.#deps.clock.now();
      const batch = lane.splice(0, LIMITS.uplinkBatch);
      const append = this.#append(id, batch);
      this.#appends.set(id, append);
      await append;
      this.#appends.delete(id);
      // Under load a short pause gathers more for the next call; it is as long as the load makes calls last.
      const took = Math.min(this.#deps.clock.now() - startedAt, LIMITS.pauseMs);
      if (took > 0 && lane.length > 0 && lane.length < LIMITS.uplinkBatch) await this.#pause(took);
    }
    this.#lanes.delete(id);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.timers.after(ms, resolve);
    });
  }

  async #append(id: ConversationId, batch: readonly Waiting[]): Promise<void> {
    const { user, clock, inbox, conversations } = this.#deps;
    const writes = batch.map((waiting) => waiting.write);
    try {
      const { results, delivery } = await callObject(conversations, id, (conversation) =>
        conversation.append({ user, writes, inbox: inbox.tell(id), at: clock.now() }),
      );
      for (const [index, { answer }] of batch.entries())
        answer(results[index] ?? refuse("internal", "unable to write; try again"));
      if (delivery) this.#deps.take(delivery);
    } catch (error) {
      inbox.untell(id);
      const refusal = failure("conversation", "append", error);
      for (const { answer } of batch) answer(refusal);
    }
  }

  async #read(id: ConversationId, upTo: Seq): Promise<Result<true>> {
    const { user, inbox } = this.#deps;
    const settled = Promise.withResolvers<void>();
    const reading: Reading = { upTo, passed: [], done: settled.promise, again: undefined };
    this.#readings.set(id, reading);
    const state = inbox.tell(id);
    const call = { user, read: upTo, inbox: state };
    const result = await this.#call("receipt", id, (conversation) => conversation.receipt(call));
    this.#readings.delete(id);
    settled.resolve();
    if (!result.ok) return result;
    const row = inbox.row(id);
    // The list went on without the entries between: the counts are those of a head that it has left.
    if (row && row.head - state.head !== reading.passed.length) return this.read(id, upTo);
    if (!row || !inbox.setRead(row, result.value, reading.passed)) return { ok: true, value: true };
    // A large conversation brings entries again that were lost, and not what was read of them.
    if (row.large) inbox.flush(row);
    this.#deps.rowChanged(row);
    return { ok: true, value: true };
  }

  async #call<T>(
    name: string,
    id: ConversationId,
    call: (conversation: ConversationRpc) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    try {
      return await callObject(this.#deps.conversations, id, call);
    } catch (error) {
      this.#deps.inbox.untell(id);
      return failure("conversation", name, error);
    }
  }
}
