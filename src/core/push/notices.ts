import { attentionOf, mutedUntil } from "../../shared/attention.ts";
import type { Attention } from "../../shared/attention.ts";
import type { ConversationId, DeviceId, Seq, UserId } from "../../shared/ids.ts";
import type { EncodedEntry, Wants } from "../conversation/delivery.ts";
import type { Blocks } from "../inbox/blocks.ts";
import type { InboxRow } from "../inbox/inbox-row.ts";
import type { QuietHours } from "../inbox/profile.ts";
import type { Clock } from "../ports.ts";
import { reachOf } from "../presence/reach.ts";
import type { Signs } from "../presence/reach.ts";
import type { Addresses } from "./addresses.ts";
import { emptyNotice } from "./notice.ts";
import { dueOf, isWorth, mayWithdraw, settle } from "./policy.ts";
import type { Due, Reached, Standing } from "./policy.ts";
import { afterQuiet } from "./quiet-hours.ts";

export interface NoticesDeps {
  readonly clock: Clock;
  readonly addresses: Addresses;
  readonly blocks: Pick<Blocks, "has">;
  /** The devices that are connected. */
  signs(): ReadonlyMap<DeviceId, Signs>;
  quietHours(): QuietHours | undefined;
  /** Something is to be looked at earlier than before. */
  changed(): void;
}

/** What of a message decides whether somebody is called for it. */
type Arrived = Pick<EncodedEntry, "seq" | "at" | "sender" | "json">;

/** A device, and what it is to be told. */
export interface DeviceDue {
  readonly device: DeviceId;
  readonly due: Due;
}

/** What of a conversation the user wants to be called for. */
export const attentionTo = ({ meta, preferences }: InboxRow, now: number): Attention =>
  attentionOf({ type: meta.type, ...preferences }, now);

/**
 * What the rows of the list say of notifications (docs/decisions/0017). It is brought up to date when a row is
 * written: what devices that are in use acknowledged by then leaves nothing behind.
 */
export class Notices {
  readonly #deps: NoticesDeps;
  /** Of rows as they are on disk: when they are to be looked at, in ms since 1970. */
  readonly #waiting = new Map<ConversationId, number>();

  constructor(deps: NoticesDeps) {
    this.#deps = deps;
  }

  /** A row that was written in an earlier life. */
  found(id: ConversationId, next: number): void {
    if (next < Infinity) this.#waiting.set(id, next);
  }

  /** A message of somebody else came. */
  came(row: InboxRow, { seq, sender, at, json }: Arrived, mention: boolean): void {
    const { addresses, blocks, clock } = this.#deps;
    if (addresses.size === 0 || seq <= row.readUpTo) return;
    const now = clock.now();
    // Of one that comes deleted already there is nothing to be called for.
    if (!isWorth(attentionTo(row, now), mention) || blocks.has(sender) || json.includes('"deleted_at":')) return;
    row.notice ??= emptyNotice();
    row.notice.news.push({ seq, at: now, sentAt: at, sender, mention });
  }

  /** He is away, and so much came at once that only what it came to was brought. `mention`: he is mentioned in it. */
  jumped(row: InboxRow, mention: boolean, user: UserId): void {
    const { sender_id = "" } = JSON.parse(row.lastMessage ?? "{}") as { readonly sender_id?: UserId };
    if (row.unread === 0 || sender_id === user) return;
    this.came(row, { seq: row.head, at: row.activity, sender: sender_id, json: row.lastMessage ?? "" }, mention);
  }

  /** A message was deleted. */
  wentAway({ notice }: InboxRow, seq: Seq): void {
    if (notice) notice.news = notice.news.filter((one) => one.seq !== seq);
  }

  /** A row is about to be written. */
  settle(row: InboxRow): void {
    const { notice } = row;
    if (!notice) return;
    const standing = this.#standing(row);
    if (!settle(notice, standing, this.#reached(row))) row.notice = undefined;
    else notice.next = Math.min(Infinity, ...this.#due(row, standing).map(({ due }) => due.at));
  }

  /** It is on disk. */
  written({ conversation_id, notice }: InboxRow): void {
    const next = notice?.next ?? Infinity;
    if (next === Infinity) this.#waiting.delete(conversation_id);
    else {
      const before = this.#waiting.get(conversation_id) ?? Infinity;
      this.#waiting.set(conversation_id, next);
      if (next < before) this.#deps.changed();
    }
  }

  /** The user read it on this device: it shows nothing of it any more, and needs no word. */
  readOn({ notice }: InboxRow, device: DeviceId, upTo: Seq): void {
    const told = notice?.devices.get(device);
    if (told && told.shown <= upTo) told.shown = 0;
  }

  /** What came of it is over. The row is to be written. */
  end(row: InboxRow): void {
    if (row.notice) row.notice.over = row.head;
  }

  /** What the user is to be brought of a conversation that brings nothing to those who are away. */
  wants(row: InboxRow): Wants | undefined {
    if (this.#deps.addresses.size === 0 || row.meta.left_at !== undefined) return undefined;
    const now = this.#deps.clock.now();
    const attention = attentionTo(row, now);
    if (attention !== "mentions") return attention === "none" ? undefined : { what: attention };
    const until = mutedUntil({ type: row.meta.type, ...row.preferences });
    return until > now && attentionTo(row, until) === "messages" ? { what: attention, until } : { what: attention };
  }

  /** When one of them is to be looked at; `Infinity`: when something happens. */
  nextAt(): number {
    let next = Infinity;
    for (const at of this.#waiting.values()) if (at < next) next = at;
    return next;
  }

  /** Those that are to be looked at now, at most so many. */
  waiting(now: number, most: number): ConversationId[] {
    const ids: ConversationId[] = [];
    for (const [id, at] of this.#waiting) {
      if (ids.length >= most) break;
      if (at <= now) ids.push(id);
    }
    return ids;
  }

  /** Something changed that all of them depend on: each is looked at. */
  review(): void {
    const now = this.#deps.clock.now();
    for (const id of this.#waiting.keys()) this.#waiting.set(id, now);
    if (this.#waiting.size > 0) this.#deps.changed();
  }

  /** There is no such row any more. */
  forget(id: ConversationId): void {
    this.#waiting.delete(id);
  }

  /** What devices are to be told of a row, now or later. */
  dueOf(row: InboxRow): DeviceDue[] {
    this.settle(row);
    return row.notice ? this.#due(row, this.#standing(row)) : [];
  }

  #due({ notice }: InboxRow, standing: Standing): DeviceDue[] {
    const all: DeviceDue[] = [];
    if (!notice) return all;
    for (const [device] of this.#deps.addresses) {
      const due = dueOf(notice, device, standing);
      if (due) all.push({ device, due });
    }
    return all;
  }

  #standing(row: InboxRow): Standing {
    const now = this.#deps.clock.now();
    const hours = this.#deps.quietHours();
    const isOver = row.meta.left_at !== undefined;
    return {
      now,
      readUpTo: isOver ? row.head : Math.max(row.readUpTo, row.notice?.over ?? 0),
      attention: attentionTo(row, now),
      isBlocked: (sender) => this.#deps.blocks.has(sender),
      afterQuiet: (at) => (hours ? afterQuiet(hours, at) : at),
    };
  }

  #reached({ devices }: InboxRow): Map<DeviceId, Reached> {
    const [now, signs] = [this.#deps.clock.now(), this.#deps.signs()];
    const reached = new Map<DeviceId, Reached>();
    for (const [device, { address }] of this.#deps.addresses)
      reached.set(device, {
        isActive: reachOf(signs.get(device), now) === "active",
        acknowledged: devices[device] ?? 0,
        mayWithdraw: mayWithdraw(address),
      });
    return reached;
  }
}
