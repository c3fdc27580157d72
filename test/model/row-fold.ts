import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry, MessageEntry } from "../../src/shared/protocol/entry.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { Message } from "../../src/shared/protocol/message.ts";

const mentions = (message: MessageEntry, user: string): boolean =>
  message.mentions?.some((name) => name === user || name === "@all") === true;

const targetOf = (id: string, entries: ReadonlyMap<number, Entry>): MessageEntry | undefined => {
  for (const entry of entries.values()) if (entry.message_id === id && entry.kind === "message") return entry;
  return undefined;
};

/** What is left of a message that was deleted: where it is, and where it hung. */
const emptied = (message: Message, deleted_at: string): Message => {
  const { message_id, conversation_id, seq, sender_id, client_message_id, type, timestamp } = message;
  const { reply_to, thread_root } = message;
  return {
    message_id,
    conversation_id,
    seq,
    sender_id,
    type,
    content: "",
    timestamp,
    deleted_at,
    ...(client_message_id === undefined ? {} : { client_message_id }),
    ...(reply_to === undefined ? {} : { reply_to }),
    ...(thread_root === undefined ? {} : { thread_root }),
  };
};

/** What news of receipts make of a row: the ticks of its last message, when that is the reader's own. */
export const foldReceipt = (row: Conversation, receipt: EventOf<"receipt">, user: string): void => {
  const last = row.last_message;
  if (!last?.receipts || last.sender_id !== user) return;
  const { delivered, read, of } = last.receipts;
  const has = (upTo: number | undefined): number => (upTo !== undefined && upTo >= last.seq ? 1 : 0);
  if (row.type === "direct") {
    const { delivered_up_to, read_up_to } = receipt;
    const counts = { delivered: Math.max(delivered, has(delivered_up_to)), read: Math.max(read, has(read_up_to)), of };
    row.last_message = { ...last, receipts: counts };
  } else if (receipt.seq === last.seq) {
    const counts = { delivered: Math.max(delivered, receipt.delivered ?? 0), read: Math.max(read, receipt.read ?? 0) };
    row.last_message = { ...last, receipts: { ...counts, of: receipt.of ?? of } };
  }
};

/**
 * What the next entry makes of a row of the list, as a client that keeps to the contract does it. `false`: it is
 * about a message that the client does not have.
 */
export const foldEntry = (
  row: Conversation,
  entry: Entry,
  user: string,
  entries: ReadonlyMap<number, Entry>,
): boolean => {
  const target = entry.kind === "edit" || entry.kind === "delete" ? targetOf(entry.target, entries) : undefined;
  const isUnread = (message: MessageEntry): boolean =>
    message.sender_id !== user && message.seq > row.read_up_to && message.seq <= row.head_seq;
  if ((entry.kind === "edit" || entry.kind === "delete") && !target) return false;
  // Of a message that came emptied nobody knows any more whom it mentioned.
  if (entry.kind === "delete" && target?.content === "" && row.mention_count > 0) return false;
  if (entry.kind === "delete" && target && isUnread(target)) {
    row.unread_count--;
    if (mentions(target, user)) row.mention_count--;
  }
  row.head_seq = entry.seq;
  if (entry.seq <= row.read_up_to) row.delivered_up_to = Math.max(row.delivered_up_to, entry.seq);
  if (target && row.last_message?.message_id === target.message_id) {
    if (entry.kind === "edit") {
      row.last_message = { ...row.last_message, content: entry.content, edited_at: entry.timestamp };
    } else {
      const { receipts } = row.last_message;
      row.last_message = { ...emptied(row.last_message, entry.timestamp), ...(receipts ? { receipts } : {}) };
    }
  }
  if (entry.kind !== "message") return true;
  const { kind: _kind, ...message } = entry;
  const receipts = { delivered: 0, read: 0, of: row.member_count - 1 };
  const counted = entry.sender_id === user && row.type !== "channel";
  row.last_message = { ...message, conversation_id: row.conversation_id, ...(counted ? { receipts } : {}) };
  if (!isUnread(entry)) return true;
  row.unread_count++;
  if (mentions(entry, user)) row.mention_count++;
  return true;
};

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(
    fields.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, sorted(field)]),
  );
};

/** All of a row, but for what raises no `rev`: with each message that is acknowledged one would be given out. */
export const comparable = (row: Conversation | undefined): string => {
  const { rev: _rev, delivered_up_to: _delivered, ...shown } = row ?? ({} as Conversation);
  return JSON.stringify(sorted(shown));
};
