import type { Message } from "../../src/shared/protocol/message.ts";
import type { Aside } from "./aside.ts";
import type { Environment, Timer } from "./environment.ts";
import { expired, hasExpired } from "./fold.ts";
import type { LocalState } from "./local-state.ts";
import type { StoredMessage } from "./store.ts";

export interface ExpiryDeps {
  readonly environment: Environment;
  readonly state: LocalState;
  readonly aside: Aside;
}

const NEVER = Number.POSITIVE_INFINITY;

/** When a message has to disappear, in milliseconds since 1970. */
const endOf = (message: StoredMessage | Message | undefined): number =>
  message?.expires_at === undefined || message.deleted_at !== undefined || hasExpired(message)
    ? NEVER
    : Date.parse(message.expires_at);

/** Takes messages away when their time is up, with or without a network: one timer, for the one that is due next. */
export class Expiry {
  readonly #deps: ExpiryDeps;
  #timer: Timer | undefined;
  #dueAt = NEVER;
  #aheadMs = 0;

  constructor(deps: ExpiryDeps) {
    this.#deps = deps;
  }

  /** What the server's clock shows beyond this one's. */
  set aheadMs(ms: number) {
    this.#aheadMs = ms;
    this.sweep();
  }

  /** Messages came into memory. Those whose time was up go at once. */
  watch(messages: readonly StoredMessage[]): void {
    const next = Math.min(...messages.map(endOf));
    if (next >= this.#dueAt) return;
    if (next <= this.#now()) this.sweep();
    else this.#arm(next);
  }

  /** Takes away what is due, and waits for the next. */
  sweep(): void {
    const { state, aside } = this.#deps;
    const now = this.#now();
    const change = state.begin();
    let next = NEVER;
    const isDue = (message: StoredMessage | Message | undefined): boolean => {
      const end = endOf(message);
      if (end > now) next = Math.min(next, end);
      return end <= now;
    };
    for (const copy of state.copies.values()) {
      const due = copy.messages.filter(isDue).map(expired);
      copy.put(due);
      if (due.length > 0) change.messages(copy, due);
      aside.alter(copy, (message) => (isDue(message) ? expired(message) : message));
    }
    for (const row of state.rows.values()) {
      const last = row.last_message;
      if (last === undefined || !isDue(last)) continue;
      const { media: _media, preview: _preview, mentions: _mentions, ...rest } = last;
      change.row({ ...row, last_message: { ...rest, content: "", deleted_at: last.expires_at } });
    }
    this.#arm(next);
    void change.commit();
  }

  stop(): void {
    this.#deps.environment.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#dueAt = NEVER;
  }

  #now(): number {
    return this.#deps.environment.now() + this.#aheadMs;
  }

  #arm(dueAt: number): void {
    this.stop();
    if (dueAt === NEVER) return;
    this.#dueAt = dueAt;
    this.#timer = this.#deps.environment.setTimer(() => this.sweep(), dueAt - this.#now());
  }
}
