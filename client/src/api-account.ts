import type { ConversationId, DeviceId, UserId } from "../../src/shared/ids.ts";
import type { DeviceInfo, Preferences, Presence, Profile, ProfileChanges } from "./answers.ts";

/** The account, other people, and one's own view of conversations. Refusals are `ParleyError`s. */
export interface AccountCalls {
  /** One's own, with `privacy`, or somebody else's as they let it be seen. */
  profile(userId?: UserId): Promise<Profile>;
  /** `conflict`: the username is somebody's already. */
  updateProfile(changes: ProfileChanges): Promise<Profile>;
  findUser(username: string): Promise<Profile | undefined>;
  /** What is known of somebody, for names and pictures; asked for when it is missing or old, and told by `people`. */
  person(userId: UserId): Profile | undefined;

  devices(): Promise<readonly DeviceInfo[]>;
  /** Signs the device out for good: its sockets close, its token is refused. */
  removeDevice(id: DeviceId): Promise<void>;

  blocks(): Promise<readonly UserId[]>;
  block(userId: UserId): Promise<void>;
  unblock(userId: UserId): Promise<void>;

  /**
   * Shown in the row at once and kept until the server has it, through reloads and without a network. Resolves when it
   * is kept; what the server refuses for good is undone, with an `error` event.
   */
  setPreferences(id: ConversationId, preferences: Preferences): Promise<void>;

  /** Begins to follow who of them is online: read `presence(userId)` on each `presence` event. Call what it returns to end it. */
  watchPresence(userIds: readonly UserId[]): () => void;
  /** Of those watched, while connected. */
  presence(userId: UserId): Presence | undefined;
}
