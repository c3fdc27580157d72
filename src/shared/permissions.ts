import type { ConversationSettings, ConversationType, Role } from "./protocol/fields.ts";

/** What somebody is in a conversation, and what its rules are: all that decides what he may do. */
export interface Standing {
  readonly type: ConversationType;
  readonly role: Role;
  readonly settings: ConversationSettings;
}

/** What the settings of a group or channel decide about. */
export type Right = "add" | "rename" | "pin" | "write";

const COMMON = { add: "admins", rename: "admins", pin: "admins", history: "all", expires_in: 0 } as const;
const DEFAULTS: Readonly<Record<ConversationType, ConversationSettings>> = {
  direct: { ...COMMON, pin: "everyone", write: "everyone" },
  group: { ...COMMON, write: "everyone" },
  channel: { ...COMMON, write: "admins" },
};

/** All settings of a conversation: those that were made, and for the others what its type begins with. */
export const effectiveSettings = (
  type: ConversationType,
  made: Partial<ConversationSettings> = {},
): ConversationSettings => ({ ...DEFAULTS[type], ...made });

const RANK: Readonly<Record<Role, number>> = { owner: 3, admin: 2, member: 1, subscriber: 0 };

export const isStaff = (role: Role): boolean => RANK[role] >= RANK.admin;

/** [ROLE-2] [ROLE-3] A subscriber only reads, whatever the settings say. */
export const may = ({ type, role, settings }: Standing, right: Right): boolean => {
  if (type === "direct") return right === "write" || right === "pin";
  return isStaff(role) || (RANK[role] >= RANK.member && settings[right] === "everyone");
};

/** What is for owner and admins: settings, roles, removals, anyone's messages [ROLE-2], `@all` [SEND-2]. */
export const mayManage = ({ type, role }: Standing): boolean => type !== "direct" && isStaff(role);

/** [ROLE-4] Whether the role of somebody, or his membership, is in the actor's hands. */
export const mayTouch = (actor: Role, target: Role): boolean =>
  actor === "owner" || (isStaff(actor) && RANK[actor] > RANK[target]);

/** [ROLE-4] Whether the actor may give a role: never one above his own, and who is no admin gives the lowest. */
export const mayGive = (actor: Role, given: Role): boolean =>
  isStaff(actor) ? RANK[given] <= RANK[actor] : RANK[given] <= RANK.member;

/** Which roles there are in a conversation of a type, the one that newcomers get first. */
export const rolesOf = (type: ConversationType): readonly Role[] =>
  type === "channel" ? ["subscriber", "admin", "owner"] : ["member", "admin", "owner"];
