import type { UserId } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { Presence } from "./answers.ts";
import type { Emitter } from "./emitter.ts";
import type { Environment, Timer } from "./environment.ts";

/** A list that scrolls begins and ends many watches in a row: they go out together. */
const GATHER_MS = 50;
const REF = "presence";

/** Whom the app watches, counted, and what the server says of them: told anew on each connection. */
export class PresenceWatch {
  readonly #environment: Environment;
  readonly #emitter: Emitter;
  readonly #transmit: (frame: CommandInput) => boolean;
  /** How often each is watched, in the order in which that began. */
  readonly #watches = new Map<UserId, number>();
  /** The server knows that these are watched. */
  readonly #told = new Set<UserId>();
  readonly #known = new Map<UserId, Presence>();
  #online = false;
  #timer: Timer | undefined;

  constructor(environment: Environment, emitter: Emitter, transmit: (frame: CommandInput) => boolean) {
    this.#environment = environment;
    this.#emitter = emitter;
    this.#transmit = transmit;
  }

  watch(userIds: readonly UserId[]): () => void {
    const watched = [...new Set(userIds)];
    for (const id of watched) this.#watches.set(id, (this.#watches.get(id) ?? 0) + 1);
    this.#soon();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      for (const id of watched) this.#end(id);
      this.#soon();
    };
  }

  of(id: UserId): Presence | undefined {
    return this.#known.get(id);
  }

  heard({ user_id, status, last_seen }: EventOf<"presence">): void {
    if (!this.#watches.has(user_id)) return;
    this.#known.set(user_id, last_seen === undefined ? { status } : { status, last_seen });
    this.#emitter.emit("presence", { userId: user_id });
  }

  online(): void {
    this.#online = true;
    this.#soon();
  }

  /** The connection is gone, and with it all knowledge of who is there. */
  offline(): void {
    this.#online = false;
    this.#environment.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#told.clear();
    for (const id of this.#known.keys()) this.#forget(id);
  }

  /** Says whether the error answers one of these: then nothing is known of anybody, as if nobody had been asked about. */
  refused(error: EventOf<"error">): boolean {
    return error.ref === REF;
  }

  #end(id: UserId): void {
    const left = (this.#watches.get(id) ?? 0) - 1;
    if (left > 0) this.#watches.set(id, left);
    else this.#watches.delete(id);
  }

  #forget(id: UserId): void {
    if (this.#known.delete(id)) this.#emitter.emit("presence", { userId: id });
  }

  #soon(): void {
    if (!this.#online) return;
    this.#timer ??= this.#environment.setTimer(() => {
      this.#timer = undefined;
      this.#tell();
    }, GATHER_MS);
  }

  /** Whoever is one too many waits until there is room. */
  #tell(): void {
    const wanted = [...this.#watches.keys()].slice(0, LIMITS.presenceUserIds);
    const over = [...this.#told].filter((id) => !wanted.includes(id));
    const fresh = wanted.filter((id) => !this.#told.has(id));
    if (over.length > 0) this.#transmit({ type: "presence_unsubscribe", user_ids: over, ref: REF });
    for (const id of over) {
      this.#told.delete(id);
      this.#forget(id);
    }
    if (fresh.length > 0 && this.#transmit({ type: "presence_subscribe", user_ids: fresh, ref: REF }))
      for (const id of fresh) this.#told.add(id);
  }
}
