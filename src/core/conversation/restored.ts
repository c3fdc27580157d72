import type { Seq, UserId } from "../../shared/ids.ts";
import type { LegalHold } from "../../shared/protocol/http-admin.ts";
import { refuse } from "../../shared/result.ts";
import type { Sql } from "../ports.ts";
import type { Position } from "./member.ts";

interface RestoredRow {
  readonly head: Seq;
  readonly leaving: number;
}

export const LEAVING = refuse("overloaded", "unable to write; the conversation is being restored", {
  retry_after_ms: 2000,
});

/** Where a conversation is between two points in time: read once in a life of the object. */
export class Restored {
  readonly #sql: Sql;
  #row: RestoredRow | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get #state(): RestoredRow {
    this.#row ??= this.#sql.all<RestoredRow>("SELECT head, leaving FROM restored WHERE one = 1")[0] ?? {
      head: 0,
      leaving: 0,
    };
    return this.#row;
  }

  /** Whose list ends before this place, or is of another epoch, begins anew there. */
  get head(): Seq {
    return this.#state.head;
  }

  /** It is about to go back: nothing is written any more, since it would be lost. */
  get isLeaving(): boolean {
    return this.#state.leaving > 0;
  }

  /**
   * It is to come back under this epoch. The mark is written after the time to which it goes: as long as it is there, it has
   * not gone.
   */
  markLeaving(epoch: number): void {
    const { head } = this.#state;
    this.#sql.run("INSERT OR REPLACE INTO restored (one, head, leaving) VALUES (1, ?, ?)", head, epoch);
    this.#row = { head, leaving: epoch };
  }
}

export const isMarked = (sql: Sql): boolean =>
  sql.all("SELECT 1 FROM restored WHERE one = 1 AND leaving > 0").length > 0;

/**
 * A conversation is as it was: from here on it has another epoch. Nobody's list is taken to have anything of it, and the archive,
 * which may have what came later, is given again all that is here. May be repeated.
 */
export const resumeRestored = (sql: Sql, epoch: number, holds: readonly LegalHold[]): Seq => {
  const [known] = sql.all<{ epoch: number }>("SELECT epoch FROM conversation WHERE one = 1");
  const head = sql.all<{ seq: Seq }>("SELECT seq FROM log ORDER BY seq DESC LIMIT 1")[0]?.seq ?? 0;
  if (!known || known.epoch >= epoch) return head;
  sql.transaction(() => {
    sql.run("UPDATE conversation SET epoch = ?, archived = pruned WHERE one = 1", epoch);
    sql.run("INSERT OR REPLACE INTO restored (one, head, leaving) VALUES (1, ?, 0)", head);
    for (const { part, positions } of sql.all<{ part: number; positions: string }>(
      "SELECT part, positions FROM positions",
    )) {
      const all = Object.entries(JSON.parse(positions) as Record<UserId, Position>);
      const none = all.map(([user, [, , ...rest]]) => [user, [0, 0, ...rest]]);
      sql.run("UPDATE positions SET positions = ? WHERE part = ?", JSON.stringify(Object.fromEntries(none)), part);
    }
    // Whoever had come to rest in his list knows of entries that are not there: he is told how things stand.
    sql.run(
      "UPDATE members SET leaving = 1 WHERE left_seq IS NOT NULL AND (SELECT type FROM conversation) <> 'channel'",
    );
    for (const hold of holds)
      sql.run("INSERT OR IGNORE INTO holds (hold_id, hold) VALUES (?, ?)", hold.hold_id, JSON.stringify(hold));
  });
  return head;
};
