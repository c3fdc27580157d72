import type { ConversationId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LegalHold } from "../../shared/protocol/http-admin.ts";
import type { Result } from "../../shared/result.ts";
import type { Appointment } from "../alarm.ts";
import { inBatches } from "../batches.ts";
import type { Clock, Sql } from "../ports.ts";

export interface UserHoldsDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Conversations that he is in, or was. */
  conversations(): readonly ConversationId[];
  /** Tells a conversation of a hold, or that it is over. May be repeated. A throw: it could not be reached. */
  place(id: ConversationId, hold: LegalHold): Promise<Result<true>>;
  release(id: ConversationId, hold: LegalHold): Promise<Result<true>>;
  /** There may be something to be told later. */
  waits(): void;
}

interface Standing {
  readonly hold: LegalHold;
  released: boolean;
  readonly told: Set<ConversationId>;
}

/**
 * Legal holds on a user: they are in force in every conversation that he is in, was in, or comes into later. Each is
 * told, and what could not be told is told again by the alarm. Most users never have one: then this is one look at an empty table.
 */
export class UserHolds implements Appointment {
  readonly #deps: UserHoldsDeps;
  #standing: Map<string, Standing> | undefined;
  /** Somebody may have to be told: at first nobody knows what the last life had left. */
  #isOpen = true;
  #retryAt = 0;
  #retryMs: number = LIMITS.holdRetryMs;
  #telling: Promise<void> = Promise.resolve();

  constructor(deps: UserHoldsDeps) {
    this.#deps = deps;
  }

  all(): LegalHold[] {
    return [...this.#all.values()].filter(({ released }) => !released).map(({ hold }) => hold);
  }

  /** When it is answered every conversation knows, or the alarm goes on: that is the answer. */
  async place(hold: LegalHold): Promise<boolean> {
    if (!this.#all.has(hold.hold_id)) {
      this.#deps.sql.run("INSERT INTO holds (hold_id, hold) VALUES (?, ?)", hold.hold_id, JSON.stringify(hold));
      this.#all.set(hold.hold_id, { hold, released: false, told: new Set() });
    }
    return this.#begin();
  }

  async release(id: string): Promise<boolean> {
    const standing = this.#all.get(id);
    if (!standing) return true;
    if (!standing.released) this.#deps.sql.run("UPDATE holds SET released = 1 WHERE hold_id = ?", id);
    standing.released = true;
    return this.#begin();
  }

  /** A conversation came into his list. */
  began(): void {
    if (this.#all.size === 0) return;
    this.#isOpen = true;
    this.#retryAt = Math.min(this.#retryAt, this.#deps.clock.now());
    this.#deps.waits();
  }

  nextAt(): number {
    return this.#isOpen && this.#all.size > 0 ? this.#retryAt : Infinity;
  }

  async ring(now: number): Promise<void> {
    this.#retryMs = Math.min(this.#retryMs * 2, LIMITS.blockRetryMaxMs);
    this.#retryAt = now + this.#retryMs;
    await this.#tellAll();
  }

  async #begin(): Promise<boolean> {
    this.#isOpen = true;
    this.#retryAt = Math.max(this.#retryAt, this.#deps.clock.now() + LIMITS.holdRetryMs);
    this.#deps.waits();
    await this.#tellAll();
    return !this.#isOpen;
  }

  /** One round after the other: of one hold, that it is placed is not told after that it is over. */
  #tellAll(): Promise<void> {
    this.#telling = this.#telling.catch(() => undefined).then(() => this.#round());
    return this.#telling;
  }

  async #round(): Promise<void> {
    this.#isOpen = false;
    for (const standing of this.#all.values()) {
      const isDone = standing.released
        ? await this.#releaseEverywhere(standing)
        : await this.#placeEverywhere(standing);
      if (!isDone) this.#isOpen = true;
    }
    if (!this.#isOpen) this.#retryMs = LIMITS.holdRetryMs;
  }

  async #placeEverywhere({ hold, told }: Standing): Promise<boolean> {
    const untold = this.#deps.conversations().filter((id) => !told.has(id));
    const results = await inBatches(untold, (id) => this.#tell(() => this.#deps.place(id, hold)));
    untold.forEach((id, index) => {
      if (!results[index] || told.has(id)) return;
      told.add(id);
      this.#deps.sql.run("INSERT INTO holds_told (hold_id, conversation_id) VALUES (?, ?)", hold.hold_id, id);
    });
    return results.every(Boolean);
  }

  async #releaseEverywhere({ hold, told }: Standing): Promise<boolean> {
    const all = [...told];
    const results = await inBatches(all, (id) => this.#tell(() => this.#deps.release(id, hold)));
    all.forEach((id, index) => {
      if (!results[index]) return;
      told.delete(id);
      this.#deps.sql.run("DELETE FROM holds_told WHERE hold_id = ? AND conversation_id = ?", hold.hold_id, id);
    });
    if (told.size > 0) return false;
    this.#deps.sql.run("DELETE FROM holds WHERE hold_id = ?", hold.hold_id);
    this.#all.delete(hold.hold_id);
    return true;
  }

  /** Whether it knows. What does not exist has nothing to keep. */
  async #tell(call: () => Promise<Result<true>>): Promise<boolean> {
    try {
      const result = await call();
      return result.ok || result.refusal.code === "not_found";
    } catch {
      return false;
    }
  }

  get #all(): Map<string, Standing> {
    if (this.#standing) return this.#standing;
    const { sql } = this.#deps;
    const rows = sql.all<{ hold_id: string; hold: string; released: number }>(
      "SELECT hold_id, hold, released FROM holds",
    );
    const told = (id: string) =>
      sql.all<{ conversation_id: ConversationId }>("SELECT conversation_id FROM holds_told WHERE hold_id = ?", id);
    this.#standing = new Map(
      rows.map(({ hold_id, hold, released }) => [
        hold_id,
        {
          hold: JSON.parse(hold) as LegalHold,
          released: released === 1,
          told: new Set(told(hold_id).map(({ conversation_id }) => conversation_id)),
        },
      ]),
    );
    return this.#standing;
  }
}
