import type { ConversationId, DeviceId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Delivery, DeliveryAnswer, EncodedEntry, Presence, Wants } from "../conversation/delivery.ts";
import type { Clock, Timers } from "../ports.ts";
import type { Blocks } from "./blocks.ts";
import type { Applied, Inbox } from "./inbox.ts";
import { conversationJson } from "./inbox-row.ts";
import type { InboxRow } from "./inbox-row.ts";
import { Repeats } from "./repeats.ts";

/** The sockets of the user's devices. A frame is serialised once, for all of them. */
export interface SocketSet {
  readonly size: number;
  readonly devices: Iterable<DeviceId>;
  toAll(frame: string): void;
  toDevice(device: DeviceId, frame: string): void;
  /** Whether some device has the conversation on the screen. */
  isOpen(id: ConversationId): boolean;
  /** Only to those that have the conversation on the screen. */
  toOpen(id: ConversationId, frame: string): void;
  /** To those that have it on the screen, or never said what is; the others get what `otherwise` makes, if anything. */
  toWatching(id: ConversationId, frame: string, otherwise: (() => string) | undefined): void;
}

export interface DownlinkDeps {
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly sockets: SocketSet;
  readonly blocks: Pick<Blocks, "has" | "size">;
  /** What the user is to be brought of a conversation while he is not there. */
  wants(row: InboxRow): Wants | undefined;
  /** Whether the user keeps from others that he is typing. */
  hidesTyping(): boolean;
  /** Tells the conversation what the devices have acknowledged. The row is on disk. `false`: it was not told. */
  report(row: InboxRow): Promise<boolean>;
  /** Pushes entries in (after, until] to one device again. */
  repeat(row: InboxRow, device: DeviceId, after: Seq, until: Seq): void;
  /** A device did not acknowledge what was pushed to it twice. */
  deaf(device: DeviceId): void;
  /** Settles when no call of the user's own to this conversation is waiting for its answer. */
  answerUnderWay(id: ConversationId): Promise<void> | undefined;
  /** Entries were applied: for reads that are under way. */
  applied(row: InboxRow, fresh: readonly EncodedEntry[]): void;
}

interface Linger {
  readonly upTo: Seq;
  readonly release: () => void;
}

/**
 * From the conversation to the devices. Frames leave first, without waiting for a write; the row follows.
 *
 * In a quiet moment the call waits shortly for a device's `delivered`, writes the row, and its answer is
 * receipt and confirmation at once: three calls in all for a message with its ticks. When things are
 * busy nobody waits: rows are written and receipts reported together, on one timer.
 */
export class Downlink {
  readonly #deps: DownlinkDeps;
  readonly #lingering = new Map<ConversationId, Linger>();
  readonly #unreported = new Set<InboxRow>();
  /** When entries last came, and whether it was quiet before them. */
  readonly #arrivals = new WeakMap<InboxRow, { readonly at: number; readonly quiet: boolean }>();
  /** Up to where a wait for a device was in vain. */
  readonly #late = new WeakMap<InboxRow, Seq>();
  readonly #repeats: Repeats;
  #ticking = false;
  /** Reports in a row that did not get through. */
  #untold = 0;

  constructor(deps: DownlinkDeps) {
    this.#deps = deps;
    this.#repeats = new Repeats({
      clock: deps.clock,
      timers: deps.timers,
      devices: () => deps.sockets.devices,
      repeat: (row, device, after, until) => deps.repeat(row, device, after, until),
      deaf: (device) => deps.deaf(device),
    });
  }

  /** A device is gone. */
  disconnected(): void {
    if (this.#deps.sockets.size === 0) this.#repeats.clear();
  }

  async deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    const { inbox, sockets } = this.#deps;
    const id = delivery.conversation_id;
    // What is missing before it may be on its way with the answer to a send of the user's own.
    if (delivery.after > inbox.state(id).head) await this.#deps.answerUnderWay(id);
    const applied = this.#apply(delivery);
    if (!applied) return inbox.state(id);
    const { row, fresh } = applied;
    if (fresh.length > 0) this.#lingering.get(id)?.release();
    const quiet = this.#arrivals.get(row)?.quiet === true;
    const awaited = fresh.length > 0 && row.othersHead > row.deliveredUpTo;
    const waits = delivery.brief !== true && row.meta.type !== "channel";
    if (quiet && awaited && waits && sockets.size > 0) await this.#linger(row);
    const presence = delivery.large === true ? this.#presence(row, delivery.nudge === true) : undefined;
    // That he is not there must not be forgotten: nothing would ever be brought again.
    if (delivery.settle || delivery.nudge || quiet || presence?.here === false) inbox.flush(row);
    else if (row.dirty) this.#tickSoon();
    return presence ? { ...inbox.state(id), presence } : inbox.state(id);
  }

  /** Whether the user is there for a conversation that wants to know: in a channel, with it on the screen. */
  isHere(row: InboxRow): boolean {
    const { sockets } = this.#deps;
    return row.meta.type === "channel" ? sockets.isOpen(row.conversation_id) : sockets.size > 0;
  }

  #presence(row: InboxRow, taken: boolean): Presence | undefined {
    const { inbox } = this.#deps;
    const here = this.isHere(row);
    // Taken for away, and there: his visit is on its way. An answer that is lost would leave him believing that it is known.
    if (taken && here && row.away) return undefined;
    // That he is there again is said later than that he was not, whatever came in between.
    if (here && row.away) inbox.nextRev();
    inbox.setAway(row, !here);
    const wants = here ? undefined : this.#deps.wants(row);
    return { here, asOf: inbox.rev, ...(wants ? { wants } : {}) };
  }

  /** What the conversation sent along with the answer to the user's own call. */
  take(delivery: Delivery): void {
    if (this.#apply(delivery)) this.#tickSoon();
  }

  /** A device says what it has stored. */
  acknowledge(row: InboxRow, device: DeviceId, upTo: Seq): void {
    const news = this.#deps.inbox.acknowledge(row, device, upTo);
    this.#repeats.settle(row);
    const linger = this.#lingering.get(row.conversation_id);
    if (linger) {
      if (row.deliveredUpTo >= linger.upTo) linger.release();
      return;
    }
    if (news) this.#unreported.add(row);
    // The device took longer than the call could wait for it, and nothing has come since: this is what was waited for.
    if (news && this.#late.get(row) === row.othersHead) this.#report(row);
    else if (news || row.dirty) this.#tickSoon();
  }

  /** The row changed in a way that is no entry: the user's devices are told, if it shows. */
  rowChanged(row: InboxRow, shows = true): void {
    if (shows && this.#deps.sockets.size > 0) this.#deps.sockets.toAll(conversationFrame(row));
    this.#tickSoon();
  }

  #apply(delivery: Delivery): Applied | undefined {
    const { inbox, sockets } = this.#deps;
    const applied = inbox.apply(delivery);
    // Whoever keeps his own typing to himself does not see that of others.
    const live = this.#deps.hidesTyping() ? [] : (delivery.live ?? []);
    for (const frame of live) if (!this.#isOfBlocked(frame)) sockets.toOpen(delivery.conversation_id, frame);
    if (!applied) return undefined;
    const { row, fresh, rowChanged, receiptsChanged } = applied;
    // Where he came in is not brought again by a slice: it is on disk before anybody is shown it.
    if (delivery.base) inbox.flush(row);
    // Before the entries: a device that never heard of the conversation learns first what it is.
    if (rowChanged) this.rowChanged(row);
    const first = fresh[0];
    if (first && sockets.size > 0) {
      const frame = entriesFrame(row, fresh);
      if (row.meta.type === "channel") sockets.toOpen(row.conversation_id, frame);
      else sockets.toAll(frame);
      if (row.othersHead >= first.seq) this.#repeats.pushed(row, first.seq - 1, row.othersHead);
    }
    if (delivery.receipt) {
      // Where it is not on the screen, the tick in the list is all that shows.
      const inList = receiptsChanged ? () => conversationFrame(row) : undefined;
      sockets.toWatching(row.conversation_id, delivery.receipt.frame, inList);
    }
    if (fresh.length > 0) {
      const now = this.#deps.clock.now();
      this.#arrivals.set(row, { at: now, quiet: now - (this.#arrivals.get(row)?.at ?? 0) >= LIMITS.deliverQuietMs });
      this.#deps.applied(row, fresh);
    }
    if (inbox.dirtyRows > LIMITS.inboxDirtyRows) inbox.flush();
    return applied;
  }

  /** Whoever is blocked is not seen typing, in groups either: their conversations do not know of it. */
  #isOfBlocked(frame: string): boolean {
    const { blocks } = this.#deps;
    return blocks.size > 0 && blocks.has((JSON.parse(frame) as { readonly user_id: UserId }).user_id);
  }

  #linger(row: InboxRow): Promise<void> {
    return new Promise((resolve) => {
      const release = (): void => {
        cancel();
        if (this.#lingering.get(row.conversation_id) === linger) this.#lingering.delete(row.conversation_id);
        resolve();
      };
      const linger: Linger = { upTo: row.othersHead, release };
      const cancel = this.#deps.timers.after(LIMITS.deliverLingerMs, () => {
        this.#late.set(row, linger.upTo);
        this.#repeats.arm();
        release();
      });
      this.#lingering.set(row.conversation_id, linger);
    });
  }

  /** One timer for all rows: writes them in one transaction, then reports what devices acknowledged. */
  #tickSoon(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#deps.timers.after(LIMITS.inboxFlushMs, () => {
      this.#ticking = false;
      this.#deps.inbox.flush();
      this.#repeats.arm();
      for (const row of this.#unreported) {
        if (this.#isKnown(row)) this.#unreported.delete(row);
        else this.#report(row);
      }
    });
  }

  /**
   * Whether the conversation knows, or will ask: what went up with a send in the meantime is known there, and a large
   * one asks everybody whose list it does not know to be on disk. A channel does not want to know.
   */
  #isKnown(row: InboxRow): boolean {
    if (row.toldDelivered >= row.deliveredUpTo || row.meta.type === "channel") return true;
    return row.large && row.toldFlushed < row.head;
  }

  #report(row: InboxRow): void {
    this.#unreported.delete(row);
    this.#deps.inbox.flush(row);
    void this.#tell(row);
  }

  /** A few times: a conversation that stays out of reach learns of it with the next call, whatever that is for. */
  async #tell(row: InboxRow): Promise<void> {
    if (await this.#deps.report(row)) this.#untold = 0;
    else if (this.#untold < LIMITS.reportRetries) {
      this.#untold++;
      this.#unreported.add(row);
      this.#tickSoon();
    }
  }
}

const conversationFrame = (row: InboxRow): string => `{"type":"conversation","conversation":${conversationJson(row)}}`;

const entriesFrame = (row: InboxRow, fresh: readonly EncodedEntry[]): string =>
  `{"type":"entries","conversation_id":${JSON.stringify(row.conversation_id)},"epoch":${row.epoch},` +
  `"entries":[${fresh.map((entry) => entry.json).join(",")}],"head_seq":${row.head},"rev":${row.rev}}`;
