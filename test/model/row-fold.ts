import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry, MessageEntry } from "../../src/shared/protocol/entry.ts";

const mentions = (message: MessageEntry, user: string): boolean =>
  message.mentions?.some((name) => name === user || name === "@all") === true;

const targetOf = (id: string, entries: ReadonlyMap<number, Entry>): MessageEntry | undefined => {
  for (const entry of entries.values()) if (entry.message_id === id && entry.kind === "message") return entry;
  return undefined;
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
      const { edited_at: _edited, ...rest } = row.last_message;
      row.last_message = { ...rest, content: "", deleted_at: entry.timestamp };
    }
  }
  if (entry.kind !== "message") return true;
  row.last_message = { ...entry, conversation_id: row.conversation_id };
  if (!isUnread(entry)) return true;
  row.unread_count++;
  if (mentions(entry, user)) row.mention_count++;
  return true;
};
