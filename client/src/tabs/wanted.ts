import type { ConversationId, UserId } from "../../../src/shared/ids.ts";
import type { ParleyClient } from "../api.ts";
import type { TabId, Wants } from "./channel.ts";

/** What all tabs want together: on the screen is what any of them shows, in use is the app when any of them is. */
export class Wanted {
  readonly #client: Pick<ParleyClient, "connect" | "open" | "leave" | "setActive" | "watchPresence">;
  readonly #onError: (error: unknown) => void;
  readonly #tabs = new Map<TabId, Wants>();
  #open: ReadonlySet<ConversationId> = new Set();
  #presence: ReadonlySet<UserId> = new Set();
  #connected = false;
  #endPresence: (() => void) | undefined;

  constructor(
    client: Pick<ParleyClient, "connect" | "open" | "leave" | "setActive" | "watchPresence">,
    onError: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#onError = onError;
  }

  set(tab: TabId, wants: Wants): void {
    this.#tabs.set(tab, wants);
    this.#apply();
  }

  delete(tab: TabId): void {
    if (this.#tabs.delete(tab)) this.#apply();
  }

  tabs(): readonly TabId[] {
    return [...this.#tabs.keys()];
  }

  /** The views that any tab shows. */
  keys(): ReadonlySet<string> {
    return this.#union((wants) => wants.keys);
  }

  #union<T>(of: (wants: Wants) => readonly T[]): ReadonlySet<T> {
    return new Set([...this.#tabs.values()].flatMap(of));
  }

  #apply(): void {
    const all = [...this.#tabs.values()];
    const open = this.#union((wants) => wants.open);
    for (const id of open) if (!this.#open.has(id)) this.#client.open(id).catch(this.#onError);
    for (const id of this.#open) if (!open.has(id)) this.#client.leave(id);
    this.#open = open;
    this.#client.setActive(all.length === 0 || all.some((wants) => wants.active));
    this.#watch(this.#union((wants) => wants.presence));
    const connected = all.some((wants) => wants.connected);
    if (connected && !this.#connected) void this.#client.connect();
    this.#connected = connected;
  }

  #watch(presence: ReadonlySet<UserId>): void {
    if (presence.size === this.#presence.size && [...presence].every((id) => this.#presence.has(id))) return;
    this.#presence = presence;
    const end = this.#client.watchPresence([...presence]);
    // Behind the new one: who stays watched is not told to the server again.
    this.#endPresence?.();
    this.#endPresence = end;
  }
}
