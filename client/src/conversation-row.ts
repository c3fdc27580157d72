import type { Seq, UserId } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { effectiveSettings } from "../../src/shared/permissions.ts";
import type { Conversation, Participant } from "../../src/shared/protocol/conversation.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { Changed, ConversationCopy } from "./conversation-copy.ts";
import type { StoredEvent, StoredMessage } from "./store.ts";

/** A message as apps and rows hold it: without our own notes. */
export const plainMessage = (message: StoredMessage): Message => {
  const { reactors: _reactors, paged: _paged, threadRead: _read, threadTold: _told, expired, ...plain } = message;
  return expired === true ? { ...plain, deleted_at: message.expires_at ?? message.timestamp } : plain;
};

/** A message as the list shows it. */
const lastMessage = (message: StoredMessage): Message => {
  const { reactions: _reactions, thread: _thread, ...last } = plainMessage(message);
  return last;
};

/** `"@all"`: everybody is mentioned. */
const ALL = "@all";

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
  const mentioning = others.filter(({ mentions }) =>
    mentions?.some((mentioned) => mentioned === ALL || (me !== undefined && mentioned === me)),
  );
  return {
    ...row,
    unread_count: Math.max(0, row.unread_count + sign * others.length),
    mention_count: Math.max(0, row.mention_count + sign * mentioning.length),
  };
};

/** A row after one more entry about the conversation itself. */
const withEvent = (row: Conversation, event: StoredEvent, me: UserId | undefined): Conversation => {
  if (event.kind === "settings") {
    const { name, avatar, settings } = event.changes;
    return {
      ...row,
      ...(name === undefined ? {} : { name }),
      ...(avatar === undefined ? {} : { avatar }),
      ...(settings === undefined ? {} : { settings: effectiveSettings(row.type, { ...row.settings, ...settings }) }),
    };
  }
  const { op, user_id, role = row.role, timestamp } = event;
  const step = { add: 1, remove: -1, role: 0 }[op];
  const resized = { ...row, member_count: Math.max(0, row.member_count + step) };
  if (user_id !== me) return resized;
  if (op === "remove") return { ...resized, left_at: timestamp };
  const { left_at, ...present } = resized;
  return op === "add" || left_at === undefined ? { ...present, role } : resized;
};

/** A row that the log has overtaken, brought up to it: the row is exact at the `head_seq` it shows. */
export const caughtUp = (row: Conversation, copy: ConversationCopy, me: UserId | undefined): Conversation => {
  if (row.epoch !== copy.epoch || copy.upTo <= row.head_seq) return row;
  const newer = copy.messages.filter((message) => message.seq > row.head_seq);
  const unread = newer.filter((message) => message.seq > row.read_up_to);
  const last = newer.at(-1);
  const events = copy.events.filter((event) => event.seq > row.head_seq);
  const happened = events.reduce((before, event) => withEvent(before, event, me), row);
  return {
    ...counted(happened, unread, me, 1),
    head_seq: copy.upTo,
    ...(last === undefined ? {} : { last_message: lastMessage(last) }),
  };
};

/**
 * Those who take part, after what happened to members. Other than a row's counts it may be told twice, and late: the
 * last thing that happened to somebody is what holds.
 */
export const withMembers = (row: Conversation, events: readonly StoredEvent[]): Conversation => {
  if (row.participants === undefined || !events.some((event) => event.kind === "member")) return row;
  const members = new Map<UserId, Participant>(row.participants.map((one) => [one.user_id, one]));
  for (const event of events) {
    if (event.kind !== "member") continue;
    const { op, user_id, timestamp } = event;
    const known = members.get(user_id);
    if (op === "remove") members.delete(user_id);
    else if (op === "add" || known !== undefined) {
      const role = event.role ?? known?.role ?? "member";
      members.set(user_id, { user_id, role, joined_at: known?.joined_at ?? timestamp });
    }
  }
  const { participants: _participants, ...rest } = row;
  return members.size > LIMITS.participantsShown ? rest : { ...rest, participants: [...members.values()] };
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
  return copy === undefined ? marked : recounted(marked, copy, me);
};

/** Whether what is unread can be counted here: everything after the mark is in memory. */
export const countable = (row: Conversation, copy: ConversationCopy): boolean =>
  row.epoch === copy.epoch && copy.windowFrom <= row.read_up_to + 1 && copy.upTo >= row.head_seq;

/** A row with its counts made anew, where that can be done here. */
export const recounted = (row: Conversation, copy: ConversationCopy, me: UserId | undefined): Conversation => {
  if (!countable(row, copy)) return row;
  const unread = copy.messages.filter((message) => message.seq > row.read_up_to && message.seq <= row.head_seq);
  const { unread_count, mention_count } = counted({ ...row, unread_count: 0, mention_count: 0 }, unread, me, 1);
  const same = unread_count === row.unread_count && mention_count === row.mention_count;
  return same ? row : { ...row, unread_count, mention_count };
};

/** A row with `after` in place of its last message, when that is the one. */
export const withLast = (row: Conversation, after: StoredMessage): Conversation =>
  row.last_message?.seq === after.seq ? { ...row, last_message: lastMessage(after) } : row;

/** A row after an entry changed one of the messages that it counted when its head was `head`. */
export const withChanged = (row: Conversation, head: Seq, change: Changed, me: UserId | undefined): Conversation => {
  const { entry, before, after } = change;
  const last = withLast(row, after);
  const newlyGone = after.deleted_at !== undefined && before.deleted_at === undefined;
  const counting = after.seq > row.read_up_to && after.seq <= head && entry.seq > head;
  return newlyGone && counting ? counted(last, [before], me, -1) : last;
};
