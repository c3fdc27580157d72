import type { ArchiveStore } from "../core/archive/archive-store.ts";
import type { ArchiveD1 } from "../rpc/archive-rpc.ts";
import type { ArchiveBindings } from "../rpc/bindings.ts";
import { readArchiveUrl } from "./archive/archive-url.ts";
import { d1Archive } from "./archive/d1-archive.ts";
import { objectArchive } from "./archive/object-archive.ts";
import { PlanetScaleArchive } from "./archive/planetscale-archive.ts";
import { named } from "./named.ts";
import { archivesOf } from "./placement.ts";
import { log } from "./telemetry.ts";

/** Where a setting is wrong: conversations go on, and archive when it is right. */
const unusable = (reason: string): ArchiveStore => {
  log({ event: "misconfigured", reason: `ARCHIVE_URL: ${reason}` });
  const refuse = (): Promise<never> => Promise.reject(new Error("unable to reach the archive; ARCHIVE_URL is wrong"));
  return { put: refuse, range: refuse, rows: refuse, forget: refuse };
};

/** The archive of a region: PlanetScale where a URL is set, a database of D1 where one is bound, else objects of this server. */
export const archiveOf = (env: ArchiveBindings, region: string): ArchiveStore => {
  const text = named(env, "ARCHIVE_URL", region) as string | undefined;
  if (text !== undefined && text !== "") {
    const url = readArchiveUrl(text);
    const network = env.ARCHIVE_NET ?? { fetch: (to: string, init: RequestInit) => fetch(to, init) };
    return "problem" in url ? unusable(url.problem) : new PlanetScaleArchive(url, network);
  }
  const database = named(env, "ARCHIVE_DB", region) as ArchiveD1 | undefined;
  return database === undefined ? objectArchive(archivesOf(env, region), region) : d1Archive(database);
};
