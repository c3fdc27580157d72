import type { ConversationId, UserId } from "../../src/shared/ids.ts";
import type { Conversation, Participant } from "../../src/shared/protocol/conversation.ts";
import type { ConversationSettings, Role } from "../../src/shared/protocol/fields.ts";
import type { Invite, InvitePreview } from "./answers.ts";
import type { Page } from "./api-messages.ts";

/** What the user may do in a conversation, by its type and settings and his role; all `false` once he left. */
export interface Permissions {
  readonly write: boolean;
  readonly addMembers: boolean;
  /** Name and picture. */
  readonly rename: boolean;
  readonly pin: boolean;
  /** Settings, roles, removing members. */
  readonly manage: boolean;
  /** Delete messages of others. */
  readonly deleteAny: boolean;
  readonly mentionAll: boolean;
  /** Make join links. */
  readonly invite: boolean;
  readonly leave: boolean;
}

export interface ConversationChanges {
  readonly name?: string;
  readonly avatar?: string;
  readonly settings?: Partial<ConversationSettings>;
}

export interface InviteOptions {
  /** Seconds. */
  readonly expires_in?: number;
  readonly max_uses?: number;
}

/** Conversations and their members. Refusals are `ParleyError`s; what changes comes back as entries, too. */
export interface GroupOptions {
  readonly avatar?: string;
  /** Where it is to be: one of the `regions` of one's own profile, where there are several. Without it, at home with oneself. */
  readonly region?: string;
}

export interface GroupCalls {
  createDirect(userId: UserId): Promise<Conversation>;
  createGroup(name: string, memberIds: readonly UserId[], options?: GroupOptions): Promise<Conversation>;
  /** Owner and admins write, all others read. */
  createChannel(name: string, memberIds: readonly UserId[], options?: GroupOptions): Promise<Conversation>;
  changeConversation(id: ConversationId, changes: ConversationChanges): Promise<Conversation>;
  permissions(id: ConversationId): Permissions;

  members(id: ConversationId, cursor?: string): Promise<Page<"members", Participant>>;
  /** Who is a member already is passed over. */
  addMembers(id: ConversationId, userIds: readonly UserId[], role?: Role): Promise<void>;
  removeMember(id: ConversationId, userId: UserId): Promise<void>;
  setRole(id: ConversationId, userId: UserId, role: Role): Promise<void>;
  /** The conversation stays in the list, with `left_at`. */
  leaveConversation(id: ConversationId): Promise<void>;

  createInvite(id: ConversationId, options?: InviteOptions): Promise<Invite>;
  /** The join links that work: all of them for owner and admins, else one's own. */
  invites(id: ConversationId): Promise<readonly Invite[]>;
  revokeInvite(id: ConversationId, token: string): Promise<void>;
  /** What a join link leads to. */
  previewInvite(token: string): Promise<InvitePreview>;
  acceptInvite(token: string): Promise<Conversation>;
}
