import { ERRORS, isRetryable } from "../../src/shared/errors.ts";
import type { ErrorCode } from "../../src/shared/errors.ts";
import type { ClientMessageId, ConversationId, UserId } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { LocalMessage, SendOptions } from "./api.ts";
import { afterRequestedMs, fullJitterMs } from "./backoff.ts";
import type { Environment, Timer } from "./environment.ts";
import { ParleyError } from "./parley-error.ts";
import type { OutboxRow, StoreBatch } from "./store.ts";
import { uuidV7 } from "./uuid.ts";

interface Item {
  row: OutboxRow;
  /** As it was sent, and as it stands. */
  readonly local: LocalMessage;
  shown: LocalMessage;
  /** On the disk: only then it may leave. */
  stored: boolean;
  /** May have reached the server. */
  left: boolean;
  attempts: number;
  readonly resolve: (message: LocalMessage) => void;
  readonly reject: (error: ParleyError) => void;
}

/**
 * The messages of one conversation that wait, in order. One at a time is under way: a refusal that is worth a
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
}

/** Messages that wait or failed, over all conversations. */
const CAPACITY = 1000;
/** An answer that does not come within this, on a connection that lives: ask again. */
const ANSWER_MS = 20_000;
const RETRY = { baseMs: 500, capMs: 30_000 } as const;
/** So often something goes wrong on the server's side with one message before it is left to the user. */
const ATTEMPTS = 20;

const frameOf = ({ client_message_id, conversation_id, content, options }: OutboxRow): CommandInput => {
  const { type: message_type = "text", mentions, ...rest } = options;
  return {
    type: "send",
    ref: client_message_id,
    conversation_id,
    client_message_id,
    message_type,
    content,
    ...(mentions === undefined ? {} : { mentions: [...mentions] }),
    ...rest,
  };
};

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength;

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
      const { item, sent } = this.#item(row);
      // Whoever waited for it is gone with the earlier run.
      sent.catch(() => undefined);
      item.stored = true;
      item.left = row.error === undefined;
      this.#order = Math.max(this.#order, row.order);
      if (row.error === undefined) this.#lane(row.conversation_id).items.push(item);
    }
  }

  /** Throws `too_large` or `limit_exceeded`. The message waits until `sent` resolves, or rejects with the refusal. */
  add(
    id: ConversationId,
    content: string,
    options: SendOptions,
  ): { message: LocalMessage; sent: Promise<LocalMessage> } {
    const now = this.#deps.environment.now();
    const row: OutboxRow = {
      client_message_id: uuidV7(now),
      conversation_id: id,
      order: ++this.#order,
      content,
      options,
      created_at: new Date(now).toISOString(),
    };
    if (this.#items.size >= CAPACITY)
      throw new ParleyError("limit_exceeded", `unable to send; ${CAPACITY} messages wait`);
    const fits = bytesOf(content) <= LIMITS.contentBytes && bytesOf(JSON.stringify(frameOf(row))) <= LIMITS.frameBytes;
    if (!fits) throw new ParleyError("too_large", "unable to send; the message is too long");
    const { item, sent } = this.#item(row);
    // An app that shows the status need not wait for the promise.
    sent.catch(() => undefined);
    this.#enqueue(item);
    return { message: item.local, sent };
  }

  /** As an app shows them: what waits or failed, in order. */
  of(id: ConversationId): readonly LocalMessage[] {
    return [...this.#items.values()]
      .filter((item) => item.row.conversation_id === id)
      .sort((a, b) => a.row.order - b.row.order)
      .map(({ shown }) => shown);
  }

  /** A failed message goes to the end of the line. */
  retry(clientMessageId: ClientMessageId): void {
    const item = this.#items.get(clientMessageId);
    if (item?.row.error === undefined) return;
    const { error: _error, ...row } = item.row;
    item.row = { ...row, order: ++this.#order };
    item.shown = item.local;
    item.attempts = 0;
    item.stored = false;
    this.#enqueue(item);
  }

  /** Says whether it is certain that the message never arrives. */
  discard(clientMessageId: ClientMessageId): boolean {
    const item = this.#items.get(clientMessageId);
    if (item === undefined || (item.left && item.row.error === undefined)) return false;
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

  /** The server has the message: by its `ack`, or because its entry came. Gives what it became. */
  accepted(
    ack: Pick<EventOf<"ack">, "client_message_id" | "message_id" | "seq" | "timestamp">,
  ): LocalMessage | undefined {
    const item = this.#items.get(ack.client_message_id);
    if (item === undefined) return undefined;
    const { message_id, seq, timestamp } = ack;
    const message: LocalMessage = { ...item.local, message_id, seq, timestamp, status: "sent" };
    this.#remove(item);
    item.resolve(message);
    return message;
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
    else this.#fail(item, error.code, error.message);
    this.#pump(item.row.conversation_id);
    return true;
  }

  #item(row: OutboxRow): { item: Item; sent: Promise<LocalMessage> } {
    const { promise: sent, resolve, reject } = Promise.withResolvers<LocalMessage>();
    const { type = "text", mentions, expires_in: _expiresIn, ...options } = row.options;
    const local: LocalMessage = {
      conversation_id: row.conversation_id,
      client_message_id: row.client_message_id,
      sender_id: this.#deps.me() ?? "",
      type,
      content: row.content,
      timestamp: row.created_at,
      status: "pending",
      ...(mentions === undefined ? {} : { mentions: [...mentions] }),
      ...options,
    };
    const shown: LocalMessage = row.error === undefined ? local : { ...local, status: "failed", error: row.error };
    const item: Item = { row, local, shown, stored: false, left: false, attempts: 0, resolve, reject };
    this.#items.set(row.client_message_id, item);
    return { item, sent };
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
    this.#lane(row.conversation_id).items.push(item);
    this.#deps.changed(row.conversation_id);
    void this.#persist(item);
  }

  async #persist(item: Item): Promise<void> {
    await this.#deps.write({ outbox: [item.row] });
    item.stored = true;
    this.#pump(item.row.conversation_id);
  }

  #remove(item: Item): void {
    const { client_message_id, conversation_id } = item.row;
    const lane = this.#lane(conversation_id);
    this.#items.delete(client_message_id);
    const place = lane.items.indexOf(item);
    if (place === 0) this.#release(lane);
    if (place >= 0) lane.items.splice(place, 1);
    void this.#deps.write({ sent: [client_message_id] });
    this.#deps.changed(conversation_id);
    this.#pump(conversation_id);
  }

  #release(lane: Lane): void {
    this.#deps.environment.clearTimer(lane.timer);
    lane.timer = undefined;
    lane.underWay = false;
  }

  #fail(item: Item, code: ErrorCode, message: string): void {
    const lane = this.#lane(item.row.conversation_id);
    this.#release(lane);
    lane.items.shift();
    item.row = { ...item.row, error: { code, message } };
    item.shown = { ...item.local, status: "failed", error: { code, message } };
    void this.#deps.write({ outbox: [item.row] });
    item.reject(new ParleyError(code, message || ERRORS[code].title));
    this.#deps.changed(item.row.conversation_id);
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
