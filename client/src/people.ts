import type { UserId } from "../../src/shared/ids.ts";
import type { Profile } from "./answers.ts";
import type { Emitter } from "./emitter.ts";
import type { Environment } from "./environment.ts";
import { ParleyError } from "./parley-error.ts";
import type { Rest } from "./rest.ts";
import type { StoredPerson } from "./store.ts";
import type { StoreWriter } from "./store-writer.ts";

export interface PeopleDeps {
  readonly environment: Environment;
  readonly emitter: Emitter;
  readonly rest: Rest;
  readonly writer: StoreWriter;
  readonly online: () => boolean;
  readonly me: () => UserId | undefined;
}

const FRESH_MS = 5 * 60_000;
/** Requests under way at once: names come in while one looks, and leave room for what was asked for on purpose. */
const PARALLEL = 4;

export const OWN_PROFILE = "/users/me";
/** One's own is told with what only oneself may see. */
export const profilePath = (id: UserId, me: UserId | undefined): string =>
  id === me ? OWN_PROFILE : `/users/${encodeURIComponent(id)}`;

/** Names and pictures of people: shown from the store at once, asked for when somebody looks at them. */
export class People {
  readonly #deps: PeopleDeps;
  readonly #known = new Map<UserId, StoredPerson>();
  /** When each was asked about; those of whom nothing came are not asked about again at once either. */
  readonly #askedAt = new Map<UserId, number>();
  readonly #wanted = new Set<UserId>();
  #asking = 0;
  /** This server has no profiles. */
  #unsupported = false;
  #announcing = false;

  constructor(deps: PeopleDeps) {
    this.#deps = deps;
  }

  restore(people: readonly StoredPerson[]): void {
    for (const one of people) this.#known.set(one.user_id, one);
  }

  of(id: UserId): Profile | undefined {
    const known = this.#known.get(id);
    const since = this.#deps.environment.now() - FRESH_MS;
    if ((known?.at ?? 0) < since && (this.#askedAt.get(id) ?? 0) < since) this.#want(id);
    return known?.profile;
  }

  /** Everybody who is known. */
  all(): readonly Profile[] {
    return [...this.#known.values()].map((one) => one.profile);
  }

  /** A profile as the server just told it. */
  put(profile: Profile): void {
    const { user_id } = profile;
    const person = { user_id, profile, at: this.#deps.environment.now() };
    const same = JSON.stringify(this.#known.get(user_id)?.profile) === JSON.stringify(profile);
    // Whoever reads it gets the same object until something in it changes.
    this.#known.set(user_id, same ? { ...person, profile: this.#known.get(user_id)?.profile ?? profile } : person);
    void this.#deps.writer.write({ people: [person] });
    if (!same) this.#announce();
  }

  online(): void {
    this.#unsupported = false;
    this.#pump();
  }

  offline(): void {
    this.#askedAt.clear();
  }

  reset(): void {
    for (const map of [this.#known, this.#askedAt, this.#wanted]) map.clear();
  }

  #want(id: UserId): void {
    this.#wanted.add(id);
    // The rest of what is being painted asks too, and is answered first.
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    if (!this.#deps.online() || this.#unsupported) return;
    for (const id of this.#wanted) {
      if (this.#asking >= PARALLEL) return;
      this.#wanted.delete(id);
      void this.#ask(id);
    }
  }

  async #ask(id: UserId): Promise<void> {
    this.#askedAt.set(id, this.#deps.environment.now());
    this.#asking++;
    try {
      const path = profilePath(id, this.#deps.me());
      this.put(await this.#deps.rest.call<Profile>({ method: "GET", path }));
    } catch (error) {
      // Nobody waits for it: what is known, or the bare id, is shown on.
      this.#unsupported ||= error instanceof ParleyError && error.code === "unsupported";
    } finally {
      this.#asking--;
      this.#pump();
    }
  }

  #announce(): void {
    if (this.#announcing) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      this.#deps.emitter.emit("people", undefined);
    });
  }
}
