import type { ConversationId, Seq } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { toIso } from "../../shared/time.ts";
import type { Segment, VersionedRow } from "./segmented-store.ts";

/** Compresses and checks. */
export interface SegmentCodec {
  pack(text: string): Promise<{ readonly bytes: Uint8Array; readonly sha256: string }>;
  /** `undefined`: these are not the bytes that have this checksum, or they are no text. */
  unpack(bytes: Uint8Array, sha256: string): Promise<string | undefined>;
}

/** `2026-11`. */
export const monthOf = (at: number): string => toIso(at).slice(0, 7);

/** One line an entry, with its version: rows of the log, as JSON. */
export const linesOf = (rows: readonly VersionedRow[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

export const rowsIn = (text: string): VersionedRow[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as VersionedRow);

const CONVERSATION = /^[A-Za-z0-9_-]+$/;

/** A file that is written anew has another name: whoever reads the old one sees that it is gone, and never a half. */
export const segmentKey = (conversation: ConversationId, month: string, first: Seq, sha256: string): string => {
  if (!CONVERSATION.test(conversation))
    throw new RangeError("unable to name a segment; the id is not one of this server's");
  return `segments/${conversation}/${month}/${first}-${sha256.slice(0, 16)}.jsonl.gz`;
};

/** Roots of threads with replies among the rows; null: they are too many to be listed. */
export const threadsIn = (rows: readonly VersionedRow[]): string | null => {
  const roots = new Set(rows.flatMap(({ thread }) => (thread === null ? [] : [thread])));
  return roots.size > LIMITS.segmentThreads ? null : JSON.stringify([...roots]);
};

export const mayHaveThread = ({ threads }: Segment, root: Seq): boolean =>
  threads === null || (JSON.parse(threads) as Seq[]).includes(root);
