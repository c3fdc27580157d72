import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { pageOf } from "../conversation/pages.ts";
import type { ListPage } from "../conversation/pages.ts";
import type { Sql } from "../ports.ts";

export interface BlocksDeps {
  readonly sql: Sql;
  readonly user: UserId;
  /** Somebody is blocked from now on, or not any more. It is on the disk with whatever else the turn writes. */
  changed(other: UserId, blocked: boolean): void;
}

interface Stance {
  readonly blocked: boolean;
  /** Whether the direct conversation of the two knows. */
  readonly told: boolean;
}

interface StoredStance {
  user_id: UserId;
  blocked: number;
  told: number;
}

/** Whom the user blocks: few, and read once in a life of the object. */
export class Blocks {
  readonly #deps: BlocksDeps;
  #stances: Map<UserId, Stance> | undefined;

  constructor(deps: BlocksDeps) {
    this.#deps = deps;
  }

  has(other: UserId): boolean {
    return this.#all.get(other)?.blocked === true;
  }

  /** Of some people, those who are blocked. */
  among(users: readonly UserId[]): UserId[] {
    return this.#all.size === 0 ? [] : users.filter((user) => this.has(user));
  }

  get size(): number {
    let size = 0;
    for (const { blocked } of this.#all.values()) if (blocked) size++;
    return size;
  }

  /** Idempotent. What changed has to be told to the direct conversation of the two. */
  set(other: UserId, blocked: boolean): Result<true> {
    if (other === this.#deps.user) return refuse("bad_request", "unable to block; that is yourself");
    if (this.has(other) === blocked) return { ok: true, value: true };
    if (blocked && this.size >= LIMITS.blocks)
      return refuse("limit_exceeded", `unable to block; at most ${LIMITS.blocks} people`);
    this.#put(other, { blocked, told: false });
    this.#deps.changed(other, blocked);
    return { ok: true, value: true };
  }

  isTold(other: UserId): boolean {
    return this.#all.get(other)?.told ?? true;
  }

  /** The direct conversation knows that it is so. If it is otherwise by now, it has to be told again. */
  told(other: UserId, blocked: boolean): void {
    if (this.isTold(other) || this.has(other) !== blocked) return;
    if (blocked) return this.#put(other, { blocked, told: true });
    this.#deps.sql.run("DELETE FROM blocks WHERE user_id = ?", other);
    this.#all.delete(other);
  }

  /** Those whose direct conversations do not know yet. */
  untold(): UserId[] {
    return [...this.#all].filter(([, { told }]) => !told).map(([other]) => other);
  }

  /** Whom he blocks. */
  list(): UserId[] {
    return [...this.#all.keys()].filter((other) => this.has(other)).sort();
  }

  page(page: ListPage): Result<string> {
    return pageOf(page, {
      noun: "blocks",
      letter: "k",
      first: { seq: 0, key: "" },
      read: ({ key }, limit) =>
        [...this.#all.keys()]
          .filter((other) => other > key && this.has(other))
          .sort()
          .slice(0, limit),
      place: (other) => ({ seq: 0, key: other }),
      json: (some) => some.map((user_id) => JSON.stringify({ user_id })),
    });
  }

  get #all(): Map<UserId, Stance> {
    this.#stances ??= new Map(
      this.#deps.sql
        .all<StoredStance>("SELECT user_id, blocked, told FROM blocks")
        .map(({ user_id, blocked, told }) => [user_id, { blocked: blocked === 1, told: told === 1 }]),
    );
    return this.#stances;
  }

  #put(other: UserId, { blocked, told }: Stance): void {
    this.#deps.sql.run(
      `INSERT INTO blocks (user_id, blocked, told) VALUES (?, ?, ?)
       ON CONFLICT (user_id) DO UPDATE SET blocked = excluded.blocked, told = excluded.told`,
      other,
      blocked ? 1 : 0,
      told ? 1 : 0,
    );
    this.#all.set(other, { blocked, told });
  }
}
