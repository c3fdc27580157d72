import { isRetryable } from "../../src/shared/errors.ts";
import type { ConversationId, MessageId, Seq } from "../../src/shared/ids.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import { afterRequestedMs } from "./backoff.ts";
import type { Environment, Timer } from "./environment.ts";

type Kind = "delivered" | "read";
export interface Mark {
  readonly kind: Kind;
  readonly id: ConversationId;
  readonly upTo: Seq;
  /** Of a thread: the message that it hangs on. */
  readonly root?: MessageId;
}

/** At once after a quiet moment, then this often per conversation: each costs the server a wake-up, and a tick is no hurry. */
const INTERVAL_MS = { delivered: 1000, read: 500 } as const;
/** A device that caught up on very many conversations tells so without being too fast for the server. */
const BURST = 60;
const PER_SECOND = 20;
const RETRY_MS = 1000;

const keyOf = ({ kind, id, root }: Mark): string => (root === undefined ? `${kind}.${id}` : `thread.${root}`);

/** Sends `delivered` and `read`: only upwards, and coalesced. Those never confirmed are raised again by the next connection. */
export class Watermarks {
  readonly #environment: Environment;
  readonly #transmit: (frame: CommandInput) => boolean;
  readonly #onConfirmed: (marks: readonly Mark[]) => void;
  readonly #due = new Map<string, Mark>();
  /** Sent on this connection, which may end before the server saw them. */
  readonly #sent = new Map<string, Mark>();
  readonly #sentAt = new Map<string, number>();
  #online = false;
  #tokens = BURST;
  #tokensAt = 0;
  #pausedUntil = 0;
  #timer: Timer | undefined;

  constructor(
    environment: Environment,
    transmit: (frame: CommandInput) => boolean,
    onConfirmed: (marks: readonly Mark[]) => void,
  ) {
    this.#environment = environment;
    this.#transmit = transmit;
    this.#onConfirmed = onConfirmed;
  }

  raise(mark: Mark): void {
    const key = keyOf(mark);
    const known = Math.max(this.#due.get(key)?.upTo ?? 0, this.#sent.get(key)?.upTo ?? 0);
    if (mark.upTo <= known) return;
    this.#due.set(key, mark);
    this.#pump();
  }

  online(): void {
    this.#online = true;
    this.#pump();
  }

  offline(): void {
    this.#online = false;
    this.#environment.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#sent.clear();
    this.#sentAt.clear();
    this.#pausedUntil = 0;
  }

  /** What was sent before `time` has arrived. */
  confirm(time: number): void {
    const arrived = [...this.#sent].filter(([key]) => (this.#sentAt.get(key) ?? time) < time);
    for (const [key] of arrived) this.#sent.delete(key);
    if (arrived.length > 0) this.#onConfirmed(arrived.map(([, mark]) => mark));
  }

  /** Everything that waits goes now: the connection is about to be closed. */
  flush(): void {
    for (const [key, mark] of this.#due) this.#send(key, mark);
  }

  /** The log of a conversation began anew: its old marks mean nothing. */
  forget(id: ConversationId): void {
    for (const marks of [this.#due, this.#sent]) {
      for (const [key, mark] of marks) if (mark.id === id) marks.delete(key);
    }
  }

  reset(): void {
    this.offline();
    this.#due.clear();
  }

  /** Says whether the error answers one of these. */
  refused(error: EventOf<"error">): boolean {
    const mark = this.#sent.get(error.ref ?? "");
    if (error.ref === undefined || mark === undefined) return /^(delivered|read|thread)\./.test(error.ref ?? "");
    this.#sent.delete(error.ref);
    if (isRetryable(error.code)) {
      const waitMs = afterRequestedMs(error.retry_after_ms ?? RETRY_MS, this.#environment.random());
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#environment.now() + waitMs);
      if (!this.#due.has(error.ref)) this.#due.set(error.ref, mark);
      this.#pump();
    }
    return true;
  }

  #pump(): void {
    if (!this.#online || this.#timer !== undefined || this.#due.size === 0) return;
    const now = this.#environment.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#tokensAt) * PER_SECOND) / 1000);
    this.#tokensAt = now;
    let next = Number.POSITIVE_INFINITY;
    for (const [key, mark] of this.#due) {
      const quietAt = Math.max(this.#pausedUntil, (this.#sentAt.get(key) ?? 0) + INTERVAL_MS[mark.kind]);
      if (quietAt > now) next = Math.min(next, quietAt);
      else if (this.#tokens < 1) next = Math.min(next, now + INTERVAL_MS.read);
      else if (this.#send(key, mark)) this.#tokens -= 1;
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#environment.setTimer(() => {
      this.#timer = undefined;
      this.#pump();
    }, next - now);
  }

  #send(key: string, mark: Mark): boolean {
    const { kind: type, id: conversation_id, upTo: up_to, root: thread_root } = mark;
    const frame: CommandInput =
      type === "read" && thread_root !== undefined
        ? { type, conversation_id, up_to, thread_root, ref: key }
        : { type, conversation_id, up_to, ref: key };
    if (!this.#transmit(frame)) return false;
    this.#due.delete(key);
    this.#sent.set(key, mark);
    this.#sentAt.set(key, this.#environment.now());
    return true;
  }
}
