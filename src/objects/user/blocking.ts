import type { Appointment } from "../../core/alarm.ts";
import { NOT_FOUND } from "../../core/conversation/refusals.ts";
import type { Blocks } from "../../core/inbox/blocks.ts";
import type { Clock } from "../../core/ports.ts";
import type { ConversationId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Result } from "../../shared/result.ts";
import type { Uplink } from "./uplink.ts";

export interface BlockingDeps {
  readonly clock: Clock;
  readonly blocks: Blocks;
  readonly uplink: Pick<Uplink, "block">;
  /** The direct conversation with somebody, whether or not there is one; `undefined`: nobody can have founded it. */
  conversationWith(other: UserId): Promise<Result<ConversationId | undefined>>;
  /** There may be something to be told again. */
  waits(): void;
  /** Goes on after the call that began it is answered. */
  later(work: Promise<unknown>): void;
}

const DONE = { ok: true, value: true } as const;

/**
 * Direct conversations learn whom the user blocks: they are where it takes effect. What one could not be told is told
 * again by the alarm, until it knows.
 */
export class Blocking implements Appointment {
  readonly #deps: BlockingDeps;
  readonly #calls = new Map<UserId, Promise<Result<true>>>();
  #retryAt = 0;
  #retryMs: number = LIMITS.blockRetryMs;

  constructor(deps: BlockingDeps) {
    this.#deps = deps;
  }

  /** When it is answered, the conversation has it on its disk: what is acknowledged from then on is hidden. */
  async set(other: UserId, blocked: boolean): Promise<Result<true>> {
    const { blocks, clock } = this.#deps;
    const set = blocks.set(other, blocked);
    if (!set.ok || blocks.isTold(other)) return set;
    this.#retryAt = Math.max(this.#retryAt, clock.now() + LIMITS.blockRetryMs);
    this.#deps.waits();
    return this.#tell(other);
  }

  nextAt(): number {
    return this.#deps.blocks.untold().length > 0 ? this.#retryAt : Infinity;
  }

  ring(now: number): void {
    this.#retryMs = Math.min(this.#retryMs * 2, LIMITS.blockRetryMaxMs);
    this.#retryAt = now + this.#retryMs;
    this.#deps.later(this.#tellAll());
  }

  async #tellAll(): Promise<void> {
    for (const other of this.#deps.blocks.untold()) await this.#tell(other);
    if (this.#deps.blocks.untold().length === 0) this.#retryMs = LIMITS.blockRetryMs;
  }

  /** Calls to one conversation do not overlap: the last one says how it is. */
  #tell(other: UserId): Promise<Result<true>> {
    const before = this.#calls.get(other) ?? Promise.resolve(DONE);
    const call = before
      .then(() => this.#call(other))
      .finally(() => {
        if (this.#calls.get(other) === call) this.#calls.delete(other);
      });
    this.#calls.set(other, call);
    return call;
  }

  async #call(other: UserId): Promise<Result<true>> {
    const { blocks, uplink } = this.#deps;
    if (blocks.isTold(other)) return DONE;
    const blocked = blocks.has(other);
    const id = await this.#deps.conversationWith(other);
    if (!id.ok) return id;
    const result = id.value === undefined ? NOT_FOUND : await uplink.block(id.value, blocked);
    // Nobody founded it: whoever does will ask.
    if (!result.ok && result.refusal.code !== "not_found") return result;
    blocks.told(other, blocked);
    return DONE;
  }
}
