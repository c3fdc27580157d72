import type { UserId } from "../../shared/ids.ts";
import { toIso } from "../../shared/time.ts";
import { inBatches } from "../batches.ts";
import type { Sighting } from "./presence.ts";

export interface WatchingDeps {
  /** Asks somebody's object, and has it tell from now on. */
  ask(user: UserId): Promise<Sighting>;
  /** Whether the user is shown nothing of somebody: he blocks him, or keeps his own presence to himself. */
  isBlind(user: UserId): boolean;
  /** Whether some connection wants to know of somebody. */
  isWatched(user: UserId): boolean;
  /** To the connections that do. */
  toWatching(user: UserId, frame: string): void;
}

const UNSEEN: Sighting = { online: false, asOf: 0 };

const frameOf = (user_id: UserId, { online, lastSeen }: Sighting): string =>
  JSON.stringify({
    type: "presence",
    user_id,
    status: online ? "online" : "offline",
    last_seen: lastSeen === undefined ? undefined : toIso(lastSeen),
  });

/**
 * Whom the user's devices watch. Which connection watches whom is kept with the connection, so that it outlives the object's
 * memory; what was told last is in memory only.
 */
export class Watching {
  readonly #deps: WatchingDeps;
  readonly #known = new Map<UserId, Sighting>();

  constructor(deps: WatchingDeps) {
    this.#deps = deps;
  }

  /** A connection wants to know of some people: `tell` is called once for each. */
  async begin(users: readonly UserId[], tell: (frame: string) => void): Promise<void> {
    await inBatches(users, async (user) => tell(frameOf(user, await this.#ask(user))));
  }

  /** Somebody's object says how it is with him. `false`: nobody wants to know any more. */
  told(user: UserId, sighting: Sighting): boolean {
    if (!this.#deps.isWatched(user)) {
      this.#known.delete(user);
      return false;
    }
    const before = this.#known.get(user);
    if (before && before.asOf > sighting.asOf) return true;
    this.#known.set(user, sighting);
    const isNews = before?.online !== sighting.online || before.lastSeen !== sighting.lastSeen;
    if (isNews && !this.#deps.isBlind(user)) this.#deps.toWatching(user, frameOf(user, sighting));
    return true;
  }

  /** What the user may see has changed: of somebody, or of all these. */
  async seenOtherwise(users: Iterable<UserId>): Promise<void> {
    const watched = [...users].filter((user) => this.#deps.isWatched(user));
    for (const user of watched) this.#known.delete(user);
    await inBatches(watched, async (user) => this.#deps.toWatching(user, frameOf(user, await this.#ask(user))));
  }

  /** Nobody wants to know of them any more, as far as this connection was concerned. */
  end(users: Iterable<UserId>): void {
    for (const user of users) if (!this.#deps.isWatched(user)) this.#known.delete(user);
  }

  /** As it is known here, or as his object says. Out of reach is out of sight. */
  async #ask(user: UserId): Promise<Sighting> {
    if (this.#deps.isBlind(user)) return UNSEEN;
    const known = this.#known.get(user);
    if (known) return known;
    const sighting = await this.#deps.ask(user).catch(() => undefined);
    if (!sighting || this.#deps.isBlind(user)) return UNSEEN;
    const later = this.#known.get(user);
    const newest = later && later.asOf > sighting.asOf ? later : sighting;
    if (this.#deps.isWatched(user)) this.#known.set(user, newest);
    return newest;
  }
}
