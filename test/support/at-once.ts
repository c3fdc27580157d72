import type { Soon } from "../../src/core/soon.ts";

/** What must not have to wait: nothing that it needs is archived. */
export const atOnce = <T>(value: Soon<T>): T => {
  if (value instanceof Promise) throw new Error("it waits for the archive");
  return value;
};

/** A conversation that has no archive: nothing is archived, and nothing pruned. */
export const NO_ARCHIVE = {
  archive: undefined,
  horizon: { entries: 1000, ms: 30 * 86_400_000 },
  archived: () => undefined,
  archiveFailed: () => undefined,
} as const;
