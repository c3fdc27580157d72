import type { Username } from "../../shared/ids.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { isReserved } from "../directory/reserved.ts";
import { isTimeZone } from "../push/quiet-hours.ts";
import type { Profile, ProfileChange, ProfileFields } from "./profile.ts";

export interface ProfileChangesDeps {
  readonly profile: Profile;
  /** Asks for a username; `false`: somebody else has it. May be repeated. */
  claim(name: Username): Promise<Result<boolean>>;
  /** The profile is another one now. */
  changed(before: ProfileFields, now: ProfileFields): void;
}

const TAKEN = refuse("conflict", "unable to take the username; somebody else has it");
const NO_ZONE = refuse("bad_request", "unable to change the profile; there is no such time zone");
const RESERVED = refuse("conflict", "unable to take the username; it is nobody's to have");

/** Changes of one's own profile: one after the other, each as a whole or not at all. */
export class ProfileChanges {
  readonly #deps: ProfileChangesDeps;
  #last: Promise<unknown> = Promise.resolve();
  #wanted: Username | undefined;

  constructor(deps: ProfileChangesDeps) {
    this.#deps = deps;
  }

  /** Whether the name is the user's: his profile shows it, or will when the answer to his claim is there. */
  keeps(name: Username): boolean {
    return name === this.#wanted || name === this.#deps.profile.fields.username;
  }

  change(change: ProfileChange): Promise<Result<ProfileFields>> {
    const turn = this.#last.then(() => this.#change(change));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #change(change: ProfileChange): Promise<Result<ProfileFields>> {
    const { username, notifications } = change;
    if (notifications?.quiet_hours && !isTimeZone(notifications.quiet_hours.time_zone)) return NO_ZONE;
    if (typeof username !== "string" || username === this.#deps.profile.fields.username) return this.#apply(change);
    if (isReserved(username)) return RESERVED;
    this.#wanted = username;
    try {
      const claimed = await this.#deps.claim(username);
      if (!claimed.ok) return claimed;
      return claimed.value ? this.#apply(change) : TAKEN;
    } finally {
      // In the same turn in which the profile shows it: there is no moment at which it is nobody's.
      this.#wanted = undefined;
    }
  }

  #apply(change: ProfileChange): Result<ProfileFields> {
    const before = this.#deps.profile.fields;
    const value = this.#deps.profile.change(change);
    this.#deps.changed(before, value);
    return { ok: true, value };
  }
}
