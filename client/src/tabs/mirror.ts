import type { ViewChange } from "./channel.ts";
import { spliced } from "./splice.ts";

interface View {
  readonly items: readonly unknown[];
  readonly version: number;
}

/** What the leader shows, as this tab was told it. */
export class Mirror {
  readonly #views = new Map<string, View>();
  /** Those that the leader of now has told whole. */
  readonly #current = new Set<string>();

  /** The same list until something in it changes; `undefined` before it was told. */
  get(key: string): readonly unknown[] | undefined {
    return this.#views.get(key)?.items;
  }

  /** `waiting`: it was not told whole yet. `missed`: a change before this one did not come, and it must be told whole. */
  apply({ key, version, whole, splice }: ViewChange): "applied" | "waiting" | "missed" {
    const view = this.#views.get(key);
    if (whole) {
      this.#views.set(key, { items: splice.items, version });
      this.#current.add(key);
      return "applied";
    }
    if (!this.#current.has(key) || view === undefined) return "waiting";
    // Told before, and in the whole that came since.
    if (version <= view.version) return "applied";
    if (version > view.version + 1) {
      this.#current.delete(key);
      return "missed";
    }
    this.#views.set(key, { items: spliced(view.items, splice), version });
    return "applied";
  }

  isCurrent(key: string): boolean {
    return this.#current.has(key);
  }

  drop(key: string): void {
    this.#views.delete(key);
    this.#current.delete(key);
  }

  /** Another leader counts anew. What is known is shown until it has told its own. */
  newLeader(): void {
    this.#current.clear();
  }

  clear(): void {
    this.#views.clear();
    this.#current.clear();
  }
}
