import { Alarm } from "../../src/core/alarm.ts";
import type { ConversationMeta, Delivery, DeliveryAnswer } from "../../src/core/conversation/delivery.ts";
import { Blocks } from "../../src/core/inbox/blocks.ts";
import { Downlink } from "../../src/core/inbox/downlink.ts";
import { Inbox } from "../../src/core/inbox/inbox.ts";
import type { InboxRow } from "../../src/core/inbox/inbox-row.ts";
import { Profile } from "../../src/core/inbox/profile.ts";
import type { Timers } from "../../src/core/ports.ts";
import type { Signs } from "../../src/core/presence/reach.ts";
import { Addresses } from "../../src/core/push/addresses.ts";
import { Composer } from "../../src/core/push/composer.ts";
import type { PushJob, PushReport } from "../../src/core/push/job.ts";
import { Names } from "../../src/core/push/names.ts";
import { Notices } from "../../src/core/push/notices.ts";
import { Pusher } from "../../src/core/push/pusher.ts";
import { Registration } from "../../src/core/push/registration.ts";
import { Reports } from "../../src/core/push/reports.ts";
import type { PushAddress } from "../../src/shared/protocol/http-push.ts";
import { deliveryOf, message, META, Sockets } from "./inbox-fixtures.ts";
import { userStore } from "./stores.ts";
import { settled, VirtualTime } from "./virtual-time.ts";

const ME = "ann";

/** One life of the object: its timers end with it. */
class Life implements Timers {
  readonly #time: VirtualTime;
  isOver = false;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  after(ms: number, work: () => void): () => void {
    return this.#time.after(ms, () => {
      if (!this.isOver) work();
    });
  }
}

/** What became of a job, as the queue's consumer tells it. */
export const reportOf = (job: PushJob, fate: PushReport["fate"] = { is: "taken" }): PushReport => ({
  device: job.device,
  conversation: job.conversation,
  type: job.note.type,
  upTo: job.note.seq ?? 0,
  registeredAt: job.registeredAt,
  fate,
});

/** The object of a user who is pushed to: all of it but the calls that it makes. */
export class PushHome {
  readonly time = new VirtualTime();
  readonly sql = userStore();
  readonly sockets = new Sockets([]);
  readonly signs = new Map<string, Signs>();
  /** What was handed over, and whether the queue takes anything. */
  readonly jobs: PushJob[] = [];
  isQueueOpen = true;
  /** What others call themselves; a promise that stays open: out of reach. */
  askName: (user: string) => Promise<string | undefined> = async (user) => user.toUpperCase();
  previews = false;
  readonly asked: string[] = [];
  life!: Life;
  blocks!: Blocks;
  profile!: Profile;
  inbox!: Inbox;
  notices!: Notices;
  downlink!: Downlink;
  addresses!: Addresses;
  registration!: Registration;
  pusher!: Pusher;
  reports!: Reports;
  alarm!: Alarm;
  #alarmAt = Infinity;
  #alarmsSet = 0;
  #takes = 0;

  constructor() {
    this.#build();
  }

  /** Memory and connections are gone; the store, the alarm and the clock stay. */
  crash(): void {
    this.life.isOver = true;
    this.signs.clear();
    this.sockets.devices = [];
    this.#build();
  }

  async register(device: string, address: PushAddress = { kind: "fcm", token: `token of ${device}` }): Promise<void> {
    this.inbox.devices.register(device);
    await this.registration.register(device, address, JSON.stringify(address));
  }

  connect(device: string, more: Partial<Signs> = {}): void {
    // It never goes silent: its heartbeats are not what is looked at here.
    this.signs.set(device, { active: true, deaf: false, lastHeardAt: Infinity, ...more });
    if (!this.sockets.devices.includes(device)) this.sockets.devices.push(device);
  }

  disconnect(device: string): void {
    this.signs.delete(device);
    this.sockets.devices = this.sockets.devices.filter((one) => one !== device);
  }

  /** What somebody writes, in a conversation of which this is the next entry. Not waited for. */
  hears(
    seq: number,
    more: { sender?: string; mentions?: string[]; id?: string; meta?: Partial<ConversationMeta> } = {},
  ) {
    const { sender = "bob", mentions, id = "c1", meta } = more;
    const known = { conversation_id: id, ...(meta || seq === 1 ? { meta: { ...META, ...meta } } : {}) };
    return this.deliver(deliveryOf([message(seq, sender, mentions)], known));
  }

  deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return this.downlink.deliver(delivery);
  }

  acknowledges(device: string, upTo: number, id = "c1"): void {
    this.downlink.acknowledge(this.row(id), device, upTo);
  }

  reads(upTo: number, id = "c1", device?: string): void {
    const row = this.row(id);
    if (device !== undefined) this.notices.readOn(row, device, upTo);
    const left = Math.max(0, row.head - Math.max(upTo, row.readUpTo));
    this.inbox.setRead(row, { read_up_to: upTo, unread: left, mentions: Math.min(row.mentions, left) }, []);
    this.downlink.rowChanged(row);
  }

  row(id = "c1"): InboxRow {
    const row = this.inbox.row(id);
    if (!row) throw new Error(`there is no row of ${id}`);
    return row;
  }

  /** What the disk says of a row's notice. */
  stored(id = "c1"): string | null {
    const rows = this.sql.all<{ notice: string | null }>("SELECT notice FROM inbox WHERE conversation_id = ?", id);
    return rows[0]?.notice ?? null;
  }

  async passes(ms: number): Promise<void> {
    await this.time.pass(ms);
    await settled();
  }

  /** What was handed over since it was asked last. */
  taken(): PushJob[] {
    return this.jobs.splice(0);
  }

  /** The same, and push services took it. */
  shown(): PushJob[] {
    const jobs = this.taken();
    this.reports.pushed(jobs.map((job) => reportOf(job)));
    return jobs;
  }

  get alarmAt(): number {
    return this.#alarmAt;
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    const set = ++this.#alarmsSet;
    // An alarm that is set replaces another.
    this.time.after(Math.max(0, at - this.time.now()), () => {
      if (this.#alarmsSet !== set) return;
      const { life } = this;
      // It is over when what it began is.
      void this.alarm.ring(this.time.now()).then(() => {
        if (life === this.life && this.#alarmsSet === set) this.#alarmAt = Infinity;
        return undefined;
      });
    });
  }

  #build(): void {
    const { sql, time } = this;
    const life = new Life(time);
    const whileAlive = <T>(work: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        const alive = (tell: () => void) => (): void => {
          if (!life.isOver) tell();
        };
        work.then(
          (value) => alive(() => resolve(value))(),
          (error: unknown) => alive(() => reject(error))(),
        );
      });
    this.life = life;
    this.profile = new Profile(sql);
    this.blocks = new Blocks({ sql, user: ME, changed: () => undefined });
    this.addresses = new Addresses(sql);
    const take = async (): Promise<{ ok: true; value: number }> => ({ ok: true, value: ++this.#takes });
    this.registration = new Registration({ clock: time, addresses: this.addresses, take, changed: () => undefined });
    this.notices = new Notices({
      clock: time,
      addresses: this.addresses,
      blocks: this.blocks,
      signs: () => this.signs,
      quietHours: () => this.profile.fields.notifications?.quiet_hours,
      changed: () => this.alarm.changed(),
    });
    const forgets = (device: string): void => this.registration.withdraw(device);
    const common = { sql, clock: time, user: ME, notices: this.notices };
    this.inbox = new Inbox({ ...common, hidesReads: () => false, deviceGone: forgets });
    this.downlink = this.#downlink(life);
    const ask = (user: string): Promise<string | undefined> => {
      this.asked.push(user);
      return whileAlive(this.askName(user));
    };
    const composer = new Composer({
      user: ME,
      clock: time,
      names: new Names({ timers: life, ask }),
      badge: () => this.inbox.badge(),
      collapse: (id) => whileAlive(Promise.resolve(`key of ${id}`)),
      previews: () => this.previews,
    });
    const send = (jobs: readonly PushJob[]): Promise<void> => {
      if (!this.isQueueOpen) return whileAlive(Promise.reject(new Error("there is no room")));
      this.jobs.push(...jobs);
      return whileAlive(Promise.resolve());
    };
    const parts = { clock: time, inbox: this.inbox, notices: this.notices, addresses: this.addresses };
    this.pusher = new Pusher({ ...parts, composer, send, later: () => undefined });
    this.reports = new Reports({ ...parts, registration: this.registration });
    this.alarm = new Alarm([this.pusher], (at) => this.#setAlarm(at));
    // What is set outlives the memory.
    if (this.#alarmAt < Infinity) this.#setAlarm(this.#alarmAt);
  }

  #downlink(life: Life): Downlink {
    return new Downlink({
      inbox: this.inbox,
      blocks: this.blocks,
      clock: this.time,
      timers: life,
      sockets: this.sockets,
      wants: (row) => this.notices.wants(row),
      hidesTyping: () => false,
      report: async () => true,
      repeat: () => undefined,
      deaf: () => undefined,
      applied: () => undefined,
      answerUnderWay: () => undefined,
    });
  }
}
