import type { UserId } from "../shared/ids.ts";

/** What a user's object may ask of a username. */
export interface DirectoryRpc {
  /** Whether it is this user's now. May be repeated. */
  claim(user: UserId): Promise<boolean>;
  /** Whoever has it does not show it any more, perhaps: it looks, and lets go of it. */
  review(): Promise<void>;
  /** To whom it was given; only his profile knows whether he has it. */
  holder(): Promise<UserId | undefined>;
}
