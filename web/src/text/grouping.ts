import type { ChatMessage } from "../types.ts";
import { dayKey } from "./times.ts";

/** Messages of one sender that follow each other within this time look like one. */
const GROUP_MS = 5 * 60_000;

export interface MessageItem {
  readonly kind: "message";
  readonly key: string;
  readonly message: ChatMessage;
  readonly own: boolean;
  /** The first and the last of its group. */
  readonly first: boolean;
  readonly last: boolean;
}
export type TimelineItem =
  | MessageItem
  | { readonly kind: "day"; readonly key: string; readonly timestamp: string }
  | { readonly kind: "unread"; readonly key: "unread" };

/** Stays the same when a pending message gets its place in the log. */
const keyOf = (message: ChatMessage, own: boolean): string =>
  (own ? message.client_message_id : message.message_id) ?? message.message_id ?? message.client_message_id ?? "";

const together = (a: ChatMessage, b: ChatMessage): boolean =>
  a.sender_id === b.sender_id &&
  a.type !== "system" &&
  b.type !== "system" &&
  Math.abs(Date.parse(b.timestamp) - Date.parse(a.timestamp)) < GROUP_MS;

export interface TimelineOptions {
  readonly userId: string | undefined;
  /** Messages of others after this `seq` stand below the "unread" line; no line without it. */
  readonly unreadAfter?: number | undefined;
}

const startsUnread = (message: ChatMessage, options: TimelineOptions): boolean =>
  options.unreadAfter !== undefined &&
  message.sender_id !== options.userId &&
  message.seq !== undefined &&
  message.seq > options.unreadAfter;

/** What the conversation shows, from the oldest: messages in groups, a line per day, one above what is unread. */
export const timeline = (messages: readonly ChatMessage[], options: TimelineOptions): readonly TimelineItem[] => {
  const items: TimelineItem[] = [];
  let previous: { message: ChatMessage; day: string } | undefined;
  let unreadShown = false;
  for (const message of messages) {
    const day = dayKey(message.timestamp);
    const newDay = previous?.day !== day;
    const own = message.sender_id === options.userId;
    const key = keyOf(message, own);
    if (newDay) items.push({ kind: "day", key: `day before ${key}`, timestamp: message.timestamp });
    const unread: boolean = !unreadShown && startsUnread(message, options);
    if (unread) items.push({ kind: "unread", key: "unread" });
    unreadShown ||= unread;
    const first = newDay || unread || previous === undefined || !together(previous.message, message);
    const before = items.at(-1);
    if (!first && before?.kind === "message") items[items.length - 1] = { ...before, last: false };
    items.push({ kind: "message", key, message, own, first, last: true });
    previous = { message, day };
  }
  return items;
};
