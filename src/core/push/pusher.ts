import type { Appointment } from "../alarm.ts";
import type { ConversationId, DeviceId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { InboxRow } from "../inbox/inbox-row.ts";
import type { Clock } from "../ports.ts";
import type { Addresses } from "./addresses.ts";
import type { Composer, Known } from "./composer.ts";
import type { PushJob } from "./job.ts";
import { toldOf } from "./notice.ts";
import type { UnderWay } from "./notice.ts";
import type { DeviceDue, Notices } from "./notices.ts";
import type { Due } from "./policy.ts";

export interface PusherDeps {
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly notices: Notices;
  readonly addresses: Addresses;
  readonly composer: Composer;
  /** Hands notifications to the queue; it throws when not all of them were taken. */
  send(jobs: readonly PushJob[]): Promise<void>;
  /** Goes on after the alarm is over. */
  later(work: Promise<unknown>): void;
}

type Told = Exclude<Due, { is: "wait" }>;

/** A job that was handed over, as its row has it. */
interface Sent {
  readonly id: ConversationId;
  readonly device: DeviceId;
  readonly underWay: UnderWay;
}

const isNow = (due: Due, now: number): due is Told => due.is !== "wait" && due.at <= now;

/**
 * Hands over what is due when the alarm rings. Rows say that it was handed over before it is: what dies in between is
 * handed over again when nothing was heard of it for a while. While it is composed, the alarm stays due.
 */
export class Pusher implements Appointment {
  readonly #deps: PusherDeps;
  /** Since when something is being composed; `undefined`: nothing is. */
  #busySince: number | undefined;

  constructor(deps: PusherDeps) {
    this.#deps = deps;
  }

  nextAt(): number {
    const next = this.#deps.notices.nextAt();
    return this.#busySince === undefined ? next : Math.max(next, this.#busySince + LIMITS.pushRetryMs);
  }

  async ring(now: number): Promise<void> {
    if (this.#busySince !== undefined) return;
    this.#busySince = now;
    try {
      const { ids, senders } = this.#look(now);
      if (ids.length > 0) this.#handOver(ids, await this.#deps.composer.prepare(ids, senders));
    } finally {
      this.#busySince = undefined;
    }
  }

  /** A test notification, to a device that has an address. */
  async test(device: DeviceId): Promise<Result<true>> {
    const registered = this.#deps.addresses.get(device);
    if (!registered) return refuse("not_found", "unable to test; the device has no push address");
    try {
      await this.#deps.send([this.#deps.composer.test(device, registered)]);
      return { ok: true, value: true };
    } catch {
      return refuse("overloaded", "unable to test; too many notifications are waiting", { retry_after_ms: 1000 });
    }
  }

  /** Rows in which something is due, and whose names it takes. Those in which nothing is any more are written so. */
  #look(now: number): { readonly ids: ConversationId[]; readonly senders: Set<UserId> } {
    const { inbox, notices } = this.#deps;
    const ids: ConversationId[] = [];
    const senders = new Set<UserId>();
    let jobs = 0;
    for (const id of notices.waiting(now, LIMITS.pushPerRing)) {
      if (jobs >= LIMITS.pushPerRing) break;
      const row = inbox.row(id);
      const dues = row ? this.#dueNow(row, now) : [];
      if (dues.length > 0) ids.push(id);
      else if (row) inbox.noted(row);
      else notices.forget(id);
      jobs += dues.length;
      for (const { due } of dues) {
        const newest = due.is === "alert" ? due.tells.at(-1) : undefined;
        if (newest?.sender) senders.add(newest.sender);
      }
    }
    inbox.flush();
    return { ids, senders };
  }

  /** One turn: things may have changed while names were asked for, and nothing does from here on. */
  #handOver(ids: readonly ConversationId[], known: Known): void {
    const { inbox, clock } = this.#deps;
    const now = clock.now();
    const jobs: PushJob[] = [];
    const sent: Sent[] = [];
    for (const id of ids) {
      const row = inbox.row(id);
      if (!row) continue;
      for (const { device, due } of this.#dueNow(row, now)) {
        const job = this.#jobOf(row, device, due, known);
        if (!job || !row.notice) continue;
        const told = toldOf(row.notice, device);
        const underWay: UnderWay = { is: due.is, upTo: job.note.seq ?? 0, at: now };
        told.underWay = underWay;
        if (due.is === "alert") told.alertedAt = now;
        jobs.push(job);
        sent.push({ id, device, underWay });
      }
      inbox.noted(row);
    }
    inbox.flush();
    // Begun in the turn that writes it, and not waited for: rows say that it is under way.
    if (jobs.length > 0) this.#deps.later(this.#send(jobs, sent));
  }

  async #send(jobs: readonly PushJob[], sent: readonly Sent[]): Promise<void> {
    try {
      await this.#deps.send(jobs);
    } catch {
      for (const { id, device, underWay } of sent) this.#bringBack(id, device, underWay);
      this.#deps.inbox.flush();
    }
  }

  /** It was not taken, or perhaps it was: it is handed over again soon. */
  #bringBack(id: ConversationId, device: DeviceId, underWay: UnderWay): void {
    const { inbox, clock } = this.#deps;
    const row = inbox.row(id);
    const told = row?.notice?.devices.get(device);
    // A row that was let go of and read again has another object that says the same.
    if (!row || told?.underWay?.at !== underWay.at || told.underWay.is !== underWay.is) return;
    if (underWay.is === "alert") told.perhaps = Math.max(told.perhaps, underWay.upTo);
    told.underWay = undefined;
    told.notBefore = clock.now() + LIMITS.pushRetryMs;
    inbox.noted(row);
  }

  #dueNow(row: InboxRow, now: number): (DeviceDue & { readonly due: Told })[] {
    return this.#deps.notices.dueOf(row).filter((one): one is DeviceDue & { due: Told } => isNow(one.due, now));
  }

  #jobOf(row: InboxRow, device: DeviceId, due: Told, known: Known): PushJob | undefined {
    const registered = this.#deps.addresses.get(device);
    const attempt = row.notice?.devices.get(device)?.attempt ?? 0;
    return registered && this.#deps.composer.job(row, device, due, registered, attempt, known);
  }
}
