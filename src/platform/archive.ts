import type { ArchiveStore } from "../core/archive/archive-store.ts";
import { ColdTier } from "../core/archive/cold-tier.ts";
import { SegmentCache } from "../core/archive/segment-cache.ts";
import type { SegmentedStore } from "../core/archive/segmented-store.ts";
import type { ArchiveD1 } from "../rpc/archive-rpc.ts";
import type { ArchiveBindings, BlobBindings } from "../rpc/bindings.ts";
import { LIMITS } from "../shared/limits.ts";
import { readArchiveUrl } from "./archive/archive-url.ts";
import { d1Archive } from "./archive/d1-archive.ts";
import { objectArchive } from "./archive/object-archive.ts";
import { PlanetScaleArchive } from "./archive/planetscale-archive.ts";
import { segmentCodec } from "./archive/segment-codec.ts";
import { blobsOf } from "./blobs.ts";
import { named } from "./named.ts";
import { archivesOf } from "./placement.ts";
import { log } from "./telemetry.ts";

const DAY_MS = 86_400_000;
/** Of all conversations that this process has in hand. */
const cache = new SegmentCache();

/** Where a setting is wrong: conversations go on, and archive when it is right. */
const unusable = (reason: string): SegmentedStore => {
  log({ event: "misconfigured", reason: `ARCHIVE_URL: ${reason}` });
  const refuse = (): Promise<never> => Promise.reject(new Error("unable to reach the archive; ARCHIVE_URL is wrong"));
  return {
    put: refuse,
    range: refuse,
    rows: refuse,
    forget: refuse,
    versioned: refuse,
    restore: refuse,
    segments: refuse,
    save: refuse,
    unsave: refuse,
    drop: refuse,
  };
};

/**
 * The table of a region: PlanetScale where a URL is set, a database of D1 where one is bound, else objects of this server.
 * What is the region's own comes before what is for all.
 */
export const archiveTableOf = (env: ArchiveBindings, region: string): SegmentedStore => {
  const found = named(env, region, "ARCHIVE_URL", "ARCHIVE_DB");
  if (found === undefined) return objectArchive(archivesOf(env, region), region);
  if (found.name === "ARCHIVE_DB") return d1Archive(found.value as ArchiveD1);
  const url = readArchiveUrl(found.value as string);
  const network = env.ARCHIVE_NET ?? { fetch: (to: string, init: RequestInit) => fetch(to, init) };
  return "problem" in url ? unusable(url.problem) : new PlanetScaleArchive(url, network);
};

const coldDaysOf = ({ COLD_DAYS = "" }: ArchiveBindings): number | undefined => {
  if (/^[1-9]\d{0,4}$/.test(COLD_DAYS)) return Number(COLD_DAYS);
  if (COLD_DAYS !== "") log({ event: "misconfigured", reason: "COLD_DAYS: it is not a number of days" });
  return undefined;
};

/**
 * The archive of a region, for one conversation's object: where months go cold, it alone moves what is in them. Without
 * `COLD_DAYS` they never do; what went cold before stays readable only with it.
 */
export const archiveOf = (env: ArchiveBindings & BlobBindings, region: string): ArchiveStore => {
  const store = archiveTableOf(env, region);
  const days = coldDaysOf(env);
  const blobs = days === undefined ? undefined : blobsOf(env, region);
  if (days === undefined || blobs === undefined) return store;
  return new ColdTier({
    store,
    blobs,
    codec: segmentCodec,
    cache,
    coldMs: days * DAY_MS,
    segmentBytes: LIMITS.segmentBytes,
    failed: (key, reason) => log({ event: "segment_failed", key, reason }),
  });
};
