import type { UserId } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";

export interface AddressDeps {
  readonly sql: Sql;
  /** Tells whoever had it to forget what he registered before the take of this number. */
  lose(user: UserId, before: number): Promise<void>;
}

interface FormerRow {
  readonly user_id: UserId;
  readonly before_number: number;
}

/**
 * One push address: whose it is. Whoever had it is on the list of those who are to forget it until he has said that he
 * did, so that whatever dies in between, the next take tells him again.
 */
export class Address {
  readonly #deps: AddressDeps;

  constructor(deps: AddressDeps) {
    this.#deps = deps;
  }

  /** From here on it is this user's. The answer is the number of this take: each has a higher one. */
  async take(user: UserId): Promise<number> {
    const { sql } = this.#deps;
    const number = sql.transaction(() => this.#give(user));
    const former = sql.all<FormerRow>("SELECT user_id, before_number FROM former WHERE user_id <> ?", user);
    await Promise.all(former.map((one) => this.#lose(one)));
    return number;
  }

  /** He was erased: nothing here names him any more. */
  leave(user: UserId): void {
    const { sql } = this.#deps;
    sql.run("DELETE FROM holder WHERE user_id = ?", user);
    sql.run("DELETE FROM former WHERE user_id = ?", user);
  }

  #give(user: UserId): number {
    const { sql } = this.#deps;
    const held = sql.all<{ user_id: UserId; number: number }>("SELECT user_id, number FROM holder WHERE one = 1")[0];
    const number = (held?.number ?? 0) + 1;
    if (held && held.user_id !== user)
      sql.run("INSERT OR REPLACE INTO former (user_id, before_number) VALUES (?, ?)", held.user_id, number);
    // Whoever has it again has nothing to forget of it.
    sql.run("DELETE FROM former WHERE user_id = ?", user);
    sql.run("INSERT OR REPLACE INTO holder (one, user_id, number) VALUES (1, ?, ?)", user, number);
    return number;
  }

  async #lose({ user_id, before_number }: FormerRow): Promise<void> {
    await this.#deps.lose(user_id, before_number);
    // He may have had it once more and lost it again meanwhile: of that he was not told yet.
    this.#deps.sql.run("DELETE FROM former WHERE user_id = ? AND before_number = ?", user_id, before_number);
  }
}
