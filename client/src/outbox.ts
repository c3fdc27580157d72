import { ERRORS, isRetryable } from "../../src/shared/errors.ts";
import type { ErrorCode } from "../../src/shared/errors.ts";
import type { ClientMessageId, ConversationId, MessageId, UserId } from "../../src/shared/ids.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { LocalMessage, SendOptions } from "./api.ts";
import { afterRequestedMs, fullJitterMs } from "./backoff.ts";
import type { Environment, Timer } from "./environment.ts";
import { checkSize, frameOf, itemOf, rewrite } from "./outbox-item.ts";
import type { OutboxItem as Item } from "./outbox-item.ts";
import { ParleyError } from "./parley-error.ts";
import type { OutboxAction, OutboxRow, StoreBatch } from "./store.ts";
import { uuidV7 } from "./uuid.ts";

/**
 * What waits of one conversation, messages and changes to messages, in order. One at a time is under way: a refusal that is worth a
 * retry (`rate_limited`, say) may hit one message and spare the next, which would then be before it for ever.
 */
interface Lane {
  readonly items: Item[];
  underWay: boolean;
  notBefore: number;
  timer: Timer | undefined;
}

export interface OutboxDeps {
  readonly environment: Environment;
  readonly me: () => UserId | undefined;
  readonly write: (batch: StoreBatch) => Promise<void>;
  readonly transmit: (frame: CommandInput) => boolean;
  readonly changed: (id: ConversationId) => void;
  /** The user is no member any more: nothing is sent there. */
  readonly ended: (id: ConversationId) => boolean;
  /** A change to a message was refused for good, and is undone. */
  readonly onUndone: (error: ParleyError) => void;
}

/** What the server has: a message as it became, or the change that it made of another. */
export interface Accepted {
  readonly message: LocalMessage;
  readonly row: OutboxRow;
}

/** What waits or failed, over all conversations. */
const CAPACITY = 1000;
/** An answer that does not come within this, on a connection that lives: ask again. */
const ANSWER_MS = 20_000;
const ENDED = "unable to send; you are no longer a member";
const RETRY = { baseMs: 500, capMs: 30_000 } as const;
/** So often something goes wrong on the server's side with one message before it is left to the user. */
const ATTEMPTS = 20;

/** The line of messages that this device has yet to hand over: kept on disk, first in, first out. */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #items = new Map<ClientMessageId, Item>();
  readonly #lanes = new Map<ConversationId, Lane>();
  #order = 0;
  #online = false;
  #pausedUntil = 0;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Takes up what an earlier run left behind. */
  restore(rows: readonly OutboxRow[]): void {
    for (const row of [...rows].sort((a, b) => a.order - b.order)) {
      // Whoever waited for it is gone with the earlier run.
      const item = this.#take(row);
      item.stored = true;
      item.left = row.error === undefined;
      this.#order = Math.max(this.#order, row.order);
      if (row.error === undefined) this.#lane(row.conversation_id).items.push(item);
    }
  }

  /** Throws `too_large` or `limit_exceeded`. What is put here waits until `sent` resolves, or rejects with the refusal. */
  add(
    id: ConversationId,
    content: string,
    options: SendOptions,
    action?: OutboxAction,
  ): { message: LocalMessage; sent: Promise<LocalMessage> } {
    const now = this.#deps.environment.now();
    const row: OutboxRow = {
      client_message_id: uuidV7(now),
      conversation_id: id,
      order: this.#nextOrder(now),
      ...(action === undefined ? {} : { action }),
      content,
      options,
      created_at: new Date(now).toISOString(),
    };
    if (this.#items.size >= CAPACITY)
      throw new ParleyError("limit_exceeded", `unable to send; ${CAPACITY} messages wait`);
    checkSize(row);
    const item = this.#take(row);
    this.#enqueue(item);
    return { message: item.local, sent: item.sent };
  }

  /**
   * The same of a message that has its id and its place already: given another one, it would be behind what its tab
   * wrote next, were that found in the journal.
   */
  put(row: OutboxRow): Promise<LocalMessage> {
    const known = this.#items.get(row.client_message_id);
    if (known !== undefined) return known.sent;
    const item = this.#take(row);
    this.#order = Math.max(this.#order, row.order);
    this.#enqueue(item);
    return item.sent;
  }

  /** As an app shows them: messages that wait or failed, in order. */
  of(id: ConversationId): readonly LocalMessage[] {
    return this.#inOrder(id).flatMap(({ row, shown }) => (row.action === undefined ? shown : []));
  }

  /** Changes to messages that wait, in order. */
  actions(id: ConversationId): readonly OutboxRow[] {
    return this.#inOrder(id).flatMap(({ row }) => (row.action === undefined ? [] : row));
  }

  /** The last change of a kind to a message that waits: whether it may have left, and what its caller waits for. */
  waiting(
    id: ConversationId,
    wanted: (action: OutboxAction) => boolean,
  ): { readonly row: OutboxRow; readonly left: boolean; readonly sent: Promise<LocalMessage> } | undefined {
    return this.#inOrder(id).findLast(({ row }) => row.action !== undefined && wanted(row.action));
  }

  /** Changes what an item says. `false` when it may have left already, or is not here. */
  revise(clientMessageId: ClientMessageId, content: string): boolean {
    const item = this.#items.get(clientMessageId);
    if (item === undefined || (item.left && item.row.error === undefined)) return false;
    const row = { ...item.row, content };
    checkSize(row);
    rewrite(item, row, this.#deps.me());
    item.stored = false;
    this.#deps.changed(row.conversation_id);
    void this.#persist([item.row]);
    return true;
  }

  /** Takes back a change that has not left: it is as if it had come and gone. */
  withdraw(clientMessageId: ClientMessageId): void {
    const item = this.#items.get(clientMessageId);
    if (item === undefined) return;
    this.#remove(item);
    item.resolve(item.local);
  }

  /** A failed message goes to the end of the line. */
  retry(clientMessageId: ClientMessageId): void {
    const item = this.#items.get(clientMessageId);
    if (item?.row.error === undefined) return;
    const { error: _error, ...row } = item.row;
    rewrite(item, { ...row, order: this.#nextOrder(this.#deps.environment.now()) }, this.#deps.me());
    item.attempts = 0;
    item.left = false;
    item.stored = false;
    this.#enqueue(item);
  }

  /** Says whether it is certain that the message never arrives. */
  discard(clientMessageId: ClientMessageId): boolean {
    const item = this.#items.get(clientMessageId);
    if (item === undefined || (item.left && item.row.error === undefined)) return false;
    for (const { row } of this.#followers(item)) this.withdraw(row.client_message_id);
    this.#remove(item);
    item.reject(new ParleyError("conflict", "unable to send; the message was discarded"));
    return true;
  }

  online(): void {
    this.#online = true;
    for (const id of this.#lanes.keys()) this.#pump(id);
  }

  offline(): void {
    this.#online = false;
    this.#pausedUntil = 0;
    for (const lane of this.#lanes.values()) {
      this.#deps.environment.clearTimer(lane.timer);
      lane.timer = undefined;
      lane.underWay = false;
      lane.notBefore = 0;
    }
  }

  reset(): void {
    this.offline();
    for (const item of this.#items.values()) item.reject(new ParleyError("conflict", "unable to send; signed out"));
    this.#items.clear();
    this.#lanes.clear();
  }

  /** The user is no member any more: what waits fails. */
  nudge(id: ConversationId): void {
    this.#pump(id);
  }

  /** The server has it: by its `ack`, or because its entry came. `keep` is called before it leaves the outbox. */
  accepted(
    ack: Pick<EventOf<"ack">, "client_message_id" | "message_id" | "seq" | "timestamp">,
    keep?: (accepted: Accepted) => void,
  ): Accepted | undefined {
    const item = this.#items.get(ack.client_message_id);
    if (item === undefined) return undefined;
    const { message_id, seq, timestamp } = ack;
    const message: LocalMessage = { ...item.local, message_id, seq, timestamp, status: "sent" };
    const accepted = { message, row: item.row };
    keep?.(accepted);
    this.#remove(item, this.#aim(item, message_id));
    item.resolve(message);
    return accepted;
  }

  /** Says whether the error answers one of these. */
  refused(error: EventOf<"error">): boolean {
    const item = this.#items.get(error.ref ?? error.client_message_id ?? "");
    if (item === undefined || item.row.error !== undefined) return item !== undefined;
    const lane = this.#lane(item.row.conversation_id);
    if (lane.items[0] !== item) return true;
    lane.underWay = false;
    item.attempts++;
    // A token that ran out is the connection's business: it comes back with a fresh one.
    const again = isRetryable(error.code) || error.code === "unauthenticated";
    const hopeless = error.code === "internal" && item.attempts >= ATTEMPTS;
    if (again && !hopeless) this.#later(lane, item, error.code, error.retry_after_ms);
    // Somebody else was faster.
    else if (error.code === "conflict" && item.row.action?.kind === "delete") this.withdraw(item.row.client_message_id);
    else this.#fail(item, error.code, error.message);
    this.#pump(item.row.conversation_id);
    return true;
  }

  /** Rises with the time, so that what several tabs write down has an order before anybody lines it up. */
  #nextOrder(now: number): number {
    this.#order = Math.max(this.#order + 1, now);
    return this.#order;
  }

  #take(row: OutboxRow): Item {
    const item = itemOf(row, this.#deps.me());
    this.#items.set(row.client_message_id, item);
    return item;
  }

  #inOrder(id: ConversationId): Item[] {
    return [...this.#items.values()]
      .filter((item) => item.row.conversation_id === id)
      .sort((a, b) => a.row.order - b.row.order);
  }

  /** Changes that were made to a message while it waited itself. */
  #followers(item: Item): Item[] {
    const { client_message_id, conversation_id } = item.row;
    return this.#inOrder(conversation_id).filter(({ row }) => row.action?.target === client_message_id);
  }

  /** Changes to a message that waited with it, now that it has an id. */
  #aim(item: Item, target: MessageId): OutboxRow[] {
    return this.#followers(item).map((follower) => {
      const { action } = follower.row;
      if (action !== undefined) follower.row = { ...follower.row, action: { ...action, target } };
      return follower.row;
    });
  }

  #lane(id: ConversationId): Lane {
    const known = this.#lanes.get(id);
    if (known !== undefined) return known;
    const lane: Lane = { items: [], underWay: false, notBefore: 0, timer: undefined };
    this.#lanes.set(id, lane);
    return lane;
  }

  #enqueue(item: Item): void {
    const { row } = item;
    const { items, underWay } = this.#lane(row.conversation_id);
    // Behind all of its own tab, whatever the others are in between; and what is under way stays in front.
    const place = items.findLastIndex((one) => one.row.order <= row.order) + 1;
    items.splice(underWay ? Math.max(place, 1) : place, 0, item);
    this.#deps.changed(row.conversation_id);
    void this.#persist([item.row]);
  }

  async #persist(rows: readonly OutboxRow[], sent: readonly ClientMessageId[] = []): Promise<void> {
    await this.#deps.write({ sent, outbox: rows });
    for (const row of rows) {
      const item = this.#items.get(row.client_message_id);
      // What was changed meanwhile is yet to be written.
      if (item?.row === row) item.stored = true;
      this.#pump(row.conversation_id);
    }
  }

  #remove(item: Item, rewritten: readonly OutboxRow[] = []): void {
    const { client_message_id, conversation_id } = item.row;
    this.#items.delete(client_message_id);
    this.#leaveLane(item);
    void this.#persist(rewritten, [client_message_id]);
    this.#deps.changed(conversation_id);
    this.#pump(conversation_id);
  }

  #leaveLane(item: Item): void {
    const lane = this.#lane(item.row.conversation_id);
    const place = lane.items.indexOf(item);
    if (place === 0) this.#release(lane);
    if (place >= 0) lane.items.splice(place, 1);
  }

  #release(lane: Lane): void {
    this.#deps.environment.clearTimer(lane.timer);
    lane.timer = undefined;
    lane.underWay = false;
  }

  #fail(item: Item, code: ErrorCode, message: string): void {
    const error = new ParleyError(code, message || ERRORS[code].title);
    if (item.row.action !== undefined) {
      this.#remove(item);
      item.reject(error);
      this.#deps.onUndone(error);
      return;
    }
    // What was done to it while it waited is done to what stays of it here.
    const followers = this.#followers(item);
    for (const { row } of followers) this.withdraw(row.client_message_id);
    const last = followers.findLast(({ row }) => row.action?.kind !== "react");
    const content = last?.row.action?.kind === "edit" ? last.row.content : item.row.content;
    if (last?.row.action?.kind === "delete") this.#remove(item);
    else {
      this.#leaveLane(item);
      rewrite(item, { ...item.row, content, error: { code, message } }, this.#deps.me());
      void this.#persist([item.row]);
      this.#deps.changed(item.row.conversation_id);
    }
    item.reject(error);
  }

  #later(lane: Lane, item: Item, code: ErrorCode, requestedMs: number | undefined): void {
    const { environment } = this.#deps;
    const random = environment.random();
    const delayMs =
      requestedMs === undefined
        ? fullJitterMs(item.attempts, random, RETRY.baseMs, RETRY.capMs)
        : afterRequestedMs(requestedMs, random);
    lane.notBefore = environment.now() + delayMs;
    // The allowance is the user's: the other conversations would only be refused too.
    if (code === "rate_limited") this.#pausedUntil = Math.max(this.#pausedUntil, lane.notBefore);
  }

  /** Sends the first of the line when it may go, or comes back when it may. */
  #pump(id: ConversationId): void {
    const lane = this.#lane(id);
    const first = lane.items[0];
    if (!this.#online || lane.underWay || first?.stored !== true) return;
    if (this.#deps.ended(id)) {
      this.#fail(first, "not_found", ENDED);
      this.#pump(id);
      return;
    }
    const { environment } = this.#deps;
    const dueAt = Math.max(lane.notBefore, this.#pausedUntil);
    if (dueAt > environment.now()) {
      this.#wake(lane, id, dueAt - environment.now());
      return;
    }
    lane.underWay = this.#deps.transmit(frameOf(first.row));
    if (!lane.underWay) return;
    first.left = true;
    this.#wake(lane, id, ANSWER_MS);
  }

  #wake(lane: Lane, id: ConversationId, delayMs: number): void {
    const { environment } = this.#deps;
    environment.clearTimer(lane.timer);
    lane.timer = environment.setTimer(() => {
      lane.timer = undefined;
      lane.underWay = false;
      this.#pump(id);
    }, delayMs);
  }
}
