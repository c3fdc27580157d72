import type { SegmentedStore } from "../core/archive/segmented-store.ts";

/** A part of a region's archive, in an object: the conversations whose hash leads to it. */
export type ArchiveRpc = SegmentedStore;

/** A database of D1, as far as it is used. */
export interface ArchiveD1 {
  prepare(statement: string): {
    bind(...values: unknown[]): { all(): Promise<{ readonly results: unknown[] }> };
  };
}
