import type { ConversationId, DeviceId, Rev, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type {
  Delivery,
  EncodedEntry,
  InboxState,
  MemberView,
  OwnCounts,
  ReceiptCounts,
} from "../conversation/delivery.ts";
import type { Clock, Sql } from "../ports.ts";
import { MESSAGE_PREFIX } from "../conversation/entry-codec.ts";
import { Badge } from "../push/badge.ts";
import { nextOf } from "../push/notice.ts";
import type { Notices } from "../push/notices.ts";
import { countEntry, isMentioned } from "./counts.ts";
import { Devices } from "./devices.ts";
import { InboxTable } from "./inbox-table.ts";
import type { RowKey } from "./inbox-table.ts";
import { conversationJson, emptyRow, retainFrom, viewedRow, beginAnew } from "./inbox-row.ts";
import type { InboxRow, StoredDraft } from "./inbox-row.ts";
import { trimRows } from "./row-memory.ts";
import { changedPreferences } from "./preferences.ts";
import type { PreferenceChanges } from "./preferences.ts";

export interface InboxDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly user: UserId;
  /** Whether the user keeps others from seeing how far he reads. */
  hidesReads(): boolean;
  /** What is written in rows of notifications. */
  readonly notices: Notices;
  /** A device is forgotten. */
  deviceGone(device: DeviceId): void;
  /** A conversation came into the list. */
  began?(): void;
}

/** What a delivery changed: the entries that were new, and the row they belong to. */
export interface Applied {
  readonly row: InboxRow;
  readonly fresh: readonly EncodedEntry[];
  /** Something other than entries changed that devices show. */
  readonly rowChanged: boolean;
  /** The ticks of the last message changed. */
  readonly receiptsChanged: boolean;
}

/** What an inbox is of which nothing is known. */
export const NO_INBOX: InboxState = { head: 0, flushed: 0, read: 0, delivered: 0, hidesReads: false };

/** Two notes may overtake each other on their way: counts of one message only rise. */
const furthest = (a: ReceiptCounts | undefined, b: ReceiptCounts): ReceiptCounts =>
  a ? { ...b, delivered: Math.max(a.delivered, b.delivered), read: Math.max(a.read, b.read) } : b;

/**
 * A user's conversations: one row each, changed in memory at once and written behind. Entries are applied
 * by place, so a repeat is harmless and a hole is noticed. `rev` is never given out twice: after a wake
 * it starts beyond anything that could have been given out unwritten.
 */
export class Inbox {
  /** The user's devices: each row tells what each of them has. */
  readonly devices: Devices;
  readonly #deps: InboxDeps;
  readonly #table: InboxTable;
  readonly #rows = new Map<ConversationId, InboxRow>();
  readonly #dirty = new Set<InboxRow>();
  readonly #keys = new Map<ConversationId, RowKey>();
  readonly #badge: Badge;
  #rev: Rev;

  constructor(deps: InboxDeps) {
    this.#deps = deps;
    this.#table = new InboxTable(deps.sql);
    this.#badge = new Badge(deps.sql);
    for (const { notice, ...key } of this.#table.keys()) {
      this.#keys.set(key.conversation_id, key);
      if (notice !== null) deps.notices.found(key.conversation_id, nextOf(notice));
    }
    this.#rev = this.#firstRev();
    this.devices = new Devices(deps.sql, deps.clock, (device) => deps.deviceGone(device));
  }

  get rev(): Rev {
    return this.#rev;
  }

  get dirtyRows(): number {
    return this.#dirty.size;
  }

  row(id: ConversationId): InboxRow | undefined {
    const known = this.#rows.get(id);
    if (known) return known;
    const row = this.#keys.has(id) ? this.#table.get(id) : undefined;
    if (row) this.#rows.set(id, row);
    return row;
  }

  /** All rows by what the list is ordered by. */
  keys(): RowKey[] {
    return [...this.#keys.values()];
  }

  state(id: ConversationId): InboxState {
    const row = this.row(id);
    const hidesReads = this.#deps.hidesReads();
    if (!row) return { ...NO_INBOX, hidesReads };
    row.toldFlushed = row.flushedHead;
    return {
      head: row.head,
      flushed: row.flushedHead,
      read: row.flushedRead,
      delivered: row.deliveredUpTo,
      hidesReads,
      epoch: row.epoch,
    };
  }

  /** The same, as it goes up with a call: what it says need not be reported besides. */
  tell(id: ConversationId): InboxState {
    const row = this.row(id);
    if (row) row.toldDelivered = row.deliveredUpTo;
    return this.state(id);
  }

  /** The call did not get through, or its answer did not: what it said may not be known. */
  untell(id: ConversationId): void {
    const row = this.row(id);
    if (row) row.toldDelivered = 0;
  }

  /** Applies a delivery. `undefined` when there is a hole before it: then nothing changed. */
  apply(delivery: Delivery): Applied | undefined {
    const known = this.row(delivery.conversation_id);
    const mentions = known?.mentions ?? 0;
    const began = delivery.base !== undefined && this.refresh(delivery.base);
    const row = known ?? this.row(delivery.conversation_id) ?? this.#create(delivery);
    if (row && began && delivery.nudge) this.#deps.notices.jumped(row, row.mentions > mentions, this.#deps.user);
    // Of an epoch that it does not know it has nothing: it is to be told how things stand.
    if (!row || delivery.after > row.head || delivery.epoch !== row.epoch) return undefined;
    row.large = delivery.large ?? row.large;
    const fresh = delivery.entries.filter((entry) => entry.seq > row.head);
    // Of what was read before it came devices were not told: they would take it for unread.
    const readAhead = row.readUpTo > row.head;
    for (const entry of fresh) this.#applyEntry(row, entry);
    if (delivery.meta && fresh.length > 0) row.meta = delivery.meta;
    this.#part(row);
    // A new conversation, or a new name for it: entries alone do not say what a list shows.
    let rowChanged = began || (fresh.length > 0 && (delivery.meta !== undefined || readAhead));
    if (delivery.own && row.head === delivery.after + delivery.entries.length)
      rowChanged = this.#setOwn(row, delivery.own) || rowChanged;
    const receiptsChanged = delivery.receipt?.seq === row.lastMessageSeq;
    if (delivery.receipt && receiptsChanged) row.receipts = furthest(row.receipts, delivery.receipt.counts);
    if (fresh.length > 0 || rowChanged || receiptsChanged) this.#touch(row);
    return { row, fresh, rowChanged, receiptsChanged };
  }

  /**
   * Takes over how things stand, where the row is not kept up to date or is not there, with the newest of the entries
   * that it lacks. Answers whether that was news. A view that is older than the row says nothing.
   */
  refresh(view: MemberView, entries: readonly EncodedEntry[] = []): boolean {
    const row = this.row(view.conversation_id) ?? this.#add(view);
    // A read whose answer overtook it is not in it.
    const isOther = view.epoch > row.epoch;
    if (!isOther && (view.head < row.head || view.own.read_up_to < row.readUpTo || view.epoch < row.epoch))
      return false;
    const before = row.rev > 0 ? conversationJson(row) : "";
    if (isOther) beginAnew(row);
    row.tail.jump(view.head, entries);
    row.meta = view.meta;
    row.epoch = view.epoch;
    row.large = view.large;
    row.head = view.head;
    row.activity = Math.max(row.activity, view.activity);
    row.readUpTo = view.own.read_up_to;
    row.unread = view.own.unread;
    row.mentions = view.own.mentions;
    row.deliveredUpTo = Math.max(row.deliveredUpTo, Math.min(view.delivered_up_to, view.head));
    if (row.unread > 0) row.othersHead = Math.max(row.othersHead, view.head);
    row.lastMessage = view.last?.json;
    row.lastMessageSeq = view.last?.seq ?? 0;
    row.receipts = view.last?.receipts;
    this.#part(row);
    const changed = conversationJson(row) !== before;
    if (changed) this.#touch(row);
    return changed;
  }

  /** Rows whose conversations were told that the user is not there. */
  awayRows(): InboxRow[] {
    const rows: InboxRow[] = [];
    for (const key of this.#keys.values()) {
      const row = key.away ? this.row(key.conversation_id) : undefined;
      if (row) rows.push(row);
    }
    return rows;
  }

  setAway({ conversation_id }: InboxRow, away: boolean): void {
    // What was held across a wait may have been let go, and read again, meanwhile.
    const row = this.row(conversation_id);
    if (!row || row.away === away) return;
    row.away = away;
    this.#index(row);
    this.#markDirty(row);
  }

  /** What a row says of notifications changed: it is to be written. */
  noted(row: InboxRow): void {
    this.#markDirty(row);
  }

  /** [PUSH-11] The number on the app's icon. */
  badge(): number {
    return this.#badge.at(this.#deps.clock.now(), this.#dirty);
  }

  /** A number that is larger than any that was given out, and changes nothing. */
  nextRev(): Rev {
    return ++this.#rev;
  }

  /** What the user has begun to write; nothing, when that is empty. Answers whether it changed. */
  setDraft(row: InboxRow, draft: StoredDraft | undefined): boolean {
    if (draft?.content === row.draft?.content && draft?.reply_to === row.draft?.reply_to) return false;
    row.draft = draft;
    this.#touch(row);
    return true;
  }

  /** What the user wants of the conversation from now on. Answers whether it changed. */
  setPreferences(row: InboxRow, changes: PreferenceChanges): boolean {
    const preferences = changedPreferences(row.preferences, changes);
    if (!preferences) return false;
    row.preferences = preferences;
    this.#touch(row);
    return true;
  }

  /** The conversation's answer to a read. `passed`: entries that were applied since it was asked. */
  setRead(row: InboxRow, own: OwnCounts, passed: readonly EncodedEntry[]): boolean {
    const counts = { unread: own.unread, mentions: own.mentions };
    const reader = { user: this.#deps.user, readUpTo: own.read_up_to };
    for (const entry of passed) countEntry(counts, entry, reader);
    const changed = this.#setOwn(row, { read_up_to: own.read_up_to, ...counts });
    if (changed) this.#touch(row);
    return changed;
  }

  /** A device acknowledged. Answers whether the user's own watermark rose past a message of somebody else. */
  acknowledge(row: InboxRow, device: DeviceId, upTo: Seq): boolean {
    const capped = Math.min(upTo, row.head);
    if (capped > (row.devices[device] ?? -1)) {
      this.#remember(row, device, capped);
      this.#markDirty(row);
    }
    if (capped <= row.deliveredUpTo) return false;
    const news = row.othersHead > row.deliveredUpTo;
    row.deliveredUpTo = capped;
    this.#markDirty(row);
    return news;
  }

  /** As the conversation shows it, for one answer. */
  merged(view: MemberView): InboxRow {
    return viewedRow(view, this.row(view.conversation_id), this.#rev);
  }

  /** Writes what is unwritten, in one transaction: of one conversation, or of all. */
  flush(only?: InboxRow): void {
    const rows = only ? (only.dirty ? [only] : []) : [...this.#dirty];
    if (rows.length === 0) return;
    const now = this.#deps.clock.now();
    for (const row of rows) {
      row.tail.settle(this.#acknowledgedByAll(row));
      this.#deps.notices.settle(row);
    }
    const [first] = rows;
    // The turn is a transaction already; a second one inside it is only for what must be all or nothing.
    if (rows.length === 1 && first) this.#table.put(first);
    else this.#deps.sql.transaction(() => rows.forEach((row) => this.#table.put(row)));
    for (const row of rows) {
      row.flushedHead = row.head;
      row.flushedRead = row.readUpTo;
      row.flushedAt = now;
      row.dirty = false;
      this.#dirty.delete(row);
      this.#deps.notices.written(row);
    }
    this.trim();
  }

  /**
   * Beyond everything that was given out before. Each life begins at its clock, so what an earlier one gave out
   * and did not write lies below the clock of now, unless that was set back: then what is on disk is raised,
   * so that a crash before anything else is written does not begin here again.
   */
  #firstRev(): Rev {
    const highest = this.keys().reduce((max, { rev }) => Math.max(max, rev), 0);
    const clock = this.#deps.clock.now() * LIMITS.revsPerMs;
    if (clock > highest) return clock;
    const rev = highest + LIMITS.revReserve;
    this.#table.reserve(highest, rev);
    for (const [id, key] of this.#keys) if (key.rev === highest) this.#keys.set(id, { ...key, rev });
    return rev;
  }

  #create(delivery: Delivery): InboxRow | undefined {
    if (delivery.after !== 0 || !delivery.meta) return undefined;
    return this.#add({ ...delivery, meta: delivery.meta });
  }

  #add({ conversation_id, meta, epoch }: Pick<MemberView, "conversation_id" | "meta" | "epoch">): InboxRow {
    const row = emptyRow(conversation_id, meta, epoch);
    this.#rows.set(conversation_id, row);
    this.#deps.began?.();
    return row;
  }

  #applyEntry(row: InboxRow, entry: EncodedEntry): void {
    row.head = entry.seq;
    row.tail.push(entry);
    // Read before the list knew of it, and so delivered too.
    if (entry.seq <= row.readUpTo) row.deliveredUpTo = Math.max(row.deliveredUpTo, entry.seq);
    countEntry(row, entry, { user: this.#deps.user, readUpTo: row.readUpTo });
    const { target } = entry;
    if (entry.kind === "delete" && target) this.#deps.notices.wentAway(row, target.seq);
    if (target?.now !== undefined && target.seq === row.lastMessageSeq) row.lastMessage = target.now;
    if (entry.retained !== undefined) retainFrom(row, entry.retained);
    if (entry.kind !== "message") return;
    const own = entry.sender === this.#deps.user;
    row.activity = Math.max(row.activity, entry.at);
    row.lastMessage = `{"conversation_id":${JSON.stringify(row.conversation_id)},${entry.json.slice(MESSAGE_PREFIX.length)}`;
    row.lastMessageSeq = entry.seq;
    // Nobody counts receipts in a channel.
    row.receipts =
      own && row.meta.type !== "channel" ? { delivered: 0, read: 0, of: row.meta.member_count - 1 } : undefined;
    if (own) return;
    row.othersHead = entry.seq;
    this.#deps.notices.came(row, entry, isMentioned(this.#deps.user, entry.mentions));
  }

  #setOwn(row: InboxRow, own: OwnCounts): boolean {
    if (own.read_up_to < row.readUpTo) return false;
    const changed = own.read_up_to > row.readUpTo || own.unread !== row.unread || own.mentions !== row.mentions;
    row.readUpTo = own.read_up_to;
    row.unread = own.unread;
    row.mentions = own.mentions;
    row.deliveredUpTo = Math.max(row.deliveredUpTo, Math.min(own.read_up_to, row.head));
    return changed;
  }

  #remember(row: InboxRow, device: DeviceId, upTo: Seq): void {
    this.devices.acknowledged(device);
    row.devices[device] = upTo;
    const devices = Object.entries(row.devices);
    if (devices.length <= LIMITS.devicesPerInboxRow) return;
    const lowest = devices.reduce((a, b) => (b[1] < a[1] ? b : a));
    delete row.devices[lowest[0]];
  }

  /** What every device that may come back has: behind it entries are kept for the others. */
  #acknowledgedByAll(row: InboxRow): Seq {
    let lowest = Infinity;
    for (const device of this.devices.expected()) lowest = Math.min(lowest, row.devices[device] ?? 0);
    return lowest;
  }

  /** Of deletions that come after he left nobody tells him: what he may read then is what the log has. */
  #part(row: InboxRow): void {
    if (row.meta.left_at !== undefined) row.tail.clear(row.head);
  }

  #touch(row: InboxRow): void {
    row.rev = ++this.#rev;
    this.#badge.changed(row);
    this.#index(row);
    this.#markDirty(row);
  }

  #index({ conversation_id, rev, activity, away }: InboxRow): void {
    this.#keys.set(conversation_id, { conversation_id, rev, activity, away });
  }

  #markDirty(row: InboxRow): void {
    row.dirty = true;
    this.#dirty.add(row);
  }

  trim(): void {
    trimRows(this.#rows);
  }
}
