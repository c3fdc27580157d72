import { ProfileChanges } from "../../core/inbox/profile-changes.ts";
import type { Profile, ProfileChange, ProfileFields, ShownProfile, Viewer } from "../../core/inbox/profile.ts";
import type { Clock } from "../../core/ports.ts";
import type { Sighting } from "../../core/presence/presence.ts";
import { TokenBucket } from "../../core/ratelimit/token-bucket.ts";
import { failure } from "../../platform/failure.ts";
import { callObject } from "../../platform/retry.ts";
import type { Stubs } from "../../platform/stubs.ts";
import type { DirectoryRpc } from "../../rpc/directory-rpc.ts";
import type { PeerRpc } from "../../rpc/user-rpc.ts";
import { USERNAME } from "../../shared/ids.ts";
import type { UserId, Username } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Err, Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";

export interface PeopleDeps {
  readonly user: UserId;
  readonly clock: Clock;
  readonly profile: Profile;
  readonly peers: Stubs<PeerRpc>;
  readonly directory: Stubs<DirectoryRpc>;
  /** Whether the user is there, as somebody may know. */
  sighting(viewer: UserId): Sighting;
  /** Whether the account is suspended: nothing is shown of it. */
  isSuspended(): boolean;
  /** Whether he does not see of somebody whether he is there. */
  isBlind(other: UserId): boolean;
  /** The user's own profile is another one now. */
  changed(before: ProfileFields, now: ProfileFields): void;
  /** Goes on after the call that began it is answered. */
  later(work: Promise<unknown>): void;
}

const limited = (retry_after_ms: number): Err =>
  refuse("rate_limited", "unable to do it; too much at once", { retry_after_ms });

/** A user among other people: what he shows of himself, the name that he has, and what he is shown of others. */
export class People {
  readonly #deps: PeopleDeps;
  readonly #own: ProfileChanges;
  readonly #changes: TokenBucket;
  readonly #looks: TokenBucket;
  readonly #searches: TokenBucket;

  constructor(deps: PeopleDeps) {
    const { clock, profile } = deps;
    this.#deps = deps;
    this.#own = new ProfileChanges({
      profile,
      claim: (name) => this.#ask("claim", name, (directory) => directory.claim(deps.user)),
      changed: (before, now) => this.#changed(before, now),
    });
    this.#changes = new TokenBucket({ burst: LIMITS.profileBurst, perSecond: LIMITS.profilePerSecond }, clock);
    this.#looks = new TokenBucket({ burst: LIMITS.requestBurst, perSecond: LIMITS.requestPerSecond }, clock);
    this.#searches = new TokenBucket({ burst: LIMITS.lookupBurst, perSecond: LIMITS.lookupPerSecond }, clock);
  }

  async change(change: ProfileChange): Promise<Result<ProfileFields>> {
    const wait = this.#changes.take();
    return wait > 0 ? limited(wait) : this.#own.change(change);
  }

  keepsName(name: Username): boolean {
    return this.#own.keeps(name);
  }

  shownTo(viewer: Viewer): ShownProfile {
    const { user, clock, profile } = this.#deps;
    if (this.#deps.isSuspended()) return { user_id: user };
    const { online, lastSeen } = this.#deps.sighting(viewer.user_id);
    const seenAt = viewer.isBlind ? undefined : online ? clock.now() : lastSeen;
    return { user_id: user, ...profile.shown, ...(seenAt === undefined ? {} : { last_seen: toIso(seenAt) }) };
  }

  /** Anybody's profile, as he shows it to this user. Who never was here has one too: nobody learns who was. */
  async profile(user: UserId): Promise<Result<ShownProfile>> {
    const wait = this.#looks.take();
    return wait > 0 ? limited(wait) : this.#look(user);
  }

  /** Who has the name, in whatever case it is typed: nobody, or one. */
  async find(typed: string): Promise<Result<ShownProfile[]>> {
    const wait = this.#searches.take();
    if (wait > 0) return limited(wait);
    const name: Username = typed.toLowerCase();
    if (!USERNAME.test(name)) return { ok: true, value: [] };
    const holder = await this.#ask("find", name, (directory) => directory.holder());
    if (!holder.ok) return holder;
    if (holder.value === undefined) return { ok: true, value: [] };
    const profile = await this.#look(holder.value);
    if (!profile.ok) return profile;
    return { ok: true, value: profile.value.username === name ? [profile.value] : [] };
  }

  /** If the directory does not hear that a name is free again, it asks when somebody wants it. */
  #changed(before: ProfileFields, now: ProfileFields): void {
    this.#deps.changed(before, now);
    const given = before.username;
    if (given === undefined || given === now.username) return;
    this.#deps.later(this.#ask("review", given, (directory) => directory.review()));
  }

  async #look(user: UserId): Promise<Result<ShownProfile>> {
    const viewer: Viewer = { user_id: this.#deps.user, isBlind: this.#deps.isBlind(user) };
    if (user === viewer.user_id) return { ok: true, value: { user_id: user, ...this.#deps.profile.fields } };
    try {
      return { ok: true, value: await callObject(this.#deps.peers, user, (peer) => peer.shownTo(viewer)) };
    } catch (error) {
      return failure("user", "shownTo", error);
    }
  }

  async #ask<T>(call: string, name: Username, ask: (directory: DirectoryRpc) => Promise<T>): Promise<Result<T>> {
    try {
      return { ok: true, value: await callObject(this.#deps.directory, name, ask) };
    } catch (error) {
      return failure("directory", call, error);
    }
  }
}
