import type { ArchiveStore } from "../core/archive/archive-store.ts";
import type { ArchiveBindings } from "../rpc/bindings.ts";
import { d1Archive } from "./archive/d1-archive.ts";
import { objectArchive } from "./archive/object-archive.ts";
import { named } from "./named.ts";
import { archivesOf } from "./placement.ts";
import type { ArchiveD1 } from "../rpc/archive-rpc.ts";

/** The archive of a region: a database of D1 where one is bound, else objects of this server. */
export const archiveOf = (env: ArchiveBindings, region: string): ArchiveStore => {
  const database = named(env, "ARCHIVE_DB", region) as ArchiveD1 | undefined;
  return database === undefined ? objectArchive(archivesOf(env, region), region) : d1Archive(database);
};
