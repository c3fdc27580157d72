import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { isStaff, may } from "../../shared/permissions.ts";
import type { Standing } from "../../shared/permissions.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import type { Clock, Sql } from "../ports.ts";
import type { Member } from "./member.ts";
import { forbidden, NO_INVITE } from "./refusals.ts";
import type { ListPage } from "./pages.ts";

/** A join link; the token that people are given holds the conversation's id and this secret. */
export interface Invite {
  readonly secret: string;
  readonly created_by: UserId;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly max_uses: number | null;
  readonly uses: number;
}

export interface InviteWish {
  /** Made at random by whoever asks: 128 bits or more. */
  readonly secret: string;
  /** Seconds. */
  readonly expires_in?: number;
  readonly max_uses?: number;
}

const FORBIDDEN = forbidden("invite");
const WORKS = "(expires_at IS NULL OR expires_at > ?) AND (max_uses IS NULL OR uses < max_uses)";

/** Join links of one conversation. */
export class Invites {
  readonly #sql: Sql;
  readonly #clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  create(member: Member, standing: Standing, { secret, expires_in, max_uses }: InviteWish): Result<Invite> {
    if (!may(standing, "add")) return FORBIDDEN;
    const now = this.#clock.now();
    // Those that are over make room.
    this.#sql.run(`DELETE FROM invites WHERE NOT (${WORKS})`, now);
    const count = this.#sql.all<{ count: number }>("SELECT COUNT(*) AS count FROM invites")[0]?.count ?? 0;
    if (count >= LIMITS.invites) return refuse("limit_exceeded", `unable to invite; at most ${LIMITS.invites} links`);
    const expires_at = expires_in === undefined ? null : now + expires_in * 1000;
    const invite: Invite = {
      secret,
      created_by: member.user_id,
      created_at: now,
      expires_at,
      max_uses: max_uses ?? null,
      uses: 0,
    };
    this.#sql.run(
      "INSERT INTO invites (secret, created_by, created_at, expires_at, max_uses) VALUES (?, ?, ?, ?, ?)",
      secret,
      invite.created_by,
      now,
      expires_at,
      invite.max_uses,
    );
    return { ok: true, value: invite };
  }

  /** Those that work: all for owner and admins, one's own for others. */
  list(member: Member, standing: Standing, page: ListPage): Result<readonly Invite[]> {
    if (!may(standing, "add") && !isStaff(member.role)) return FORBIDDEN;
    const all = isStaff(member.role) ? "" : "AND created_by = ?";
    const rows = this.#sql.all<Invite>(
      `SELECT secret, created_by, created_at, expires_at, max_uses, uses FROM invites WHERE ${WORKS} ${all}
       ORDER BY created_at DESC LIMIT ?`,
      this.#clock.now(),
      ...(isStaff(member.role) ? [] : [member.user_id]),
      // At most as many as there may be: one page holds them.
      Math.max(page.limit ?? 0, LIMITS.invites),
    );
    return { ok: true, value: rows };
  }

  revoke(member: Member, secret: string): Result<true> {
    const invite = this.find(secret);
    if (!invite || (!isStaff(member.role) && invite.created_by !== member.user_id)) return NO_INVITE;
    this.#sql.run("DELETE FROM invites WHERE secret = ?", secret);
    return { ok: true, value: true };
  }

  /** One that works. */
  find(secret: string): Invite | undefined {
    return this.#sql.all<Invite>(
      `SELECT secret, created_by, created_at, expires_at, max_uses, uses FROM invites WHERE secret = ? AND ${WORKS}`,
      secret,
      this.#clock.now(),
    )[0];
  }

  used(secret: string): void {
    this.#sql.run("UPDATE invites SET uses = uses + 1 WHERE secret = ?", secret);
  }
}
