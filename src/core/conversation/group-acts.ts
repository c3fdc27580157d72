import type { UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { isStaff, may, mayGive, mayManage, mayTouch, rolesOf } from "../../shared/permissions.ts";
import type { Standing } from "../../shared/permissions.ts";
import type { Role } from "../../shared/protocol/fields.ts";
import { refuse } from "../../shared/result.ts";
import type { Err } from "../../shared/result.ts";
import type { Sql } from "../ports.ts";
import type { ConversationMeta } from "./delivery.ts";
import type { LogRow } from "./log-table.ts";
import type { Member } from "./member.ts";
import { forbidden } from "./refusals.ts";
import type { Roster } from "./roster.ts";
import { entryOf } from "./verdict.ts";
import type { Admitted, Verdict } from "./verdict.ts";
import type { ConversationRecord } from "./views.ts";
import type { Changes, GroupChange } from "./write.ts";

export interface GroupActsDeps {
  readonly sql: Sql;
  readonly record: ConversationRecord;
  readonly roster: Roster;
  head(): number;
  standing(member: Member): Standing;
  /** What the conversation is to somebody who leaves, for good. */
  parting(member: Member, at: number): ConversationMeta;
  /** Somebody joined, or left: deliveries go to others from now on. */
  joined(member: Member): void;
  left(member: Member): void;
}

type Change<Op extends GroupChange["op"]> = Extract<GroupChange, { op: Op }>;

const NO_MEMBER = refuse("not_found", "unable to find the member; nobody of this name is in the conversation");

/** What members may do with the conversation itself and with each other, and what comes of it. */
export class GroupActs {
  readonly #deps: GroupActsDeps;

  constructor(deps: GroupActsDeps) {
    this.#deps = deps;
  }

  change(member: Member, change: GroupChange, at: number): Verdict {
    switch (change.op) {
      case "change":
        return this.#settings(member, change.changes);
      case "add":
        return this.#add(member, change, at);
      case "role":
        return this.#role(member, change);
      case "remove":
        return this.#remove(member, change, at);
    }
  }

  /** Somebody comes in by a link. Where everybody has left, it is his. */
  join(user: UserId, at: number): Err | Admitted {
    const { record, roster } = this.#deps;
    if (record.type === "group" && roster.size >= LIMITS.groupMembers) return this.#full();
    const [lowest = "member"] = rolesOf(record.type);
    return this.#admit(user, [user], roster.heir(user) === undefined ? "owner" : lowest, at);
  }

  /** He leaves, whether he wants to or not. */
  leaving(member: Member, at: number): Verdict {
    return this.#remove(member, member, at);
  }

  get #isChannel(): boolean {
    return this.#deps.record.type === "channel";
  }

  #full(): Err {
    return refuse("limit_exceeded", `unable to add; at most ${LIMITS.groupMembers} members`);
  }

  #settings(member: Member, changes: Changes): Verdict {
    const { record, sql } = this.#deps;
    const standing = this.#deps.standing(member);
    const { name, avatar, settings } = changes;
    if ((name !== undefined || avatar !== undefined) && !may(standing, "rename")) return forbidden("rename");
    if (settings && !mayManage(standing)) return forbidden("change the settings");
    if (name === undefined && avatar === undefined && (!settings || Object.keys(settings).length === 0))
      return refuse("bad_request", "unable to change the conversation; nothing is to be changed");
    return {
      ok: true,
      entries: [entryOf(member.user_id, "settings", { changes })],
      apply: () => {
        record.name = name ?? record.name;
        record.avatar = avatar ?? record.avatar;
        record.settings = JSON.stringify({ ...(JSON.parse(record.settings) as object), ...settings });
        sql.run(
          "UPDATE conversation SET name = ?, avatar = ?, settings = ? WHERE one = 1",
          record.name,
          record.avatar,
          record.settings,
        );
      },
    };
  }

  #add(member: Member, { user_ids, role: wanted }: Change<"add">, at: number): Verdict {
    const { record, roster } = this.#deps;
    const fresh = [...new Set(user_ids)].filter((user) => !roster.get(user));
    if (record.type === "direct") {
      return fresh.length > 0
        ? refuse("limit_exceeded", "unable to add; a direct conversation has two members")
        : refuse("conflict", "unable to add; they are members already");
    }
    if (!may(this.#deps.standing(member), "add")) return forbidden("add members");
    const [lowest = "member", ...others] = rolesOf(record.type);
    const role = wanted ?? lowest;
    if (role !== lowest && !others.includes(role))
      return refuse("bad_request", `unable to add; a ${record.type} has no ${role}s`);
    if (!mayGive(member.role, role)) return forbidden(`add an ${role}`);
    if (fresh.length === 0) return refuse("conflict", "unable to add; they are members already");
    if (record.type === "group" && roster.size + fresh.length > LIMITS.groupMembers) return this.#full();
    return this.#admit(member.user_id, fresh, role, at);
  }

  /** In a channel those who only read come and go without a trace in the log. */
  #admit(by: UserId, users: readonly UserId[], role: Role, at: number): Admitted {
    const { roster } = this.#deps;
    const silent = this.#isChannel && !isStaff(role);
    const entries = silent ? [] : users.map((user_id) => entryOf(by, "member", { op: "add", user_id, role }));
    return {
      ok: true,
      entries,
      apply: (rows) => {
        for (const [index, user] of users.entries()) {
          const entry = rows[index]?.seq;
          roster.add(user, role, entry ?? this.#deps.head() + 1, entry ?? this.#deps.head(), at);
          const added = roster.get(user);
          if (added) this.#deps.joined(added);
        }
      },
    };
  }

  #role(member: Member, { user_id, role }: Change<"role">): Verdict {
    const { record, roster } = this.#deps;
    if (record.type === "direct") return forbidden("change roles in a direct conversation");
    const self = user_id === member.user_id;
    if (!self && !isStaff(member.role)) return forbidden("change roles");
    const target = roster.get(user_id);
    if (!target) return NO_MEMBER;
    if (!rolesOf(record.type).includes(role))
      return refuse("bad_request", `unable to change the role; a ${record.type} has no ${role}s`);
    if (!mayGive(member.role, role) || (!self && !mayTouch(member.role, target.role)))
      return forbidden("change the role");
    if (target.role === role) return refuse("conflict", "unable to change the role; it is that already");
    if (roster.isLastOwner(target))
      return refuse("conflict", "unable to change the role; a conversation has an owner: name another one first");
    return {
      ok: true,
      entries: [entryOf(member.user_id, "member", { op: "role", user_id, role })],
      apply: () => roster.setRole(target, role),
    };
  }

  #remove(member: Member, { user_id }: Pick<Change<"remove">, "user_id">, at: number): Verdict {
    const { record, roster } = this.#deps;
    const self = user_id === member.user_id;
    if (record.type === "direct") return forbidden(self ? "leave a direct conversation" : "remove members");
    if (!self && !isStaff(member.role)) return forbidden("remove members");
    const target = roster.get(user_id);
    if (!target) return NO_MEMBER;
    if (!self && !mayTouch(member.role, target.role)) return forbidden("remove the member");
    const silent = this.#isChannel && !isStaff(target.role);
    const heir = roster.isLastOwner(target) ? roster.heir(user_id) : undefined;
    const by = member.user_id;
    const handOver = heir ? [entryOf(by, "member", { op: "role", user_id: heir.user_id, role: "owner" })] : [];
    const removal = silent ? [] : [entryOf(by, "member", { op: "remove", user_id, role: target.role })];
    return {
      ok: true,
      entries: [...handOver, ...removal],
      apply: (rows: readonly LogRow[]) => {
        if (heir) roster.setRole(heir, "owner");
        const seq = rows.at(-1)?.seq ?? this.#deps.head();
        roster.remove(target, { seq, at, by, meta: this.#deps.parting(target, at) });
        this.#deps.left(target);
      },
    };
  }
}
