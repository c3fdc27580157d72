import { effectiveSettings, may, mayManage } from "../../src/shared/permissions.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Permissions } from "./api-groups.ts";

const NONE: Permissions = {
  write: false,
  addMembers: false,
  rename: false,
  pin: false,
  manage: false,
  deleteAny: false,
  mentionAll: false,
  invite: false,
  leave: false,
};

/** What the owner of a row may do in its conversation; nothing in one that is unknown. */
export const permissionsOf = (row: Conversation | undefined): Permissions => {
  if (row === undefined || row.left_at !== undefined) return NONE;
  const standing = { type: row.type, role: row.role, settings: effectiveSettings(row.type, row.settings) };
  const addMembers = may(standing, "add");
  return {
    write: may(standing, "write"),
    addMembers,
    rename: may(standing, "rename"),
    pin: may(standing, "pin"),
    manage: mayManage(standing),
    deleteAny: mayManage(standing),
    mentionAll: mayManage(standing),
    // Who may add members makes join links.
    invite: addMembers,
    leave: row.type !== "direct",
  };
};
