import type { ConversationId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Err } from "../../shared/result.ts";
import type { Sql } from "../ports.ts";
import { LogTable } from "./log-table.ts";
import { Roster } from "./roster.ts";

/** What a conversation begins with. Its id is derived from this, so founding it twice is founding it once. */
export interface Founding {
  readonly conversation_id: ConversationId;
  readonly type: "direct" | "group";
  readonly region: string;
  readonly founder: UserId;
  readonly members: readonly UserId[];
  readonly name?: string;
  readonly avatar?: string;
}

/** Why a conversation cannot be founded, if so. */
export const foundingRefusal = ({ type, founder, members }: Founding): Err | undefined => {
  if (type === "direct") return undefined;
  if (new Set([founder, ...members]).size > LIMITS.plainGroupMembers) {
    return refuse("limit_exceeded", `unable to create the group; at most ${LIMITS.plainGroupMembers} members`);
  }
  return undefined;
};

/** Writes a new conversation: the record, its members, and entry 1, by which the members learn of it. */
export const found = (sql: Sql, founding: Founding, at: number): void => {
  const { type, founder, name, avatar } = founding;
  sql.transaction(() => {
    sql.run(
      `INSERT INTO conversation (one, conversation_id, type, name, avatar, region, epoch, created_at)
       VALUES (1, ?, ?, ?, ?, ?, 1, ?)`,
      founding.conversation_id,
      type,
      name ?? null,
      avatar ?? null,
      founding.region,
      at,
    );
    const role = (user: UserId) => (type === "group" && user === founder ? "owner" : "member");
    const members = [...new Set([founder, ...founding.members])];
    Roster.found(
      sql,
      members.map((user) => ({ user_id: user, role: role(user) })),
      at,
    );
    new LogTable(sql).insert(
      {
        seq: 1,
        at,
        sender_id: founder,
        client_id: null,
        kind: "settings",
        mentions: null,
        body: JSON.stringify({ changes: { type, name, avatar } }),
      },
      false,
    );
  });
};
