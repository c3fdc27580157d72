import type { ConversationId, DeviceId, Rev, Seq } from "../../shared/ids.ts";
import type { ConversationMeta, ReceiptCounts } from "../conversation/delivery.ts";
import type { Sql } from "../ports.ts";
import { decodeNotice, encodeNotice } from "../push/notice.ts";
import { watermarks } from "./inbox-row.ts";
import type { InboxRow, StoredDraft } from "./inbox-row.ts";
import { Tail } from "./tail.ts";
import { hasPreferences } from "./preferences.ts";
import type { Preferences } from "./preferences.ts";

interface StoredRow {
  conversation_id: ConversationId;
  rev: Rev;
  activity: number;
  head: Seq;
  others_head: Seq;
  unread: number;
  mentions: number;
  read_up_to: Seq;
  delivered_up_to: Seq;
  devices: string;
  receipts: string | null;
  meta: string;
  last_message: string | null;
  away: number;
  draft: string | null;
  tail: string | null;
  preferences: string | null;
  notice: string | null;
}

/** What the list is ordered and asked by. */
export interface RowKey {
  readonly conversation_id: ConversationId;
  readonly rev: Rev;
  readonly activity: number;
  readonly away: boolean;
}

interface StoredMeta {
  readonly epoch: number;
  readonly last_seq: Seq;
  readonly meta: ConversationMeta;
  readonly large?: boolean;
}

const COLUMNS =
  "conversation_id, rev, activity, head, others_head, unread, mentions, read_up_to, delivered_up_to, devices, receipts, meta, last_message, away, draft, tail, preferences, notice";

// An upsert and not a replacement: that would be billed as two rows, one deleted and one written.
const PUT = `INSERT INTO inbox (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (conversation_id) DO UPDATE SET ${COLUMNS.split(", ")
    .slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(", ")}`;

/** The inbox on disk. */
export class InboxTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** And the notices of those that have one. */
  keys(): (RowKey & { readonly notice: string | null })[] {
    const rows = this.#sql.all<Omit<RowKey, "away"> & { away: number; notice: string | null }>(
      "SELECT conversation_id, rev, activity, away, notice FROM inbox",
    );
    return rows.map(({ conversation_id, rev, activity, away, notice }) => ({
      conversation_id,
      rev,
      activity,
      away: away === 1,
      notice,
    }));
  }

  get(id: ConversationId): InboxRow | undefined {
    const row = this.#sql.all<StoredRow>(`SELECT ${COLUMNS} FROM inbox WHERE conversation_id = ?`, id)[0];
    if (!row) return undefined;
    const stored = JSON.parse(row.meta) as StoredMeta;
    return {
      conversation_id: row.conversation_id,
      rev: row.rev,
      activity: row.activity,
      epoch: stored.epoch,
      head: row.head,
      othersHead: row.others_head,
      unread: row.unread,
      mentions: row.mentions,
      readUpTo: row.read_up_to,
      deliveredUpTo: row.delivered_up_to,
      devices: watermarks(JSON.parse(row.devices) as Record<DeviceId, Seq>),
      meta: stored.meta,
      lastMessage: row.last_message ?? undefined,
      lastMessageSeq: stored.last_seq,
      receipts: row.receipts === null ? undefined : (JSON.parse(row.receipts) as ReceiptCounts),
      draft: row.draft === null ? undefined : (JSON.parse(row.draft) as StoredDraft),
      tail: Tail.read(row.tail, row.head),
      preferences: row.preferences === null ? {} : (JSON.parse(row.preferences) as Preferences),
      notice: row.notice === null ? undefined : decodeNotice(row.notice),
      large: stored.large === true,
      away: row.away === 1,
      toldDelivered: row.delivered_up_to,
      toldFlushed: row.head,
      flushedHead: row.head,
      flushedRead: row.read_up_to,
      flushedAt: 0,
      dirty: false,
    };
  }

  put(row: InboxRow): void {
    const stored: StoredMeta = { epoch: row.epoch, last_seq: row.lastMessageSeq, meta: row.meta, large: row.large };
    this.#sql.run(
      PUT,
      row.conversation_id,
      row.rev,
      row.activity,
      row.head,
      row.othersHead,
      row.unread,
      row.mentions,
      row.readUpTo,
      row.deliveredUpTo,
      JSON.stringify(row.devices),
      row.receipts ? JSON.stringify(row.receipts) : null,
      JSON.stringify(stored),
      row.lastMessage ?? null,
      row.away ? 1 : 0,
      row.draft ? JSON.stringify(row.draft) : null,
      row.tail.text,
      hasPreferences(row.preferences) ? JSON.stringify(row.preferences) : null,
      row.notice ? encodeNotice(row.notice) : null,
    );
  }

  /** Raises the highest `rev`, so that it is on disk that those between were given out. */
  reserve(highest: Rev, rev: Rev): void {
    this.#sql.run("UPDATE inbox SET rev = ? WHERE rev = ?", rev, highest);
  }
}
