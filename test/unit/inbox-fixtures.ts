import type {
  ConversationMeta,
  Delivery,
  DeliveryAnswer,
  EncodedEntry,
  InboxState,
} from "../../src/core/conversation/delivery.ts";
import { Blocks } from "../../src/core/inbox/blocks.ts";
import { Downlink } from "../../src/core/inbox/downlink.ts";
import type { SocketSet } from "../../src/core/inbox/downlink.ts";
import { Inbox, NO_INBOX } from "../../src/core/inbox/inbox.ts";
import type { InboxRow } from "../../src/core/inbox/inbox-row.ts";
import type { Clock, Sql } from "../../src/core/ports.ts";
import { Addresses } from "../../src/core/push/addresses.ts";
import { Notices } from "../../src/core/push/notices.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { ServerEvent } from "../../src/shared/protocol/events.ts";
import { userStore } from "./stores.ts";
import { VirtualTime } from "./virtual-time.ts";

const AT = Date.UTC(2026, 10, 22);

export const META: ConversationMeta = {
  type: "direct",
  region: "local",
  created_at: AT,
  member_count: 2,
  role: "member",
};

/** What an inbox says of itself. */
export const stateOf = (state: Partial<InboxState>): InboxState => ({ ...NO_INBOX, epoch: 1, ...state });

/** A message as it travels to an inbox. */
export const message = (seq: number, sender: string, mentions?: readonly string[]): EncodedEntry => ({
  seq,
  at: AT + seq,
  sender,
  kind: "message",
  ...(mentions ? { mentions } : {}),
  json: JSON.stringify({
    kind: "message",
    seq,
    message_id: `M${String(seq).padStart(25, "0")}`,
    sender_id: sender,
    timestamp: new Date(AT + seq).toISOString(),
    type: "text",
    content: `${seq}`,
  }),
});

/** The entry by which members learn of a conversation. */
export const settings = (seq: number, sender: string): EncodedEntry => ({
  seq,
  at: AT + seq,
  sender,
  kind: "settings",
  json: JSON.stringify({
    kind: "settings",
    seq,
    message_id: `S${String(seq).padStart(25, "0")}`,
    sender_id: sender,
    timestamp: new Date(AT + seq).toISOString(),
    changes: {},
  }),
});

/** Entries of one conversation for a member, following each other from the first one on. */
export const deliveryOf = (entries: readonly EncodedEntry[], more: Partial<Delivery> = {}): Delivery => {
  const after = (entries[0]?.seq ?? 1) - 1;
  return { conversation_id: "c1", epoch: 1, after, entries, ...(after === 0 ? { meta: META } : {}), ...more };
};

/** Notices of somebody who has no push address. */
export const noticesIn = (sql: Sql, clock: Clock): Notices =>
  new Notices({
    clock,
    addresses: new Addresses(sql),
    blocks: { has: () => false },
    signs: () => new Map(),
    quietHours: () => undefined,
    changed: () => undefined,
  });

/** Sockets that write down what they are sent. */
export class Sockets implements SocketSet {
  devices: string[];
  /** What is on some screen. */
  readonly open = new Set<string>();
  readonly frames: ServerEvent[] = [];
  /** Something to look at in the moment in which a frame leaves. */
  onFrame: (() => void) | undefined;

  constructor(devices: readonly string[] = ["phone"]) {
    this.devices = [...devices];
  }

  get size(): number {
    return this.devices.length;
  }

  toAll(frame: string): void {
    this.frames.push(JSON.parse(frame) as ServerEvent);
    this.onFrame?.();
  }

  toDevice(_device: string, frame: string): void {
    this.toAll(frame);
  }

  isOpen(id: string): boolean {
    return this.open.has(id);
  }

  toOpen(_id: string, frame: string): void {
    this.toAll(frame);
  }

  toWatching(_id: string, frame: string): void {
    this.toAll(frame);
  }

  types(): string[] {
    return this.frames.map(({ type }) => type);
  }
}

/** A user's object, without the calls that it makes. */
export class Home {
  readonly time = new VirtualTime(AT);
  readonly sql = userStore();
  readonly sockets: Sockets;
  readonly reported: string[] = [];
  /** Whether conversations can be reached. */
  reachable = true;
  readonly repeated: { device: string; after: number; until: number }[] = [];
  readonly deaf: string[] = [];
  readonly user: string;
  hidesReads = false;
  blocks: Blocks;
  inbox: Inbox;
  downlink: Downlink;

  constructor(user = "ann", devices: readonly string[] = ["phone"]) {
    this.user = user;
    this.sockets = new Sockets(devices);
    this.blocks = this.#blocks();
    this.inbox = this.#inbox();
    this.downlink = this.#downlink();
  }

  /** Memory is gone; the store and the clock stay. */
  crash(): void {
    this.blocks = this.#blocks();
    this.inbox = this.#inbox();
    this.downlink = this.#downlink();
  }

  /** A delivery, and as long as it may wait for a device. */
  async receive(delivery: Delivery): Promise<DeliveryAnswer> {
    const answer = this.downlink.deliver(delivery);
    await this.time.pass(LIMITS.deliverLingerMs);
    return answer;
  }

  row(id = "c1"): InboxRow {
    const row = this.inbox.row(id);
    if (!row) throw new Error(`there is no row of ${id}`);
    return row;
  }

  #blocks(): Blocks {
    return new Blocks({ sql: this.sql, user: this.user, changed: () => undefined });
  }

  #inbox(): Inbox {
    return new Inbox({
      sql: this.sql,
      clock: this.time,
      user: this.user,
      hidesReads: () => this.hidesReads,
      notices: noticesIn(this.sql, this.time),
      deviceGone: () => undefined,
    });
  }

  #downlink(): Downlink {
    return new Downlink({
      inbox: this.inbox,
      blocks: this.blocks,
      clock: this.time,
      timers: this.time,
      sockets: this.sockets,
      wants: () => undefined,
      hidesTyping: () => false,
      report: async (row) => {
        this.reported.push(row.conversation_id);
        return this.reachable;
      },
      repeat: (_row, device, after, until) => this.repeated.push({ device, after, until }),
      deaf: (device) => this.deaf.push(device),
      applied: () => undefined,
      answerUnderWay: () => undefined,
    });
  }
}
