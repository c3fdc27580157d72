import { LIMITS } from "../../shared/limits.ts";
import type { VersionedRow } from "./segmented-store.ts";

/** The segments that were read last, of all conversations of a process: pages of one come one after the other. */
export class SegmentCache {
  readonly #segments = new Map<string, readonly VersionedRow[]>();

  get(key: string): readonly VersionedRow[] | undefined {
    const rows = this.#segments.get(key);
    if (rows) {
      this.#segments.delete(key);
      this.#segments.set(key, rows);
    }
    return rows;
  }

  add(key: string, rows: readonly VersionedRow[]): void {
    this.#segments.set(key, rows);
    for (const oldest of this.#segments.keys()) {
      if (this.#segments.size <= LIMITS.segmentsCached) break;
      this.#segments.delete(oldest);
    }
  }

  drop(key: string): void {
    this.#segments.delete(key);
  }
}
