import type { SegmentedStore } from "../../core/archive/segmented-store.ts";
import type { ArchiveRpc } from "../../rpc/archive-rpc.ts";
import type { Objects } from "../../rpc/bindings.ts";
import type { ConversationId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { callObject } from "../retry.ts";
import { Stubs } from "../stubs.ts";

/** FNV-1a. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

/** Which object has a conversation's entries: for good, so the number of objects never changes. */
const shardOf = (region: string, conversation: ConversationId): string =>
  `${region}/${hashOf(conversation) % LIMITS.archiveObjects}`;

/** The archive of a region in objects with databases of their own. */
export const objectArchive = (objects: Objects<ArchiveRpc>, region: string): SegmentedStore => {
  const stubs = new Stubs(objects, LIMITS.archiveObjects);
  const ask = <T>(conversation: ConversationId, call: (object: ArchiveRpc) => Promise<T>): Promise<T> =>
    callObject(stubs, shardOf(region, conversation), call);
  return {
    put: (batch) => ask(batch.conversation, (object) => object.put(batch)),
    range: (range) => ask(range.conversation, (object) => object.range(range)),
    rows: (conversation, seqs) => ask(conversation, (object) => object.rows(conversation, seqs)),
    forget: (conversation, through) => ask(conversation, (object) => object.forget(conversation, through)),
    versioned: (conversation, first, last) =>
      ask(conversation, (object) => object.versioned(conversation, first, last)),
    restore: (conversation, rows) => ask(conversation, (object) => object.restore(conversation, rows)),
    segments: (conversation, range) => ask(conversation, (object) => object.segments(conversation, range)),
    save: (conversation, segment) => ask(conversation, (object) => object.save(conversation, segment)),
    unsave: (conversation, segment) => ask(conversation, (object) => object.unsave(conversation, segment)),
    drop: (conversation, segment) => ask(conversation, (object) => object.drop(conversation, segment)),
  };
};
