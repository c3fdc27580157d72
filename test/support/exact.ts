import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { Entry } from "../../src/shared/protocol/entry.ts";
import type { Person } from "./person.ts";
import { until } from "./wait.ts";

/** What `unread_count` has to be, counted from the log: messages of others after `read_up_to`, up to the row's head. */
export const unreadOf = (
  userId: string,
  row: Pick<Conversation, "read_up_to" | "head_seq">,
  log: readonly Entry[],
): number =>
  log.filter(
    (entry) =>
      entry.kind === "message" && entry.sender_id !== userId && entry.seq > row.read_up_to && entry.seq <= row.head_seq,
  ).length;

/** Throws when a row's counts are wrong at the `head_seq` that it shows. */
export const assertExact = (userId: string, row: Conversation, log: readonly Entry[]): void => {
  const expected = unreadOf(userId, row, log);
  const told = { unread: row.unread_count, read: row.read_up_to, delivered: row.delivered_up_to, head: row.head_seq };
  const where = `${userId} in ${row.conversation_id}: ${JSON.stringify(told)}`;
  if (row.unread_count !== expected) throw new Error(`unread has to be ${expected}, ${where}`);
  if (row.read_up_to > row.head_seq) throw new Error(`read beyond the head, ${where}`);
  if (row.delivered_up_to < row.read_up_to) throw new Error(`read but not delivered, ${where}`);
};

/** The caller's row, once its list has caught up with `headSeq`; its counts are checked against the log. */
export const settledRow = async (person: Person, conversationId: string, headSeq: number): Promise<Conversation> => {
  const row = await until(`the row of ${person.userId} to reach ${headSeq}`, async () => {
    const rows = await person.list();
    return rows.find((one) => one.conversation_id === conversationId && one.head_seq >= headSeq);
  });
  assertExact(person.userId, row, await person.log(conversationId));
  return row;
};
