import type { SegmentedStore } from "../../core/archive/segmented-store.ts";
import type { ArchiveD1 } from "../../rpc/archive-rpc.ts";
import { SqliteArchive } from "./sqlite-archive.ts";

/** The archive of a region in a database of D1. What can be repeated, the archive's own calls are. */
export const d1Archive = (database: ArchiveD1): SegmentedStore =>
  new SqliteArchive({
    all: async <Row>(statement: string, ...bindings: readonly unknown[]) => {
      const { results } = await database
        .prepare(statement)
        .bind(...bindings)
        .all();
      return results as Row[];
    },
  });
