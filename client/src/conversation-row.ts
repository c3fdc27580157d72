import type { Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { Changed, ConversationCopy } from "./conversation-copy.ts";
import type { StoredMessage } from "./store.ts";

/** A message as apps and rows hold it: without our own notes. */
export const plainMessage = (message: StoredMessage): Message => {
  const { reactors: _reactors, paged: _paged, ...plain } = message;
  return plain;
};

const counts = (message: Message, me: UserId | undefined): boolean =>
  message.sender_id !== me && message.deleted_at === undefined;

/** Changes a row's counts by `messages`, each by `sign`. */
const counted = (
  row: Conversation,
  messages: readonly Message[],
  me: UserId | undefined,
  sign: 1 | -1,
): Conversation => {
  const others = messages.filter((message) => counts(message, me));
  const mentioning = others.filter((message) => me !== undefined && (message.mentions?.includes(me) ?? false));
  return {
    ...row,
    unread_count: Math.max(0, row.unread_count + sign * others.length),
    mention_count: Math.max(0, row.mention_count + sign * mentioning.length),
  };
};

/** A row that the log has overtaken, brought up to it: the row is exact at the `head_seq` it shows. */
export const caughtUp = (row: Conversation, copy: ConversationCopy, me: UserId | undefined): Conversation => {
  if (row.epoch !== copy.epoch || copy.upTo <= row.head_seq) return row;
  const newer = copy.messages.filter((message) => message.seq > row.head_seq);
  const unread = newer.filter((message) => message.seq > row.read_up_to);
  const last = newer.at(-1);
  return {
    ...counted(row, unread, me, 1),
    head_seq: copy.upTo,
    ...(last === undefined ? {} : { last_message: plainMessage(last) }),
  };
};

/**
 * A row with everything up to `upTo` read. Exact when the log is known from the old mark on; below that
 * only the server can count, and its row follows.
 */
export const withRead = (
  row: Conversation,
  upTo: Seq,
  copy: ConversationCopy | undefined,
  me: UserId | undefined,
): Conversation => {
  const readUpTo = Math.min(upTo, row.head_seq);
  if (readUpTo <= row.read_up_to) return row;
  const marked = {
    ...row,
    read_up_to: readUpTo,
    delivered_up_to: Math.max(row.delivered_up_to, readUpTo),
  };
  if (readUpTo === row.head_seq) return { ...marked, unread_count: 0, mention_count: 0 };
  if (copy === undefined || copy.windowFrom > readUpTo + 1) return marked;
  const unread = copy.messages.filter((message) => message.seq > readUpTo && message.seq <= row.head_seq);
  return counted({ ...marked, unread_count: 0, mention_count: 0 }, unread, me, 1);
};

/** A row with `after` in place of its last message, when that is the one. */
export const withLast = (row: Conversation, after: StoredMessage): Conversation =>
  row.last_message?.seq === after.seq ? { ...row, last_message: plainMessage(after) } : row;

/** A row after an entry changed one of the messages that it counted when its head was `head`. */
export const withChanged = (row: Conversation, head: Seq, change: Changed, me: UserId | undefined): Conversation => {
  const { entry, before, after } = change;
  const last = withLast(row, after);
  const newlyGone = after.deleted_at !== undefined && before.deleted_at === undefined;
  const counting = after.seq > row.read_up_to && after.seq <= head && entry.seq > head;
  return newlyGone && counting ? counted(last, [before], me, -1) : last;
};
