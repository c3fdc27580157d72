import type { ConversationId, UserId } from "../../shared/ids.ts";
import type { ConversationType } from "../../shared/protocol/fields.ts";
import { rolesOf } from "../../shared/permissions.ts";
import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Err } from "../../shared/result.ts";
import type { Sql } from "../ports.ts";
import { LogTable, rowOf } from "./log-table.ts";
import { Roster } from "./roster.ts";

/** What a conversation begins with. Its id is derived from this, so founding it twice is founding it once. */
export interface Founding {
  readonly conversation_id: ConversationId;
  readonly type: ConversationType;
  readonly region: string;
  readonly founder: UserId;
  readonly members: readonly UserId[];
  readonly name?: string;
  readonly avatar?: string;
}

/** Why a conversation cannot be founded, if so. */
export const foundingRefusal = ({ type, founder, members }: Founding): Err | undefined => {
  if (type !== "group") return undefined;
  if (new Set([founder, ...members]).size > LIMITS.groupMembers) {
    return refuse("limit_exceeded", `unable to create the group; at most ${LIMITS.groupMembers} members`);
  }
  return undefined;
};

/**
 * Writes a new conversation: the record, its members, and entry 1, by which the members learn of it. `blocker`: who
 * blocks the founder of a direct one, and does not learn of it.
 */
export const found = (sql: Sql, founding: Founding, at: number, blocker?: UserId): void => {
  const { type, founder, name, avatar } = founding;
  const members = [...new Set([founder, ...founding.members])];
  const large = type === "channel" || members.length > LIMITS.plainGroupMembers;
  sql.transaction(() => {
    sql.run(
      `INSERT INTO conversation (one, conversation_id, type, name, avatar, region, epoch, created_at, large)
       VALUES (1, ?, ?, ?, ?, ?, 1, ?, ?)`,
      founding.conversation_id,
      type,
      name ?? null,
      avatar ?? null,
      founding.region,
      at,
      large ? 1 : 0,
    );
    const [lowest = "member"] = rolesOf(type);
    const role = (user: UserId) => (type !== "direct" && user === founder ? "owner" : lowest);
    Roster.found(
      sql,
      members.map((user) => ({ user_id: user, role: role(user), blocks: user === blocker })),
      at,
    );
    new LogTable(sql).insert(
      rowOf({
        seq: 1,
        at,
        sender_id: founder,
        client_id: null,
        kind: "settings",
        body: JSON.stringify({ changes: { type, name, avatar } }),
        hidden_from: blocker ?? null,
      }),
      false,
    );
  });
};
