import type { ConversationId, DeviceId, MessageId, Rev, Seq } from "../../shared/ids.ts";
import { toIso } from "../../shared/time.ts";
import type { ConversationMeta, MemberView, ReceiptCounts } from "../conversation/delivery.ts";
import type { Notice } from "../push/notice.ts";
import { Tail } from "./tail.ts";
import type { Preferences } from "./preferences.ts";

/** What the user has begun to write. */
export interface StoredDraft {
  readonly content: string;
  readonly reply_to?: MessageId;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A conversation in a user's list, in memory. */
export interface InboxRow {
  readonly conversation_id: ConversationId;
  rev: Rev;
  /** When something last happened in it, ms since 1970. */
  activity: number;
  epoch: number;
  head: Seq;
  /** The newest message of somebody else: what a `delivered` has to reach to be news. */
  othersHead: Seq;
  unread: number;
  mentions: number;
  readUpTo: Seq;
  deliveredUpTo: Seq;
  /** What each device has acknowledged. */
  devices: Record<DeviceId, Seq>;
  meta: ConversationMeta;
  /** JSON of the wire's message, without receipts. */
  lastMessage: string | undefined;
  lastMessageSeq: Seq;
  /** Of the last message, when it is the user's own. */
  receipts: ReceiptCounts | undefined;
  draft: StoredDraft | undefined;
  /** Up to `head`, what devices that are away lack. */
  readonly tail: Tail;
  preferences: Preferences;
  /** What devices are to be notified of, and were. */
  notice: Notice | undefined;
  /** Its entries are brought here only while the user is there. */
  large: boolean;
  /** It was told that he is not: what it has is asked for when the list is wanted. */
  away: boolean;
  /** How much of `deliveredUpTo` the conversation was told. Memory only. */
  toldDelivered: Seq;
  /** What it was told is on disk. Memory only. */
  toldFlushed: Seq;
  /** What of this is on disk. */
  flushedHead: Seq;
  flushedRead: Seq;
  flushedAt: number;
  dirty: boolean;
}

/** Watermarks by device, without what other objects inherit: a device may be called `constructor`. */
export const watermarks = (stored: Readonly<Record<DeviceId, Seq>> = {}): Record<DeviceId, Seq> =>
  Object.assign(Object.create(null) as Record<DeviceId, Seq>, stored);

/** A row of which nothing but its conversation is known yet. */
export const emptyRow = (conversation_id: ConversationId, meta: ConversationMeta, epoch: number): InboxRow => ({
  conversation_id,
  rev: 0,
  activity: meta.created_at,
  epoch,
  head: 0,
  othersHead: 0,
  unread: 0,
  mentions: 0,
  readUpTo: 0,
  deliveredUpTo: 0,
  devices: watermarks(),
  meta,
  lastMessage: undefined,
  lastMessageSeq: 0,
  receipts: undefined,
  draft: undefined,
  tail: new Tail(0),
  preferences: {},
  notice: undefined,
  large: false,
  away: false,
  flushedHead: 0,
  flushedRead: 0,
  flushedAt: 0,
  toldDelivered: 0,
  toldFlushed: 0,
  dirty: false,
});

/** What a conversation says of itself, where the row is behind or not there: for one answer, not kept. */
export const viewedRow = (view: MemberView, known: InboxRow | undefined, rev: Rev): InboxRow => ({
  ...emptyRow(view.conversation_id, view.meta, view.epoch),
  rev: known?.rev ?? rev,
  activity: view.activity,
  head: view.head,
  unread: view.own.unread,
  mentions: view.own.mentions,
  readUpTo: view.own.read_up_to,
  deliveredUpTo: view.delivered_up_to,
  lastMessage: view.last?.json,
  receipts: view.last?.receipts,
  draft: known?.draft,
  preferences: known?.preferences ?? {},
});

/** The log was restored to an earlier time: whatever is known of its places is of a log that is no more. */
export const beginAnew = (row: InboxRow): void => {
  row.tail.clear(0);
  row.head = 0;
  row.readUpTo = 0;
  row.deliveredUpTo = 0;
  row.othersHead = 0;
  row.devices = watermarks();
  row.notice = undefined;
  row.flushedHead = 0;
  row.flushedRead = 0;
  row.toldDelivered = 0;
  row.toldFlushed = 0;
};

/** What lies before a place is gone: here too. What is unread now comes with the entry that says so. */
export const retainFrom = (row: InboxRow, from: Seq): void => {
  row.tail.cut(from);
  if (row.lastMessageSeq >= from) return;
  row.lastMessage = undefined;
  row.lastMessageSeq = 0;
  row.receipts = undefined;
};

/** The row as the wire's conversation, as JSON: large parts are JSON already and are only put in place. */
export const conversationJson = (row: InboxRow): string => {
  const { participants, created_at, left_at, ...meta } = row.meta;
  const { draft } = row;
  const fields = {
    conversation_id: row.conversation_id,
    ...meta,
    created_at: toIso(created_at),
    epoch: row.epoch,
    head_seq: row.head,
    unread_count: row.unread,
    mention_count: row.mentions,
    // What was read may be on its way here still: a row says nothing of what is behind its head.
    read_up_to: Math.min(row.readUpTo, row.head),
    delivered_up_to: Math.max(row.deliveredUpTo, Math.min(row.readUpTo, row.head)),
    muted_until: row.preferences.muted_until,
    archived: row.preferences.archived,
    pinned: row.preferences.pinned,
    notify: row.preferences.notify ?? "all",
    rev: row.rev,
    left_at: left_at === undefined ? undefined : toIso(left_at),
    draft: draft && { content: draft.content, reply_to: draft.reply_to, updated_at: toIso(draft.at) },
    participants,
  };
  const json = JSON.stringify(fields);
  if (row.lastMessage === undefined) return json;
  const message = row.receipts
    ? `${row.lastMessage.slice(0, -1)},"receipts":${JSON.stringify(row.receipts)}}`
    : row.lastMessage;
  return `${json.slice(0, -1)},"last_message":${message}}`;
};
