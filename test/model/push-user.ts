import { Alarm } from "../../src/core/alarm.ts";
import { Inbox } from "../../src/core/inbox/inbox.ts";
import { Addresses } from "../../src/core/push/addresses.ts";
import { Composer } from "../../src/core/push/composer.ts";
import type { PushJob, PushReport } from "../../src/core/push/job.ts";
import { Names } from "../../src/core/push/names.ts";
import { Notices } from "../../src/core/push/notices.ts";
import { Pusher } from "../../src/core/push/pusher.ts";
import { Registration } from "../../src/core/push/registration.ts";
import { Reports } from "../../src/core/push/reports.ts";
import type { PushAddress } from "../../src/shared/protocol/http-push.ts";
import { deliveryOf, message } from "../unit/inbox-fixtures.ts";
import { userStore } from "../unit/stores.ts";
import type { VirtualTime } from "../unit/virtual-time.ts";

/** The object of somebody who is away: his list, and what he is notified of. */
export class PushUser {
  readonly user: string;
  readonly inbox: Inbox;
  readonly #time: VirtualTime;
  readonly #registration: Registration;
  readonly #reports: Reports;
  readonly #alarm: Alarm;
  #cancelAlarm = (): unknown => undefined;

  constructor(user: string, time: VirtualTime, send: (jobs: readonly PushJob[]) => Promise<void>) {
    this.user = user;
    this.#time = time;
    const sql = userStore();
    const addresses = new Addresses(sql);
    const notices = new Notices({
      clock: time,
      addresses,
      blocks: { has: () => false },
      signs: () => new Map(),
      quietHours: () => undefined,
      changed: () => this.#alarm.changed(),
    });
    this.inbox = new Inbox({ sql, clock: time, user, hidesReads: () => false, notices, deviceGone: () => undefined });
    this.#registration = new Registration({
      clock: time,
      addresses,
      take: () => Promise.resolve({ ok: true, value: 1 }),
      changed: () => undefined,
    });
    const composer = new Composer({
      user,
      clock: time,
      names: new Names({ timers: time, ask: async (sender) => sender.toUpperCase() }),
      badge: () => this.inbox.badge(),
      collapse: async (id) => id,
      previews: () => false,
    });
    const parts = { clock: time, inbox: this.inbox, notices, addresses };
    const pusher = new Pusher({ ...parts, composer, send, later: () => undefined });
    this.#reports = new Reports({ ...parts, registration: this.#registration });
    this.#alarm = new Alarm([pusher], (at) => this.#set(at));
  }

  register(device: string, address: PushAddress): Promise<unknown> {
    return this.#registration.register(device, address, JSON.stringify(address));
  }

  /** The next message of a conversation. The answer: its place. */
  hears(conversation_id: string): number {
    const seq = (this.inbox.row(conversation_id)?.head ?? 0) + 1;
    this.inbox.apply(deliveryOf([message(seq, "bob")], { conversation_id }));
    this.inbox.flush();
    return seq;
  }

  pushed(reports: readonly PushReport[]): void {
    this.#reports.pushed(reports);
    this.#alarm.changed();
  }

  #set(at: number): void {
    this.#cancelAlarm();
    this.#cancelAlarm = this.#time.after(Math.max(0, at - this.#time.now()), () => {
      void this.#alarm.ring(this.#time.now());
    });
  }
}
