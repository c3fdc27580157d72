import type { ConversationId, DeviceId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { InboxRow } from "../inbox/inbox-row.ts";
import type { Clock } from "../ports.ts";
import type { Addresses } from "./addresses.ts";
import type { PushReport } from "./job.ts";
import { emptyNotice, toldOf } from "./notice.ts";
import type { News, Told } from "./notice.ts";
import { attentionTo } from "./notices.ts";
import { isWorth } from "./policy.ts";
import type { Registration } from "./registration.ts";

export interface ReportsDeps {
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly addresses: Addresses;
  readonly registration: Registration;
}

/** Said once already: what is under way by now is the next try. */
const isStale = (told: Told, fate: PushReport["fate"]): boolean =>
  fate.is === "later" && fate.attempt <= told.attempt && fate.at <= told.notBefore;

/** What became of what was handed over. Reports may be late, and come more than once. */
export class Reports {
  readonly #deps: ReportsDeps;

  constructor(deps: ReportsDeps) {
    this.#deps = deps;
  }

  /** On disk when it returns. */
  pushed(reports: readonly PushReport[]): void {
    const { inbox, registration } = this.#deps;
    for (const report of reports) {
      if (report.fate.is === "gone") registration.gone(report.device, report.registeredAt);
      const row = report.conversation === undefined ? undefined : inbox.row(report.conversation);
      const told = row && this.#told(row, report);
      if (!row || !told) continue;
      if (report.type === "read") this.#withdrawn(told, report);
      else this.#alerted(told, report);
      inbox.noted(row);
    }
    inbox.flush();
  }

  /** A notification that was given up is due again, if there is still something to tell. */
  replay(device: DeviceId, id: ConversationId | undefined): void {
    const { inbox, addresses } = this.#deps;
    const row = id === undefined ? undefined : inbox.row(id);
    if (!row || !addresses.get(device) || !this.#isUntold(row)) return;
    const notice = (row.notice ??= emptyNotice());
    const told = toldOf(notice, device);
    if (told.shown >= row.othersHead) return;
    const newest = notice.news.at(-1);
    if (!newest || newest.seq <= told.settled) {
      const seq = row.othersHead;
      // The others were told of it, each in his time.
      for (const [other] of addresses) if (other !== device) toldOf(notice, other).settled = seq;
      notice.news.push({ ...this.#newest(row), seq, mention: row.mentions > 0 });
    }
    Object.assign(told, { settled: 0, attempt: 0, notBefore: 0 });
    inbox.noted(row);
    inbox.flush(row);
  }

  /** Of an alert that arrives when all is said it is known at least that it is shown. */
  #told(row: InboxRow, { device, type, fate }: PushReport): Told | undefined {
    const known = row.notice?.devices.get(device);
    if (known || type === "read" || fate.is !== "taken" || !this.#deps.addresses.get(device)) return known;
    return toldOf((row.notice ??= emptyNotice()), device);
  }

  #alerted(told: Told, { fate, upTo }: PushReport): void {
    if (fate.is === "taken") told.shown = Math.max(told.shown, upTo);
    if (told.perhaps <= told.shown) told.perhaps = 0;
    if (fate.is === "dead") told.settled = Math.max(told.settled, upTo);
    if (told.underWay?.is !== "alert" || told.underWay.upTo > upTo || isStale(told, fate)) return;
    told.underWay = undefined;
    this.#goOn(told, fate);
  }

  #withdrawn(told: Told, { fate, upTo }: PushReport): void {
    const isOver = fate.is !== "later" || fate.attempt >= LIMITS.pushReadAttempts;
    if (isOver && told.shown <= upTo) told.shown = 0;
    if (told.underWay?.is !== "read" || told.underWay.upTo > upTo || isStale(told, fate)) return;
    told.underWay = undefined;
    this.#goOn(told, isOver ? { is: "taken" } : fate);
  }

  #goOn(told: Told, fate: PushReport["fate"]): void {
    told.attempt = fate.is === "later" ? fate.attempt : 0;
    told.notBefore = fate.is === "later" ? fate.at : 0;
  }

  #isUntold(row: InboxRow): boolean {
    const attention = attentionTo(row, this.#deps.clock.now());
    if (row.unread === 0 || row.othersHead <= row.readUpTo || row.meta.left_at !== undefined) return false;
    return isWorth(attention, row.mentions > 0);
  }

  /** The list knows of whom its last message is. */
  #newest(row: InboxRow): Pick<News, "at" | "sentAt" | "sender"> {
    const last = row.lastMessageSeq === row.othersHead ? (row.lastMessage ?? "{}") : "{}";
    const { sender_id: sender } = JSON.parse(last) as { readonly sender_id?: UserId };
    return {
      at: this.#deps.clock.now() - LIMITS.pushGraceMs,
      sentAt: row.activity,
      sender: sender ?? "",
    };
  }
}
