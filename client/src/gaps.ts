import { isRetryable } from "../../src/shared/errors.ts";
import type { ConversationId, Seq } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import { afterRequestedMs } from "./backoff.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import type { Environment, Timer } from "./environment.ts";

export interface GapsDeps {
  readonly environment: Environment;
  readonly transmit: (frame: CommandInput) => boolean;
  readonly copyOf: (id: ConversationId) => ConversationCopy | undefined;
  /** A conversation that nobody looks at and of which nothing is pushed: what it is missing is not asked for. */
  readonly sleeping: (id: ConversationId) => boolean;
  /** A gap wider than this is not worth filling: the newest stretch is kept, the rest is read when it is looked at. */
  readonly widest: (id: ConversationId) => number;
  /** The copy has to begin anew at `from`: what is before it is paged back when somebody looks. */
  readonly restart: (copy: ConversationCopy, from: Seq) => void;
  /** There is nothing to wait for after all. */
  readonly giveUp: (copy: ConversationCopy) => void;
}

/** Entries that are merely on their way need no asking. */
const PATIENCE_MS = 500;
const RETRY_MS = 1000;
const REF = "log.";

/** Finds out what a log is missing, and asks for it until nothing is. */
export class Gaps {
  readonly #deps: GapsDeps;
  readonly #asked = new Map<ConversationId, Seq>();
  readonly #timers = new Map<ConversationId, Timer>();

  constructor(deps: GapsDeps) {
    this.#deps = deps;
  }

  /** To be called whenever a copy has changed. */
  check(copy: ConversationCopy): void {
    if (!copy.behind || this.#deps.sleeping(copy.id)) this.#clear(copy.id);
    else if (copy.gap) this.#ask(copy);
    else this.#later(copy.id, PATIENCE_MS);
  }

  /** A conversation that was found to be behind after a reconnect: nothing is on its way. */
  ask(copy: ConversationCopy): void {
    if (copy.behind) this.#ask(copy);
  }

  isAnswer(frame: EventOf<"entries">): boolean {
    return frame.ref === `${REF}${frame.conversation_id}`;
  }

  /** Before the answer is applied: whether it continues the copy. If not, the copy has begun anew. */
  answered(copy: ConversationCopy, frame: EventOf<"entries">): void {
    const after = this.#asked.get(copy.id);
    this.#asked.delete(copy.id);
    if (frame.epoch !== copy.epoch || after === undefined || copy.upTo > after) return;
    const first = frame.entries[0]?.seq ?? frame.head_seq + 1;
    if (first > copy.upTo + 1) this.#deps.restart(copy, first);
    else if (frame.head_seq <= copy.upTo && !copy.gap) this.#deps.giveUp(copy);
  }

  /** After an answer is applied: asks on while the server has more. */
  proceed(copy: ConversationCopy, serverHead: Seq): void {
    if (copy.behind && serverHead > copy.upTo) this.#ask(copy);
    else this.check(copy);
  }

  /** Says whether the error answers one of these. */
  refused(error: EventOf<"error">): boolean {
    if (error.ref?.startsWith(REF) !== true) return false;
    const id = error.ref.slice(REF.length);
    const copy = this.#deps.copyOf(id);
    this.#asked.delete(id);
    if (copy === undefined) return true;
    if (isRetryable(error.code)) {
      this.#later(id, afterRequestedMs(error.retry_after_ms ?? RETRY_MS, this.#deps.environment.random()));
    } else this.#deps.giveUp(copy);
    return true;
  }

  offline(): void {
    this.#asked.clear();
    for (const id of this.#timers.keys()) this.#clear(id);
  }

  #ask(copy: ConversationCopy): void {
    if (this.#asked.has(copy.id) || this.#deps.sleeping(copy.id)) return;
    this.#clear(copy.id);
    if (copy.head - copy.upTo > this.#deps.widest(copy.id)) {
      this.#deps.restart(copy, copy.firstAhead() ?? copy.head + 1);
      return;
    }
    const { id, upTo: after } = copy;
    const frame = { type: "log", conversation_id: id, after, limit: LIMITS.pageMax, ref: `${REF}${id}` } as const;
    if (this.#deps.transmit(frame)) this.#asked.set(id, after);
  }

  #later(id: ConversationId, delayMs: number): void {
    if (this.#timers.has(id) || this.#asked.has(id)) return;
    const timer = this.#deps.environment.setTimer(() => {
      this.#timers.delete(id);
      const copy = this.#deps.copyOf(id);
      if (copy !== undefined) this.ask(copy);
    }, delayMs);
    this.#timers.set(id, timer);
  }

  #clear(id: ConversationId): void {
    this.#deps.environment.clearTimer(this.#timers.get(id));
    this.#timers.delete(id);
  }
}
