import type { UserId } from "../../shared/ids.ts";
import { refuse } from "../../shared/result.ts";
import type { Clock, Sql } from "../ports.ts";

/** That an account is suspended. */
export interface Suspended {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: UserId;
  readonly reason: string;
}

export const SUSPENDED = refuse("forbidden", "unable to sign in; the account is suspended");

/** Whether the account is suspended: read once in a life of the object. */
export class Suspension {
  readonly #sql: Sql;
  readonly #clock: Clock;
  #known: { readonly state: Suspended | undefined } | undefined;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  get state(): Suspended | undefined {
    this.#known ??= { state: this.#sql.all<Suspended>("SELECT at, by, reason FROM suspension WHERE one = 1")[0] };
    return this.#known.state;
  }

  /** Who suspends first is who did it. */
  begin(by: UserId, reason: string): void {
    if (this.state) return;
    const state = { at: this.#clock.now(), by, reason };
    this.#sql.run("INSERT INTO suspension (one, at, by, reason) VALUES (1, ?, ?, ?)", state.at, by, reason);
    this.#known = { state };
  }

  lift(): void {
    if (this.state) this.#sql.run("DELETE FROM suspension WHERE one = ?", 1);
    this.#known = { state: undefined };
  }
}
