import type { MessageId, Seq, UserId } from "../../src/shared/ids.ts";
import type { Message } from "../../src/shared/protocol/message.ts";
import type { StoredMessage } from "./store.ts";

type Reply = Pick<StoredMessage, "seq" | "sender_id" | "timestamp">;

const NONE: NonNullable<StoredMessage["thread"]> = { replies: 0, unread: 0 };

/** A message as the server told it: its reactions are counts, its thread may be ahead of the log. */
export const paged = (message: Message): StoredMessage => ({
  ...message,
  paged: true,
  threadTold: message.thread?.last_reply_at ?? "",
});

/** The message that a thread hangs on, after one more reply. Replying is having read. */
export const withReply = (root: StoredMessage, reply: Reply, me: UserId | undefined): StoredMessage => {
  const { replies, unread, last_reply_at = "" } = root.thread ?? NONE;
  // What the server told may be newer than the log here: then it has counted this reply already.
  if (root.threadTold !== undefined && reply.timestamp <= root.threadTold) return root;
  const own = reply.sender_id === me;
  const known = root.threadRead ?? 0;
  const thread = {
    replies: replies + 1,
    unread: own ? 0 : unread + (reply.seq > known ? 1 : 0),
    last_reply_at: reply.timestamp > last_reply_at ? reply.timestamp : last_reply_at,
  };
  return { ...root, thread, ...(own ? { threadRead: Math.max(known, reply.seq) } : {}) };
};

/** After a reply was deleted: as near as this device can tell, until the server has told. */
export const withoutReply = (root: StoredMessage, reply: Reply, me: UserId | undefined): StoredMessage => {
  if (root.thread === undefined) return root;
  const { replies, unread, ...rest } = root.thread;
  const counted = reply.sender_id !== me && reply.seq > (root.threadRead ?? 0) ? 1 : 0;
  const left = Math.max(0, replies - 1);
  // Without a reply that stands there is no thread.
  if (left === 0) {
    const { thread: _thread, ...alone } = root;
    return alone;
  }
  return { ...root, thread: { ...rest, replies: left, unread: Math.min(left, Math.max(0, unread - counted)) } };
};

/** After its replies up to `upTo` were read, which leaves `unread` of them. */
export const withThreadRead = (root: StoredMessage, upTo: Seq, unread: number): StoredMessage => {
  if (upTo < (root.threadRead ?? 0)) return root;
  const thread = root.thread === undefined ? {} : { thread: { ...root.thread, unread } };
  return { ...root, ...thread, threadRead: upTo };
};

/** Replies of others after `upTo`: counted here where the log is known from there on, else as `told`. */
export const unreadReplies = (
  copy: { readonly windowFrom: Seq; readonly messages: readonly StoredMessage[] },
  root: MessageId,
  upTo: Seq,
  told: number,
  me: UserId | undefined,
): number =>
  copy.windowFrom > upTo + 1
    ? told
    : copy.messages.filter(
        (one) => one.thread_root === root && one.seq > upTo && one.sender_id !== me && one.deleted_at === undefined,
      ).length;
