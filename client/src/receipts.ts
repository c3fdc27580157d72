import type { Seq, UserId } from "../../src/shared/ids.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import { plainMessage } from "./conversation-row.ts";
import type { Change } from "./change.ts";
import type { LocalState } from "./local-state.ts";

type Counts = NonNullable<Message["receipts"]>;

/**
 * Receipts are watermarks: when all others have read a message, they have read those before it too. So the
 * two marks of a copy, below which everything is delivered to all or read by all, decide every tick.
 */
const raise = (copy: ConversationCopy, seq: Seq, { delivered, read, of }: Counts): boolean =>
  of > 0 && copy.raiseOthers(delivered >= of ? seq : 0, read >= of ? seq : 0);

/** Learns from messages as the server shows them. Says whether any tick may have changed. */
export const learnReceipts = (
  copy: ConversationCopy,
  messages: readonly (Message | undefined)[],
  me: UserId | undefined,
): boolean => {
  let rose = false;
  for (const message of messages) {
    if (message?.receipts === undefined || message.sender_id !== me) continue;
    rose = raise(copy, message.seq, message.receipts) || rose;
  }
  return rose;
};

const newestOwn = (copy: ConversationCopy, me: UserId | undefined): Seq | undefined =>
  copy.messages.findLast((message) => message.sender_id === me)?.seq;

/** The row's last message with the receipts that its copy knows, when it is one's own. */
export const withReceipts = (row: Conversation, copy: ConversationCopy, me: UserId | undefined): Conversation => {
  const last = row.last_message;
  if (last === undefined || last.sender_id !== me || row.epoch !== copy.epoch) return row;
  const known = copy.bySeq(last.seq)?.receipts ?? last.receipts;
  const of = known?.of ?? Math.max(row.member_count - 1, 1);
  const receipts = {
    delivered: last.seq <= copy.othersDelivered ? of : (known?.delivered ?? 0),
    read: last.seq <= copy.othersRead ? of : (known?.read ?? 0),
    of,
  };
  const same = last.receipts?.delivered === receipts.delivered && last.receipts.read === receipts.read;
  return same ? row : { ...row, last_message: { ...last, receipts } };
};

/** A `receipt` frame: of the other one in a direct conversation, counts in a group. */
export const applyReceipt = (state: LocalState, change: Change, frame: EventOf<"receipt">): void => {
  const copy = state.copies.get(frame.conversation_id);
  const row = state.rows.get(frame.conversation_id);
  if (copy === undefined || row === undefined) return;
  let rose = false;
  if (frame.of !== undefined) {
    const counts = { delivered: frame.delivered ?? frame.read ?? 0, read: frame.read ?? 0, of: frame.of };
    const seq = frame.seq ?? newestOwn(copy, state.me);
    const message = seq === undefined ? undefined : copy.bySeq(seq);
    if (seq !== undefined) rose = raise(copy, seq, counts);
    if (message !== undefined) {
      const counted = { ...message, receipts: counts };
      copy.put([counted]);
      change.messages(copy, [counted]);
    }
  } else if (row.type === "direct" && frame.user_id !== state.me) {
    rose = copy.raiseOthers(frame.delivered_up_to ?? 0, frame.read_up_to ?? 0);
  }
  if (rose) change.copy(copy);
  change.row(withReceipts(row, copy, state.me));
};

/** Messages of a page, where they tell newer receipts than the copy has. Only what the copy holds already. */
export const withPageReceipts = (copy: ConversationCopy, page: readonly Message[]) =>
  page.flatMap((message) => {
    const known = copy.bySeq(message.seq);
    const { receipts } = message;
    if (known === undefined || receipts === undefined) return [];
    const same = known.receipts?.delivered === receipts.delivered && known.receipts.read === receipts.read;
    return same ? [] : [{ ...known, ...plainMessage({ ...known, receipts }) }];
  });
