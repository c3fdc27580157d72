import * as z from "zod/mini";
import { LIMITS } from "../limits.ts";
import { count, timestamp, userId } from "./fields.ts";
import { actId, ofAct, reason, sha256 } from "./http-fields.ts";

const ofUser = z.object({ id: userId });
/** How far something long has come. */
const progress = { done: count, of: z.optional(count) };
const dataExport = z.object({
  export_id: actId,
  user_id: userId,
  include: z.enum(["own", "readable"]),
  status: z.enum(["running", "done", "failed", "expired"]),
  /** Conversations that are in the file. */
  ...progress,
  bytes: count,
  parts: z.optional(count),
  /** Of the whole file, when it is done. */
  sha256: z.optional(sha256),
  reason: z.optional(z.string()),
  requested_at: timestamp,
  finished_at: z.optional(timestamp),
  /** When the file is thrown away. */
  expires_at: z.optional(timestamp),
});
export type DataExport = z.infer<typeof dataExport>;

/** What was removed where, what remains and why, and when the last copies are gone. */
const certificate = z.object({
  erasure_id: actId,
  user_id: userId,
  requested_at: timestamp,
  finished_at: timestamp,
  removed: z.record(z.string(), count),
  remains: z.array(z.object({ what: z.string(), count: z.optional(count), why: z.string() })),
  horizons: z.array(z.object({ what: z.string(), days: count, until: z.optional(timestamp) })),
  /** Of all the above, as canonical JSON; it stands in the audit log too. */
  hash: sha256,
});
const erasure = z.object({
  erasure_id: actId,
  user_id: userId,
  status: z.enum(["running", "done", "failed"]),
  ...progress,
  requested_at: timestamp,
  certificate: z.optional(certificate),
});
export type Erasure = z.infer<typeof erasure>;

const importResult = z.object({
  /** Its place in the call: 0, 1, 2, … */
  line: count,
  status: z.enum(["done", "duplicate", "refused"]),
  code: z.optional(z.string()),
  message: z.optional(z.string()),
});
export type ImportResult = z.infer<typeof importResult>;

/** A person's data out, away and in (docs/protocol.md §10). */
export const dataRoutes = {
  adminExport: {
    method: "POST",
    path: "/admin/users/{id}/exports",
    summary: "Begin to export a person's data; the same id again is the same export",
    params: ofUser,
    body: z.object({
      export_id: actId,
      include: z._default(z.enum(["own", "readable"]), "own"),
      reason: z.optional(reason),
    }),
    answers: { 202: dataExport },
    admin: true,
  },
  adminGetExport: {
    method: "GET",
    path: "/admin/exports/{id}",
    summary: "How far an export has come",
    params: ofAct,
    answers: { 200: dataExport },
    admin: true,
  },
  adminExportFile: {
    method: "GET",
    path: "/admin/exports/{id}/file",
    summary: "The file of an export; takes `Range`",
    params: ofAct,
    file: "application/gzip",
    answers: { 200: null, 206: null },
    admin: true,
  },
  adminErase: {
    method: "POST",
    path: "/admin/users/{id}/erase",
    summary: "Begin to erase a person; the same id again is the same erasure",
    params: ofUser,
    body: z.object({ erasure_id: actId, reason }),
    answers: { 202: erasure },
    admin: true,
  },
  adminGetErasure: {
    method: "GET",
    path: "/admin/erasures/{id}",
    summary: "How far an erasure has come, and its certificate",
    params: ofAct,
    answers: { 200: erasure },
    admin: true,
  },
  adminImport: {
    method: "POST",
    path: "/admin/import",
    summary: "Bring in conversations of another system, a batch of lines at a time",
    body: z.object({
      /** The other system: with its ids it makes ours. */
      source: z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,32}$/)),
      /** Each is looked at for itself: one that is malformed refuses no other. */
      lines: z.array(z.unknown()).check(z.minLength(1), z.maxLength(LIMITS.importLines)),
    }),
    answers: { 200: z.object({ results: z.array(importResult) }) },
    admin: true,
  },
} as const;
