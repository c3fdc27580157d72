import type { Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Result } from "../../shared/result.ts";
import type { Clock, Sql } from "../ports.ts";
import { next } from "../soon.ts";
import type { Soon } from "../soon.ts";
import type { Alarms } from "./alarms.ts";
import type { Appender } from "./appender.ts";
import type { EntryCodec } from "./entry-codec.ts";
import type { GroupActs } from "./group-acts.ts";
import type { LogReader } from "./log-reader.ts";
import type { LogRow, LogTable } from "./log-table.ts";
import type { MessageActs } from "./message-acts.ts";
import { editedOf } from "./message-table.ts";
import type { ReactionTable } from "./reaction-table.ts";
import type { Roster } from "./roster.ts";
import { entryOf } from "./verdict.ts";

export interface ErasingDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: LogTable;
  readonly reactions: ReactionTable;
  readonly reader: LogReader;
  readonly codec: EntryCodec;
  readonly roster: Roster;
  readonly appender: Appender;
  readonly acts: MessageActs;
  readonly groupActs: GroupActs;
  readonly alarms: Alarms;
  head(): Seq;
  /** Entries are in the log. */
  appended(rows: readonly LogRow[]): void;
  /** They are on their way to the members. */
  pump(): void;
}

/** What of a person is not in a conversation any more, counted, and what is. */
export interface ErasedHere {
  /** Nothing more is to be done, here or in the archive. */
  readonly isDone: boolean;
  /** The next call has something to do: it need not wait for anything. */
  readonly hasMore: boolean;
  readonly removed: Readonly<Record<ErasedKind, number>>;
  /** Originals that legal holds keep. */
  readonly held: number;
  /** He cannot leave it: a direct conversation has two people. */
  readonly stays: boolean;
}

const KINDS = ["messages", "reactions", "scheduled", "invites", "thread_reads", "memberships"] as const;
export type ErasedKind = (typeof KINDS)[number];
type Row = { user_id: UserId; scanned: Seq; looked: number } & Record<ErasedKind, number>;

/** A reaction of his, and the message that it is on. */
interface Reacted {
  readonly seq: Seq;
  readonly emoji: string;
  readonly hidden_from: UserId | null;
}

/**
 * Takes a person out of a conversation, a bounded part with each call: his messages are emptied by deletions that everybody
 * learns of in their order, his reactions withdrawn, and he leaves. Ids stay in the log. What was done is counted in the turn
 * that does it, so that a call that comes again counts nothing twice.
 */
export class Erasing {
  readonly #deps: ErasingDeps;

  constructor(deps: ErasingDeps) {
    this.#deps = deps;
  }

  erase(user: UserId): Soon<Result<ErasedHere>> {
    const row = this.#row(user) ?? this.#begin(user);
    if (row.looked === 0) return this.#then(user, this.#messages(row));
    const reacted = this.#reacted(user);
    if (reacted.length > 0) return this.#then(user, this.#unreact(user, reacted));
    this.#leave(user);
    // What he wrote while he was being suspended came after the rest was looked through.
    return this.#then(user, this.#messages(row), true);
  }

  #then(user: UserId, work: Soon<Result<number>>, isLast = false): Soon<Result<ErasedHere>> {
    return next(work, (done) => {
      if (!done.ok) return done;
      const isOwed = this.#isOwed();
      // What changed is archived and indexed anew when the alarm rings.
      if (isOwed) this.#deps.alarms.by(this.#deps.clock.now() + 1);
      const hasMore = !isLast || done.value > 0;
      return { ok: true, value: { ...this.#state(user), hasMore, isDone: !hasMore && !isOwed } };
    });
  }

  #row(user: UserId): Row | undefined {
    return this.#deps.sql.all<Row>(
      `SELECT user_id, scanned, looked, ${KINDS.join(", ")} FROM erasures WHERE user_id = ?`,
      user,
    )[0];
  }

  #count(kind: ErasedKind, user: UserId, more: number): void {
    if (more > 0) this.#deps.sql.run(`UPDATE erasures SET ${kind} = ${kind} + ? WHERE user_id = ?`, more, user);
  }

  /** First what would make something new, or is nobody else's. */
  #begin(user: UserId): Row {
    const { sql } = this.#deps;
    return sql.transaction(() => {
      sql.run("INSERT INTO erasures (user_id) VALUES (?)", user);
      const own = [
        ["scheduled", "scheduled", "user_id"],
        ["invites", "invites", "created_by"],
        ["thread_reads", "thread_reads", "user_id"],
      ] as const;
      for (const [kind, table, column] of own) {
        const [found] = sql.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table} WHERE ${column} = ?`, user);
        sql.run(`DELETE FROM ${table} WHERE ${column} = ?`, user);
        this.#count(kind, user, found?.n ?? 0);
      }
      const row = this.#row(user);
      if (!row) throw new Error("unable to erase; what was written is not there");
      return row;
    });
  }

  /** The next page of the log: what he wrote in it, and stands, goes. */
  #messages(row: Row): Soon<Result<number>> {
    const range = {
      after: row.scanned,
      before: Infinity,
      order: "oldest",
      kind: "message",
      limit: LIMITS.erasePage,
    } as const;
    const { reader, log } = this.#deps;
    const look = (): LogRow[] => {
      const page = reader.page(range);
      for (const message of page) {
        if (!this.#isHis(message, row.user_id)) continue;
        // What is emptied has to be at hand.
        for (const seq of [message.seq, ...(editedOf(message)?.entries ?? [])]) log.at(seq);
      }
      return page;
    };
    return reader.acting(look, (page) => {
      const last = page.at(-1);
      const isAll = page.length < LIMITS.erasePage || !last;
      const his = page.filter((message) => this.#isHis(message, row.user_id));
      this.#remove(row.user_id, his, isAll ? this.#deps.head() : last.seq, isAll);
      return { ok: true, value: his.length };
    });
  }

  #isHis({ sender_id, deleted_seq }: LogRow, user: UserId): boolean {
    return sender_id === user && deleted_seq === null;
  }

  #remove(user: UserId, messages: readonly LogRow[], scanned: Seq, isAll: boolean): void {
    const { acts, codec, appender, sql } = this.#deps;
    const removals = messages.map((row) => acts.removal(row, codec.idOf(row), "erased"));
    const rows = appender.add(
      removals.map(({ entry }) => entry),
      (entries) => {
        entries.forEach((entry, index) => removals[index]?.apply(entry));
        this.#count("messages", user, removals.length);
        sql.run(
          "UPDATE erasures SET scanned = ?, looked = MAX(looked, ?) WHERE user_id = ?",
          scanned,
          isAll ? 1 : 0,
          user,
        );
      },
    );
    if (rows.length > 0) this.#written(rows);
  }

  #written(rows: readonly LogRow[]): void {
    this.#deps.appended(rows);
    this.#deps.pump();
  }

  #reacted(user: UserId): Reacted[] {
    return this.#deps.sql.all<Reacted>(
      "SELECT seq, emoji, hidden_from FROM reactions WHERE user_id = ? ORDER BY seq LIMIT ?",
      user,
      LIMITS.erasePage,
    );
  }

  #unreact(user: UserId, reacted: readonly Reacted[]): Soon<Result<number>> {
    const { reader, log, reactions, codec, appender } = this.#deps;
    return reader.acting(
      () => reacted.map((one) => ({ ...one, message: log.at(one.seq) })),
      (found) => {
        const entries = found.flatMap(({ emoji, hidden_from, message }) =>
          message ? [entryOf(user, "reaction", { target: codec.idOf(message), emoji, op: "remove" }, hidden_from)] : [],
        );
        const rows = appender.add(entries, () => {
          for (const { seq, emoji } of found) reactions.remove(seq, user, emoji);
          this.#count("reactions", user, found.length);
        });
        this.#written(rows);
        return { ok: true, value: found.length };
      },
    );
  }

  #leave(user: UserId): void {
    const { roster, groupActs, appender, clock } = this.#deps;
    const member = roster.get(user);
    const verdict = member && groupActs.leaving(member, clock.now());
    if (!verdict?.ok || !("entries" in verdict)) return;
    const rows = appender.add(verdict.entries, (entries) => {
      verdict.apply?.(entries);
      this.#count("memberships", user, 1);
    });
    this.#written(rows);
  }

  #state(user: UserId): Omit<ErasedHere, "isDone" | "hasMore"> {
    const row = this.#row(user);
    const removed = Object.fromEntries(KINDS.map((kind) => [kind, row?.[kind] ?? 0])) as Record<ErasedKind, number>;
    return { removed, held: this.#held(user), stays: this.#deps.roster.get(user) !== undefined };
  }

  #held(user: UserId): number {
    return (
      this.#deps.sql.all<{ n: number }>("SELECT COUNT(DISTINCT seq) AS n FROM held WHERE sender_id = ?", user)[0]?.n ??
      0
    );
  }

  /** Whether the archive or the index still have what is emptied here. */
  #isOwed(): boolean {
    const { sql } = this.#deps;
    if (sql.all("SELECT 1 FROM stale LIMIT 1").length > 0) return true;
    const isIndexed = sql.all("SELECT 1 FROM sqlite_master WHERE name = 'search_dirty'").length > 0;
    return isIndexed && sql.all("SELECT 1 FROM search_dirty LIMIT 1").length > 0;
  }
}
