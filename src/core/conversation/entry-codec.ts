import type { ConversationId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { toIso } from "../../shared/time.ts";
import type { EncodedEntry, ReceiptCounts } from "./delivery.ts";
import type { LogRow } from "./log-table.ts";
import { messageIdOf } from "./message-id.ts";

/** How the JSON of a message's entry begins: what follows it is the message. */
export const MESSAGE_PREFIX = `{"kind":"message",`;

/**
 * Rows of the log as JSON of the wire contract. The body is JSON already, so an entry is put together from
 * text: it is serialised once in its life, when it is written.
 */
export class EntryCodec {
  readonly #conversationId: ConversationId;
  readonly #mark: string;

  constructor(conversationId: ConversationId, mark: string) {
    this.#conversationId = conversationId;
    this.#mark = mark;
  }

  #head(row: LogRow): string {
    const client = row.client_id === null ? "" : `"client_message_id":"${row.client_id}",`;
    return (
      `"seq":${row.seq},"message_id":"${messageIdOf(row.at, row.seq, this.#mark)}",` +
      `"sender_id":"${row.sender_id}",${client}"timestamp":"${toIso(row.at)}",${row.body.slice(1)}`
    );
  }

  entry(row: LogRow): EncodedEntry {
    return {
      seq: row.seq,
      at: row.at,
      sender: row.sender_id,
      kind: row.kind,
      ...(row.mentions === null ? {} : { mentions: JSON.parse(row.mentions) as UserId[] }),
      json: `${row.kind === "message" ? MESSAGE_PREFIX : `{"kind":"${row.kind}",`}${this.#head(row)}`,
    };
  }

  /** A message as it stands now. `receipts` for the reader's own ones. */
  message(row: LogRow, receipts?: ReceiptCounts): string {
    const json = `{"conversation_id":${JSON.stringify(this.#conversationId)},${this.#head(row)}`;
    return receipts ? `${json.slice(0, -1)},"receipts":${JSON.stringify(receipts)}}` : json;
  }
}

/** As many of the first as travel in one call and one frame; at least one. */
export const batchOf = (entries: readonly EncodedEntry[]): readonly EncodedEntry[] => {
  let length = 0;
  const end = entries.findIndex(({ json }, index) => {
    length += json.length;
    return index > 0 && length > LIMITS.deliverBatchBytes;
  });
  return end < 0 ? entries : entries.slice(0, end);
};

/** The newest encoded entries, so that a fan-out does not read them back from the disk. */
export class RecentEntries {
  readonly #limit: number;
  #entries: EncodedEntry[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: EncodedEntry): void {
    this.#entries.push(entry);
    // Trimmed by half at a time: an array that loses its first element on each push is copied on each push.
    if (this.#entries.length >= 2 * this.#limit) this.#entries = this.#entries.slice(-this.#limit);
  }

  /** Entries after `after`, or `undefined` when some of them are no longer here. */
  after(after: Seq, limit: number): readonly EncodedEntry[] | undefined {
    const first = this.#entries[0];
    if (!first || first.seq > after + 1) return undefined;
    const from = after + 1 - first.seq;
    return this.#entries.slice(from, from + limit);
  }
}
