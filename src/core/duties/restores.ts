import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LegalHold } from "../../shared/protocol/http-admin.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import type { Appointment } from "../alarm.ts";
import type { Clock, Sql } from "../ports.ts";

/** How a conversation stands that is to be restored. */
export interface RestorePoint {
  readonly epoch: number;
  readonly holds: readonly LegalHold[];
}

/** What a conversation that can go back does. May all be repeated; a throw says nothing of whether it was done. */
export interface Restorable {
  /** Whether it can go back to then, ms since 1970, and how it stands. `unsupported`: the platform cannot. */
  restorePoint(at: number): Promise<Result<RestorePoint>>;
  /** It writes nothing any more, and says so on its disk: until it has gone back. */
  markLeaving(epoch: number): Promise<Result<true>>;
  /** It goes back, and ends: the answer is a throw, or that it could not. */
  goBack(at: number): Promise<Result<true>>;
  /** It goes on under this epoch. `undefined`: it has not gone back yet. Else where its log ends. */
  resume(epoch: number, holds: readonly LegalHold[]): Promise<Result<Seq | undefined>>;
}

export interface RestoresDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  conversation(id: ConversationId): Restorable;
  /** There may be something to be carried through later. */
  waits(): void;
}

/** A conversation as it came back. */
export interface CameBack {
  readonly epoch: number;
  readonly head: Seq;
}

interface RestoreRow {
  conversation_id: ConversationId;
  at: number;
  epoch: number;
  holds: string;
  state: "asked" | "marked";
}

const ATTEMPTS = 4;
const UNDER_WAY = refuse("conflict", "unable to restore; the conversation is being restored to another time");
const LATER = refuse("overloaded", "unable to restore now; it goes on by itself", { retry_after_ms: 5000 });

/**
 * Conversations on their way back in time. Each is on the disk here before it goes, since it forgets that it went: whatever
 * dies in between, it comes back under a new epoch. That it has gone is seen by its mark, which is gone with all that came later.
 */
export class Restores implements Appointment {
  readonly #deps: RestoresDeps;
  #last: Promise<unknown> = Promise.resolve();
  #retryAt = 0;

  constructor(deps: RestoresDeps) {
    this.#deps = deps;
  }

  restore(id: ConversationId, at: number): Promise<Result<CameBack>> {
    return this.#inTurn(async () => {
      const known = this.#row(id);
      if (known && known.at !== at) return UNDER_WAY;
      if (known) return this.#carryThrough(known);
      const point = await this.#deps.conversation(id).restorePoint(at);
      if (!point.ok) return point;
      const { epoch, holds } = point.value;
      this.#deps.sql.run(
        "INSERT INTO restores (conversation_id, at, epoch, head, holds, state) VALUES (?, ?, ?, 0, ?, 'asked')",
        id,
        at,
        epoch + 1,
        JSON.stringify(holds),
      );
      const row = this.#row(id);
      return row ? this.#carryThrough(row) : LATER;
    });
  }

  nextAt(): number {
    return this.#deps.sql.all("SELECT 1 FROM restores LIMIT 1").length > 0 ? this.#retryAt : Infinity;
  }

  async ring(now: number): Promise<void> {
    this.#retryAt = now + LIMITS.restoreRetryMs;
    const rows = this.#deps.sql.all<{ conversation_id: ConversationId }>("SELECT conversation_id FROM restores");
    for (const { conversation_id } of rows)
      await this.#inTurn(async () => {
        const row = this.#row(conversation_id);
        if (row) await this.#carryThrough(row);
      }).catch(() => undefined);
  }

  async #carryThrough(row: RestoreRow): Promise<Result<CameBack>> {
    this.#retryAt = this.#deps.clock.now() + LIMITS.restoreRetryMs;
    this.#deps.waits();
    const { conversation_id: id, epoch } = row;
    const conversation = this.#deps.conversation(id);
    if (row.state === "asked") {
      const marked = await conversation.markLeaving(epoch);
      if (!marked.ok) return this.#giveUp(id, marked);
      this.#deps.sql.run("UPDATE restores SET state = 'marked' WHERE conversation_id = ?", id);
    }
    const holds = JSON.parse(row.holds) as LegalHold[];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const resumed = await this.#asked(() => this.#deps.conversation(id).resume(epoch, holds));
      // Nothing came back: asked again, since it may have gone and it must not go twice.
      if (resumed === undefined) continue;
      if (!resumed.ok) return this.#giveUp(id, resumed);
      if (resumed.value !== undefined) {
        this.#forget(id);
        return { ok: true, value: { epoch, head: resumed.value } };
      }
      // It ends with this, and so does the call.
      await this.#asked(() => this.#deps.conversation(id).goBack(row.at));
    }
    return LATER;
  }

  async #asked<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch {
      return undefined;
    }
  }

  #giveUp<T>(id: ConversationId, refusal: T): T {
    this.#forget(id);
    return refusal;
  }

  #forget(id: ConversationId): void {
    this.#deps.sql.run("DELETE FROM restores WHERE conversation_id = ?", id);
  }

  #row(id: ConversationId): RestoreRow | undefined {
    return this.#deps.sql.all<RestoreRow>(
      "SELECT conversation_id, at, epoch, holds, state FROM restores WHERE conversation_id = ?",
      id,
    )[0];
  }

  /** One after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
