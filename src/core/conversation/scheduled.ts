import type { ClientMessageId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Clock, Sql } from "../ports.ts";
import { pageOf } from "./pages.ts";
import type { ListPage } from "./pages.ts";
import type { Draft } from "./write.ts";

interface Row {
  user_id: UserId;
  client_id: ClientMessageId;
  send_at: number;
  draft: string;
  refused: string | null;
}

const COLUMNS = "user_id, client_id, send_at, draft, refused";

const json = ({ send_at, draft, refused }: Row): string =>
  JSON.stringify({
    ...(JSON.parse(draft) as Draft),
    send_at: toIso(send_at),
    status: refused === null ? "scheduled" : "refused",
    reason: refused ?? undefined,
  });

/** Messages that wait for their time. */
export class Scheduled {
  readonly #sql: Sql;
  readonly #clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /** The same id again replaces what waits. */
  put(user: UserId, draft: Draft, at: number): Result<{ readonly created: boolean; readonly scheduled: string }> {
    const now = this.#clock.now();
    if (at <= now) return refuse("bad_request", "unable to schedule; send_at is over");
    if (at > now + LIMITS.scheduleAheadMs)
      return refuse("limit_exceeded", "unable to schedule; send_at is too far ahead");
    const known = this.#sql.all(
      "SELECT 1 FROM scheduled WHERE user_id = ? AND client_id = ?",
      user,
      draft.client_message_id,
    );
    const waiting = this.#sql.all<{ count: number }>("SELECT COUNT(*) AS count FROM scheduled WHERE user_id = ?", user);
    if (known.length === 0 && (waiting[0]?.count ?? 0) >= LIMITS.scheduled)
      return refuse("limit_exceeded", `unable to schedule; at most ${LIMITS.scheduled} messages wait`);
    const row: Row = {
      user_id: user,
      client_id: draft.client_message_id,
      send_at: at,
      draft: JSON.stringify(draft),
      refused: null,
    };
    this.#sql.run(
      `INSERT INTO scheduled (${COLUMNS}) VALUES (?, ?, ?, ?, NULL)
       ON CONFLICT (user_id, client_id) DO UPDATE SET send_at = excluded.send_at, draft = excluded.draft, refused = NULL`,
      user,
      row.client_id,
      at,
      row.draft,
    );
    return { ok: true, value: { created: known.length === 0, scheduled: json(row) } };
  }

  cancel(user: UserId, id: ClientMessageId): Result<true> {
    const known = this.#sql.all("SELECT 1 FROM scheduled WHERE user_id = ? AND client_id = ?", user, id);
    if (known.length === 0) return refuse("not_found", "unable to take it back; no such message waits");
    this.remove(user, id);
    return { ok: true, value: true };
  }

  list(user: UserId, page: ListPage): Result<string> {
    return pageOf(page, {
      noun: "scheduled",
      letter: "s",
      first: { seq: 0, key: "" },
      read: ({ seq, key }, limit) =>
        this.#sql.all<Row>(
          `SELECT ${COLUMNS} FROM scheduled WHERE user_id = ? AND (send_at, client_id) > (?, ?)
           ORDER BY send_at, client_id LIMIT ?`,
          user,
          seq,
          key,
          limit,
        ),
      place: (row) => ({ seq: row.send_at, key: row.client_id }),
      json: (rows) => rows.map(json),
    });
  }

  /** Whose the next ones are, and when they are due. */
  next(limit: number): { readonly user_id: UserId; readonly client_id: ClientMessageId; readonly at: number }[] {
    return this.#sql.all(
      "SELECT user_id, client_id, send_at AS at FROM scheduled WHERE refused IS NULL ORDER BY send_at LIMIT ?",
      limit,
    );
  }

  /** Whether it still waits, as it is. */
  waits(user: UserId, draft: Draft): boolean {
    const row = this.#sql.all<{ draft: string }>(
      "SELECT draft FROM scheduled WHERE user_id = ? AND client_id = ? AND refused IS NULL",
      user,
      draft.client_message_id,
    )[0];
    return row?.draft === JSON.stringify(draft);
  }

  due(now: number, limit: number): { readonly user: UserId; readonly draft: Draft }[] {
    return this.#sql
      .all<Row>(
        `SELECT ${COLUMNS} FROM scheduled WHERE refused IS NULL AND send_at <= ? ORDER BY send_at LIMIT ?`,
        now,
        limit,
      )
      .map((row) => ({ user: row.user_id, draft: JSON.parse(row.draft) as Draft }));
  }

  remove(user: UserId, id: ClientMessageId): void {
    this.#sql.run("DELETE FROM scheduled WHERE user_id = ? AND client_id = ?", user, id);
  }

  /** It could not be sent; its author sees why. */
  refused(user: UserId, id: ClientMessageId, code: string): void {
    this.#sql.run("UPDATE scheduled SET refused = ? WHERE user_id = ? AND client_id = ?", code, user, id);
  }
}
