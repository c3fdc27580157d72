import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry, MessageEntry } from "../../src/shared/protocol/entry.ts";
import { ALL } from "../../src/shared/protocol/fields.ts";
import type { Person } from "./person.ts";
import { standing } from "./standing.ts";
import { until } from "./wait.ts";

type Head = Pick<Conversation, "read_up_to" | "head_seq">;

/** Messages of others after `read_up_to` that stand at the row's head. */
const unreadMessages = (userId: string, row: Head, log: readonly Entry[]): MessageEntry[] =>
  [...standing(log, row.head_seq).values()]
    .filter(({ deleted_at }) => deleted_at === undefined)
    .map(({ entry }) => entry)
    .filter((entry) => entry.sender_id !== userId && entry.seq > row.read_up_to);

/** What `unread_count` has to be, counted from the log. */
export const unreadOf = (userId: string, row: Head, log: readonly Entry[]): number =>
  unreadMessages(userId, row, log).length;

/** What `mention_count` has to be: of the unread ones those that name the user, or everybody. */
export const mentionsOf = (userId: string, row: Head, log: readonly Entry[]): number =>
  unreadMessages(userId, row, log).filter(({ mentions = [] }) => mentions.some((one) => one === userId || one === ALL))
    .length;

/** Throws when a row's counts are wrong at the `head_seq` that it shows. */
export const assertExact = (userId: string, row: Conversation, log: readonly Entry[]): void => {
  const expected = unreadOf(userId, row, log);
  const mentioned = mentionsOf(userId, row, log);
  const told = {
    unread: row.unread_count,
    mentions: row.mention_count,
    read: row.read_up_to,
    delivered: row.delivered_up_to,
    head: row.head_seq,
  };
  const where = `${userId} in ${row.conversation_id}: ${JSON.stringify(told)}`;
  if (row.unread_count !== expected) throw new Error(`unread has to be ${expected}, ${where}`);
  if (row.mention_count !== mentioned) throw new Error(`mentions have to be ${mentioned}, ${where}`);
  if (row.read_up_to > row.head_seq) throw new Error(`read beyond the head, ${where}`);
  if (row.delivered_up_to < row.read_up_to) throw new Error(`read but not delivered, ${where}`);
};

/**
 * The caller's row, once its list has caught up with `headSeq`; its counts are checked against the log.
 * @param reader whose log is read: for somebody who may not read all of it
 */
export const settledRow = async (
  person: Person,
  conversationId: string,
  headSeq: number,
  reader: Person = person,
): Promise<Conversation> => {
  const row = await until(`the row of ${person.userId} to reach ${headSeq}`, async () => {
    const rows = await person.list();
    return rows.find((one) => one.conversation_id === conversationId && one.head_seq >= headSeq);
  });
  assertExact(person.userId, row, await reader.log(conversationId));
  return row;
};
