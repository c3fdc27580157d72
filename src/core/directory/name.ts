import type { UserId } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";

export interface NameDeps {
  readonly sql: Sql;
  /** Whether this user's profile shows the name, or is just about to. */
  keeps(user: UserId): Promise<boolean>;
}

/**
 * One username: to whom it was given. The profile that shows it is what counts, so whoever has it is asked before
 * it is given to somebody else. What a crash left behind, a name that was given and never shown or one that was
 * given up, is thereby free for whoever wants it next, and there is nothing to undo.
 */
export class Name {
  readonly #deps: NameDeps;
  #given = 0;

  constructor(deps: NameDeps) {
    this.#deps = deps;
  }

  get holder(): UserId | undefined {
    return this.#deps.sql.all<{ user_id: UserId }>("SELECT user_id FROM holder WHERE one = 1")[0]?.user_id;
  }

  /** Whether the name is this user's now. */
  async claim(user: UserId): Promise<boolean> {
    for (;;) {
      const holder = this.holder;
      if (holder === undefined || holder === user) {
        this.#give(user, holder);
        return true;
      }
      if (await this.#isKept(holder)) return false;
    }
  }

  /** Lets go of it, unless whoever has it keeps it. */
  async review(): Promise<void> {
    const holder = this.holder;
    if (holder !== undefined) await this.#isKept(holder);
  }

  #give(user: UserId, holder: UserId | undefined): void {
    this.#given++;
    if (holder === undefined) this.#deps.sql.run("INSERT INTO holder (one, user_id) VALUES (1, ?)", user);
  }

  /** Answers no only after the name was let go of, or given anew meanwhile: then there is somebody else to ask. */
  async #isKept(holder: UserId): Promise<boolean> {
    const given = this.#given;
    if (await this.#deps.keeps(holder)) return true;
    // The answer may be older than a claim that came while it was on its way.
    if (this.#given === given) this.#deps.sql.run("DELETE FROM holder WHERE one = ?", 1);
    return false;
  }
}
