import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { LegalHold } from "../../shared/protocol/http-admin.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Appointment } from "../alarm.ts";
import { pageOf } from "../conversation/pages.ts";
import type { ListPage } from "../conversation/pages.ts";
import type { Clock, Sql } from "../ports.ts";

export interface HoldsDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Tells whom it is about, who goes on by himself if he has others to tell. May be repeated. A throw: out of reach. */
  place(hold: LegalHold): Promise<Result<true>>;
  release(hold: LegalHold): Promise<Result<true>>;
  /** There may be something to be told later. */
  waits(): void;
}

/** A hold to be placed: on a conversation, or on a user. */
export type HoldWish = Omit<LegalHold, "placed_at" | "placed_by">;

interface HoldRow {
  hold_id: string;
  hold: string;
  state: "placing" | "standing" | "releasing";
}

const NO_HOLD = refuse("not_found", "unable to find the hold; there is none of this id");
const isSame = (a: HoldWish, b: HoldWish): boolean =>
  a.conversation_id === b.conversation_id && a.user_id === b.user_id;

/** The legal holds of a deployment. Each is on the disk before anybody is told of it, and until everybody knows that it is over. */
export class LegalHolds implements Appointment {
  readonly #deps: HoldsDeps;
  #last: Promise<unknown> = Promise.resolve();
  #retryAt = 0;
  #retryMs: number = LIMITS.holdRetryMs;

  constructor(deps: HoldsDeps) {
    this.#deps = deps;
  }

  /** In force when it is answered. The same id again is the same hold. */
  place(wish: HoldWish, by: UserId): Promise<Result<{ readonly hold: LegalHold; readonly created: boolean }>> {
    return this.#inTurn(async () => {
      const { sql, clock } = this.#deps;
      const known = this.#row(wish.hold_id);
      const hold = known ? holdOf(known) : { ...wish, placed_at: toIso(clock.now()), placed_by: by };
      if (known?.state === "releasing" || !isSame(hold, wish))
        return refuse("conflict", "unable to place the hold; another one has this id");
      if (!known) {
        const stored = JSON.stringify(hold);
        sql.run("INSERT INTO holds (hold_id, hold, state) VALUES (?, ?, 'placing')", hold.hold_id, stored);
      }
      if (known?.state !== "standing") {
        const told = await this.#tellPlaced(hold);
        if (!told.ok) return told;
      }
      return { ok: true, value: { hold, created: !known } };
    });
  }

  release(id: string): Promise<Result<true>> {
    return this.#inTurn(async () => {
      const row = this.#row(id);
      if (!row) return NO_HOLD;
      if (row.state !== "releasing") this.#deps.sql.run("UPDATE holds SET state = 'releasing' WHERE hold_id = ?", id);
      return this.#tellReleased(holdOf(row));
    });
  }

  page(page: ListPage): Result<string> {
    return pageOf<HoldRow>(page, {
      noun: "holds",
      letter: "l",
      first: { seq: 0, key: "" },
      read: ({ key }, limit) =>
        this.#deps.sql.all<HoldRow>(
          "SELECT hold_id, hold, state FROM holds WHERE state <> 'releasing' AND hold_id > ? ORDER BY hold_id LIMIT ?",
          key,
          limit,
        ),
      place: ({ hold_id }) => ({ seq: 0, key: hold_id }),
      json: (rows) => rows.map(({ hold }) => hold),
    });
  }

  nextAt(): number {
    return this.#open().length > 0 ? this.#retryAt : Infinity;
  }

  async ring(now: number): Promise<void> {
    this.#retryMs = Math.min(this.#retryMs * 2, LIMITS.blockRetryMaxMs);
    this.#retryAt = now + this.#retryMs;
    for (const row of this.#open()) {
      const again = (): Promise<unknown> =>
        row.state === "placing" ? this.#tellPlaced(holdOf(row)) : this.#tellReleased(holdOf(row));
      // It may be otherwise by now: asked when its turn comes.
      await this.#inTurn(async () => (this.#row(row.hold_id)?.state === row.state ? again() : undefined)).catch(
        () => undefined,
      );
    }
    if (this.#open().length === 0) this.#retryMs = LIMITS.holdRetryMs;
  }

  /** A hold on what does not exist is none. */
  async #tellPlaced(hold: LegalHold): Promise<Result<true>> {
    this.#await();
    const told = await this.#deps.place(hold);
    if (told.ok) this.#deps.sql.run("UPDATE holds SET state = 'standing' WHERE hold_id = ?", hold.hold_id);
    else if (told.refusal.code === "not_found") this.#forget(hold);
    return told;
  }

  async #tellReleased(hold: LegalHold): Promise<Result<true>> {
    this.#await();
    const told = await this.#deps.release(hold);
    const isGone = !told.ok && told.refusal.code === "not_found";
    if (told.ok || isGone) this.#forget(hold);
    return isGone ? { ok: true, value: true } : told;
  }

  #await(): void {
    this.#retryAt = Math.max(this.#retryAt, this.#deps.clock.now() + this.#retryMs);
    this.#deps.waits();
  }

  #forget({ hold_id }: LegalHold): void {
    this.#deps.sql.run("DELETE FROM holds WHERE hold_id = ?", hold_id);
  }

  #row(id: string): HoldRow | undefined {
    return this.#deps.sql.all<HoldRow>("SELECT hold_id, hold, state FROM holds WHERE hold_id = ?", id)[0];
  }

  #open(): HoldRow[] {
    return this.#deps.sql.all<HoldRow>("SELECT hold_id, hold, state FROM holds WHERE state <> 'standing'");
  }

  /** One after the other: of one hold, that it is placed is not told after that it is over. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

const holdOf = ({ hold }: HoldRow): LegalHold => JSON.parse(hold) as LegalHold;
