import type { TimelineItem } from "@parley/client";
import type { ChatMessage, ConversationEvent } from "../types.ts";
import { isTold } from "./events.ts";
import { hasExpired } from "./expiry.ts";
import { dayKey } from "./times.ts";

/** Messages of one sender that follow each other within this time look like one. */
const GROUP_MS = 5 * 60_000;
/** So do people who are added in one go. */
const ADDED_TOGETHER_MS = 60_000;

export interface MessageRow {
  readonly kind: "message";
  readonly key: string;
  readonly message: ChatMessage;
  readonly own: boolean;
  /** The first and the last of its group. */
  readonly first: boolean;
  readonly last: boolean;
  /** The newest `seq` that is seen with this row: entries that show elsewhere or not at all count to the row before. */
  readonly upTo: number | undefined;
}
export interface EventRow {
  readonly kind: "event";
  readonly key: string;
  readonly events: readonly ConversationEvent[];
  readonly upTo: number | undefined;
}
export type TimelineRow =
  | MessageRow
  | EventRow
  | { readonly kind: "day"; readonly key: string; readonly timestamp: string }
  | { readonly kind: "unread"; readonly key: "unread"; readonly count: number }
  | { readonly kind: "replies"; readonly key: "replies"; readonly count: number };

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
  /** Messages of others after `after` and up to `upTo` stand below the "unread" line; no line without it. */
  readonly unread?: { readonly after: number; readonly upTo: number } | undefined;
  /** Whether replies in threads are shown as well. */
  readonly replies?: boolean;
}

const isUnread = (message: ChatMessage, { unread, userId }: TimelineOptions): boolean =>
  unread !== undefined &&
  message.deleted_at === undefined &&
  message.sender_id !== userId &&
  message.seq !== undefined &&
  message.seq > unread.after &&
  message.seq <= unread.upTo;

const addsTo = (before: ConversationEvent | undefined, event: ConversationEvent): boolean =>
  before?.kind === "member" &&
  event.kind === "member" &&
  before.op === "add" &&
  event.op === "add" &&
  before.sender_id === event.sender_id &&
  event.sender_id !== event.user_id &&
  before.sender_id !== before.user_id &&
  Date.parse(event.timestamp) - Date.parse(before.timestamp) < ADDED_TOGETHER_MS;

class Rows {
  readonly rows: TimelineRow[] = [];
  #day = "";
  #unread: number;
  readonly #options: TimelineOptions;

  constructor(options: TimelineOptions, unread: number) {
    this.#options = options;
    this.#unread = unread;
  }

  /** Something that is not shown is seen with what stands before it. */
  covers(seq: number | undefined): void {
    const before = this.rows.at(-1);
    if (seq === undefined || before === undefined || !("upTo" in before)) return;
    this.rows[this.rows.length - 1] = { ...before, upTo: Math.max(seq, before.upTo ?? 0) };
  }

  event(event: ConversationEvent): void {
    const newDay = this.#dayLine(event.timestamp, event.message_id);
    const before = this.rows.at(-1);
    if (!newDay && before?.kind === "event" && addsTo(before.events.at(-1), event)) {
      this.rows[this.rows.length - 1] = { ...before, events: [...before.events, event], upTo: event.seq };
      return;
    }
    this.rows.push({ kind: "event", key: event.message_id, events: [event], upTo: event.seq });
  }

  message(message: ChatMessage): void {
    const own = message.sender_id === this.#options.userId;
    const key = keyOf(message, own);
    const newDay = this.#dayLine(message.timestamp, key);
    const unread = this.#unread > 0 && isUnread(message, this.#options);
    if (unread) {
      this.rows.push({ kind: "unread", key: "unread", count: this.#unread });
      this.#unread = 0;
    }
    const before = this.rows.at(-1);
    const joins = !newDay && !unread && before?.kind === "message" && together(before.message, message);
    if (joins) this.rows[this.rows.length - 1] = { ...before, last: false };
    this.rows.push({ kind: "message", key, message, own, first: !joins, last: true, upTo: message.seq });
  }

  #dayLine(timestamp: string, key: string): boolean {
    const day = dayKey(timestamp);
    if (day === this.#day) return false;
    this.#day = day;
    this.rows.push({ kind: "day", key: `day before ${key}`, timestamp });
    return true;
  }
}

/** What a thread shows: the message that it hangs on, how many replied, and the replies. */
export const threadTimeline = (
  root: ChatMessage | undefined,
  replies: readonly ChatMessage[],
  userId: string | undefined,
): readonly TimelineRow[] => {
  const rowsOf = (messages: readonly ChatMessage[]): readonly TimelineRow[] =>
    timeline(
      messages.map((message) => ({ kind: "message", message })),
      { userId, replies: true },
    );
  if (root === undefined) return rowsOf(replies);
  const count = Math.max(root.thread?.replies ?? 0, replies.length);
  return [...rowsOf([root]), { kind: "replies", key: "replies", count }, ...rowsOf(replies)];
};

/**
 * What the conversation shows, from the oldest: messages in groups, what happened to it, a line per day,
 * one above what is unread.
 */
export const timeline = (items: readonly TimelineItem[], options: TimelineOptions): readonly TimelineRow[] => {
  const isShown = (message: ChatMessage): boolean =>
    !hasExpired(message) && (options.replies === true || message.thread_root === undefined);
  let unread = 0;
  for (const item of items) {
    if (item.kind === "message" && isShown(item.message) && isUnread(item.message, options)) unread += 1;
  }
  const rows = new Rows(options, unread);
  for (const item of items) {
    if (item.kind === "event" && isTold(item.entry)) rows.event(item.entry);
    else if (item.kind === "message" && isShown(item.message)) rows.message(item.message);
    else rows.covers(item.kind === "event" ? item.entry.seq : item.message.seq);
  }
  return rows.rows;
};
