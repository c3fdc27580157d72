import type { Wants } from "../../src/core/conversation/delivery.ts";
import { Blocks } from "../../src/core/inbox/blocks.ts";
import { Downlink } from "../../src/core/inbox/downlink.ts";
import type { SocketSet } from "../../src/core/inbox/downlink.ts";
import type { InboxRow } from "../../src/core/inbox/inbox-row.ts";
import { Inbox } from "../../src/core/inbox/inbox.ts";
import type { PreferenceChanges } from "../../src/core/inbox/preferences.ts";
import { Profile } from "../../src/core/inbox/profile.ts";
import { attentionTo } from "../../src/core/push/notices.ts";
import { logFrame } from "../../src/objects/user/frames.ts";
import { Sync } from "../../src/objects/user/sync.ts";
import { Uplink } from "../../src/objects/user/uplink.ts";
import { Visits } from "../../src/objects/user/visits.ts";
import { Stubs } from "../../src/platform/stubs.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { noticesIn } from "../unit/inbox-fixtures.ts";
import { userStore } from "../unit/stores.ts";
import { Life } from "./network.ts";
import type { Surroundings } from "./surroundings.ts";

export interface UserMemory {
  readonly inbox: Inbox;
  readonly downlink: Downlink;
  readonly uplink: Uplink;
  readonly sync: Sync;
  readonly visits: Visits;
  readonly profile: Profile;
}

/** Where one user lives: a store and sockets, which outlast the memory. */
export class UserHost {
  readonly sql = userStore();
  readonly user: string;
  readonly #world: Surroundings;
  readonly #sockets: SocketSet;
  #life: Life | undefined;
  #memory: UserMemory | undefined;

  constructor(world: Surroundings, user: string, sockets: SocketSet) {
    this.#world = world;
    this.user = user;
    this.#sockets = sockets;
  }

  readonly wake = (): Life => {
    this.#life ??= new Life(this.#world.time);
    return this.#life;
  };

  get memory(): UserMemory {
    this.#memory ??= this.#build(this.wake());
    return this.#memory;
  }

  /** Whether something is under way that keeps it from being put to sleep. */
  get isAwake(): boolean {
    return this.#life !== undefined && !this.#life.isIdle;
  }

  /** Memory is gone. The sockets are the caller's to close: they outlive an eviction, not a crash. */
  crash(): void {
    this.#life?.end();
    this.#life = undefined;
    this.#memory = undefined;
  }

  evict(): void {
    if (this.#life?.isIdle === true) this.crash();
  }

  /** What he is to be brought while he is away: two of the people have a phone that is pushed to. */
  wants(row: InboxRow): Wants | undefined {
    if ((this.user !== "cem" && this.user !== "dag") || row.meta.left_at !== undefined) return undefined;
    const what = attentionTo(row, this.#world.time.now());
    return what === "none" ? undefined : { what };
  }

  /** As objects/user/acts.ts does it: on disk before anybody is shown it. */
  putDraft(id: string, content: string): void {
    const draft = content === "" ? undefined : { content, at: this.#world.time.now() };
    this.#change(id, (inbox, row) => inbox.setDraft(row, draft));
  }

  putPreferences(id: string, changes: PreferenceChanges): void {
    this.#change(id, (inbox, row) => inbox.setPreferences(row, changes));
    const { inbox, visits } = this.memory;
    const row = inbox.row(id);
    if (row) void visits.wishesChanged([row]);
  }

  #change(id: string, change: (inbox: Inbox, row: InboxRow) => boolean): void {
    const { inbox, downlink } = this.memory;
    const row = inbox.row(id);
    if (!row || !change(inbox, row)) return;
    inbox.flush(row);
    downlink.rowChanged(row);
  }

  /** Whether others see how far he reads; his conversations are told, if they can be reached. */
  setPrivacy(hides: boolean): void {
    const { profile, inbox, uplink } = this.memory;
    profile.change({ privacy: { read_receipts: hides ? "nobody" : "everyone" } });
    for (const { conversation_id } of inbox.keys()) void uplink.report(conversation_id);
  }

  #build(life: Life): UserMemory {
    const { time } = this.#world;
    const profile = new Profile(this.sql);
    const blocks = new Blocks({ sql: this.sql, user: this.user, changed: () => undefined });
    const inbox = new Inbox({
      sql: this.sql,
      clock: time,
      user: this.user,
      hidesReads: () => profile.hidesReads,
      notices: noticesIn(this.sql, time),
      deviceGone: () => undefined,
    });
    const uplink = new Uplink({
      user: this.user,
      inbox,
      blocks,
      clock: time,
      timers: life,
      conversations: new Stubs({ getByName: (id) => this.#world.conversation(id).rpc(life) }, LIMITS.stubs),
      take: (delivery) => downlink.take(delivery),
      rowChanged: (row) => downlink.rowChanged(row),
    });
    const downlink: Downlink = new Downlink({
      inbox,
      blocks,
      clock: time,
      timers: life,
      sockets: this.#sockets,
      wants: (row) => this.wants(row),
      hidesTyping: () => profile.hidesTyping,
      report: async (row) => (await uplink.report(row.conversation_id)).ok,
      repeat: (row, device, after, until) => void this.#repeat(uplink, row.conversation_id, device, after, until),
      // What is thought of a device changes nothing of what it is sent.
      deaf: () => undefined,
      applied: (row, fresh) => uplink.applied(row, fresh),
      answerUnderWay: (id) => uplink.underWay(id),
    });
    const visits = new Visits({ inbox, uplink, downlink, wants: (row) => this.wants(row) });
    return { inbox, downlink, uplink, visits, profile, sync: new Sync(inbox, uplink, visits) };
  }

  async #repeat(uplink: Uplink, id: string, device: string, after: number, until: number): Promise<void> {
    const slice = await uplink.log(id, after, until - after);
    if (slice.ok) this.#sockets.toDevice(device, logFrame(id, slice.value));
  }
}
