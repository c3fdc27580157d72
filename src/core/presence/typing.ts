import type { ConversationId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Timers } from "../ports.ts";

export interface TypingDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  send(id: ConversationId, state: "start" | "stop"): void;
}

/** Where the user is typing: told at most once a second, and taken back when it is not said again. */
export class Typing {
  readonly #deps: TypingDeps;
  /** When it was last said, in the order of that. */
  readonly #saidAt = new Map<ConversationId, number>();
  #cancel: (() => void) | undefined;

  constructor(deps: TypingDeps) {
    this.#deps = deps;
  }

  say(id: ConversationId, state: "start" | "stop"): void {
    const now = this.#deps.clock.now();
    const before = this.#saidAt.get(id);
    // Over already, or never begun: nobody has to be told.
    if (state === "stop" && before === undefined) return;
    if (state === "start" && before !== undefined && Math.abs(now - before) < LIMITS.typingIntervalMs) return;
    this.#saidAt.delete(id);
    if (state === "start") this.#saidAt.set(id, now);
    const [oldest] = this.#saidAt.keys();
    if (this.#saidAt.size > LIMITS.typingConversations && oldest !== undefined) this.#saidAt.delete(oldest);
    this.#deps.send(id, state);
    this.#wait();
  }

  /** A message went out: that tells the others as much as a stop would. */
  sent(id: ConversationId): void {
    this.#saidAt.delete(id);
    this.#wait();
  }

  /** No device is left that could be typed on. */
  end(): void {
    for (const id of this.#saidAt.keys()) this.#deps.send(id, "stop");
    this.#saidAt.clear();
    this.#wait();
  }

  #wait(): void {
    const [first] = this.#saidAt.values();
    if (first === undefined) {
      this.#cancel?.();
      this.#cancel = undefined;
      return;
    }
    const wait = Math.min(Math.max(first + LIMITS.typingExpiresMs - this.#deps.clock.now(), 0), LIMITS.typingExpiresMs);
    this.#cancel ??= this.#deps.timers.after(wait, () => {
      this.#cancel = undefined;
      this.#expire();
    });
  }

  #expire(): void {
    const over = this.#deps.clock.now() - LIMITS.typingExpiresMs;
    for (const [id, at] of this.#saidAt) {
      if (at > over) break;
      this.#saidAt.delete(id);
      this.#deps.send(id, "stop");
    }
    this.#wait();
  }
}
