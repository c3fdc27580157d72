import type { ConversationId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { InboxRow } from "./inbox-row.ts";

/** Clean rows may be read again from the disk: memory keeps a bounded number of them, and of bytes in them. */
export const trimRows = (rows: Map<ConversationId, InboxRow>): void => {
  // Asked for with every write: few rows cannot be too many bytes.
  if (rows.size <= LIMITS.inboxTailBytesInMemory / (2 * LIMITS.tailBytes)) return;
  let bytes = 0;
  for (const { tail } of rows.values()) bytes += tail.bytes;
  if (rows.size <= LIMITS.inboxRowsInMemory && bytes <= LIMITS.inboxTailBytesInMemory) return;
  for (const [id, row] of rows) {
    if (rows.size <= LIMITS.inboxRowsInMemory / 2 && bytes <= LIMITS.inboxTailBytesInMemory / 2) return;
    if (row.dirty) continue;
    rows.delete(id);
    bytes -= row.tail.bytes;
  }
};
