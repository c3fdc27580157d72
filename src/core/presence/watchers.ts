import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Clock, Sql } from "../ports.ts";

interface StoredWatcher {
  user_id: UserId;
  until: number;
}

/**
 * Whose devices want to know whether the user is there: each for a time, so that nobody is told for ever who has
 * forgotten that he asked. On disk, since the user may come back long after his object slept.
 */
export class Watchers {
  readonly #sql: Sql;
  readonly #clock: Clock;
  #until: Map<UserId, number> | undefined;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  get size(): number {
    return this.#all.size;
  }

  ids(): UserId[] {
    const now = this.#clock.now();
    for (const [user, until] of this.#all) if (until <= now) this.remove(user);
    return [...this.#all.keys()];
  }

  /** From now on he is told. Written when he is new, and again when half of his time is over. */
  put(user: UserId): void {
    const now = this.#clock.now();
    const until = this.#all.get(user);
    if (until !== undefined && until - now > LIMITS.watchLeaseMs / 2) return;
    if (until === undefined && this.#all.size >= LIMITS.watchers && this.ids().length >= LIMITS.watchers) {
      // Whoever asked longest ago makes room: he learns more when he asks again.
      const oldest = [...this.#all].reduce((a, b) => (b[1] < a[1] ? b : a));
      this.remove(oldest[0]);
    }
    this.#all.set(user, now + LIMITS.watchLeaseMs);
    this.#sql.run(
      "INSERT INTO watchers (user_id, until) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET until = excluded.until",
      user,
      now + LIMITS.watchLeaseMs,
    );
  }

  remove(user: UserId): void {
    if (this.#all.delete(user)) this.#sql.run("DELETE FROM watchers WHERE user_id = ?", user);
  }

  /** Whether they were told that the user is there. */
  get told(): boolean {
    return this.#sql.all<{ told: number }>("SELECT told FROM presence WHERE one = 1")[0]?.told === 1;
  }

  set told(online: boolean) {
    this.#sql.run(
      "INSERT INTO presence (one, told) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET told = excluded.told",
      online ? 1 : 0,
    );
  }

  get #all(): Map<UserId, number> {
    this.#until ??= new Map(
      this.#sql.all<StoredWatcher>("SELECT user_id, until FROM watchers").map((row) => [row.user_id, row.until]),
    );
    return this.#until;
  }
}
