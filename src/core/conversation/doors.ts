import type { UserId } from "../../shared/ids.ts";
import type { Standing } from "../../shared/permissions.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import type { Clock, Sql } from "../ports.ts";
import type { Appender } from "./appender.ts";
import type { GroupActs } from "./group-acts.ts";
import { Invites } from "./invites.ts";
import type { Invite, InviteWish } from "./invites.ts";
import type { LogRow } from "./log-table.ts";
import type { Member } from "./member.ts";
import type { ListPage } from "./pages.ts";
import { NO_INVITE, NOT_FOUND } from "./refusals.ts";
import type { Roster } from "./roster.ts";
import type { ConversationRecord } from "./views.ts";

export interface DoorsDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly record: ConversationRecord;
  readonly roster: Roster;
  readonly acts: GroupActs;
  readonly appender: Appender;
  standing(member: Member): Standing;
  /** Entries are in the log. */
  appended(rows: readonly LogRow[]): void;
}

/** What a link leads to: name and size, and nothing else. */
export interface InvitePreview {
  readonly name: string;
  readonly member_count: number;
}

/** Join links, and coming in by one. */
export class Doors {
  readonly #deps: DoorsDeps;
  readonly #invites: Invites;

  constructor(deps: DoorsDeps) {
    this.#deps = deps;
    this.#invites = new Invites(deps.sql, deps.clock);
  }

  preview(secret: string): Result<InvitePreview> {
    if (!this.#invites.find(secret)) return NO_INVITE;
    const { record, roster } = this.#deps;
    return { ok: true, value: { name: record.name ?? "", member_count: roster.size } };
  }

  create(user: UserId, wish: InviteWish): Result<Invite> {
    const member = this.#deps.roster.get(user);
    return member ? this.#invites.create(member, this.#deps.standing(member), wish) : NOT_FOUND;
  }

  list(user: UserId, page: ListPage): Result<readonly Invite[]> {
    const member = this.#deps.roster.get(user);
    return member ? this.#invites.list(member, this.#deps.standing(member), page) : NOT_FOUND;
  }

  revoke(user: UserId, secret: string): Result<true> {
    const member = this.#deps.roster.get(user);
    return member ? this.#invites.revoke(member, secret) : NOT_FOUND;
  }

  /** Answers whether he came in now. Whoever is in already stays, and the link is not used for it. */
  join(user: UserId, secret: string): Result<boolean> {
    const { roster, acts, clock, appender } = this.#deps;
    if (roster.get(user)) return { ok: true, value: false };
    if (!this.#invites.find(secret)) return NO_INVITE;
    const former = roster.former(user);
    if (former && former.by !== user)
      return refuse("forbidden", "unable to join; you were removed, and somebody has to add you");
    const verdict = acts.join(user, clock.now());
    if (!verdict.ok) return verdict;
    const rows = appender.add(verdict.entries, (written) => {
      verdict.apply?.(written);
      this.#invites.used(secret);
    });
    this.#deps.appended(rows);
    return { ok: true, value: true };
  }
}
