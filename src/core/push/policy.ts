import type { Attention } from "../../shared/attention.ts";
import type { DeviceId, Seq, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { PushAddress } from "../../shared/protocol/http-push.ts";
import type { News, Notice, Told } from "./notice.ts";
import { toldOf } from "./notice.ts";

/** How a conversation stands. */
export interface Standing {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Read, or over for another reason. */
  readonly readUpTo: Seq;
  readonly attention: Attention;
  isBlocked(sender: UserId): boolean;
  /** The first moment from `at` on that is not in the user's quiet hours. */
  afterQuiet(at: number): number;
}

/** A device that has an address. */
export interface Reached {
  /** In use, and what was sent to it arrives as far as is known. */
  readonly isActive: boolean;
  readonly acknowledged: Seq;
  /** Whether a push may come to it that shows nothing. */
  readonly mayWithdraw: boolean;
}

/** What a device is to be told, and when: `at` may be over already. */
export type Due =
  | { readonly is: "alert"; readonly at: number; readonly tells: readonly News[] }
  | { readonly is: "read"; readonly at: number; readonly upTo: Seq }
  /** To be looked at again. */
  | { readonly is: "wait"; readonly at: number };

/** [PUSH-5] Whether a message is worth an alert. */
export const isWorth = (attention: Attention, mention: boolean): boolean =>
  attention === "messages" || (attention === "mentions" && mention);

/** [PUSH-10] Apple takes the permission away from web apps whose pushes show nothing. */
export const mayWithdraw = (address: PushAddress): boolean =>
  address.kind !== "webpush" || !/^https:\/\/[^/]+\.push\.apple\.com\//.test(address.endpoint);

/** A message or a mention: in how much of a hurry, and how long it is kept for a device that is out of reach. */
export const mannerOf = (is: "alert" | "read", isUrgent: boolean) =>
  is === "read"
    ? ({ urgency: "low", ttlSeconds: LIMITS.pushReadTtlSeconds } as const)
    : ({ urgency: isUrgent ? "high" : "normal", ttlSeconds: LIMITS.pushTtlSeconds } as const);

const needsNoneUpTo = ({ settled, shown }: Told): Seq => Math.max(settled, shown);

/** Nothing was heard of what was handed over: it is tried again. */
const loseSight = (told: Told, now: number): void => {
  const { underWay } = told;
  if (!underWay || underWay.at + LIMITS.pushLostMs > now) return;
  if (underWay.is === "alert") told.perhaps = Math.max(told.perhaps, underWay.upTo);
  told.underWay = undefined;
};

/**
 * What may have been alerted counts as shown when there is no more of it to tell: it may have to be taken away. What is
 * known to be shown goes first.
 */
const supposeShown = (told: Told, news: readonly News[], readUpTo: Seq): void => {
  const isTaken = told.shown > 0 && told.shown <= readUpTo;
  const isTold = news.some(({ seq }) => seq <= told.perhaps && seq > needsNoneUpTo(told));
  if (told.perhaps === 0 || isTaken || isTold) return;
  told.shown = Math.max(told.shown, told.perhaps);
  told.perhaps = 0;
};

/** What of a device is worth keeping. */
const isIdle = (told: Told, news: readonly News[], now: number): boolean =>
  told.shown === 0 &&
  told.perhaps === 0 &&
  !told.underWay &&
  // What is tried again is counted on.
  (told.attempt === 0 || news.length === 0) &&
  told.notBefore <= now &&
  told.alertedAt + LIMITS.pushEveryMs <= now &&
  told.settled < (news[0]?.seq ?? Infinity);

/**
 * Lets go of what nobody has to be told any more: what was read, what devices acknowledged that are in use, what is not
 * wanted, too old, or of somebody who is blocked. Answers whether anything is left.
 */
export const settle = (notice: Notice, standing: Standing, reached: ReadonlyMap<DeviceId, Reached>): boolean => {
  const { now, readUpTo, attention } = standing;
  for (const device of notice.devices.keys()) if (!reached.has(device)) notice.devices.delete(device);
  const first = notice.news[0]?.seq ?? Infinity;
  for (const [device, { isActive, acknowledged }] of reached) {
    if (!isActive || acknowledged < first) continue;
    const told = toldOf(notice, device);
    told.settled = Math.max(told.settled, acknowledged);
  }
  const isNeeded = ({ seq }: News): boolean => {
    for (const device of reached.keys()) {
      const told = notice.devices.get(device);
      if (!told || needsNoneUpTo(told) < seq) return true;
    }
    return false;
  };
  notice.news = notice.news
    .filter(
      (one) =>
        one.seq > readUpTo &&
        isWorth(attention, one.mention) &&
        one.sentAt + LIMITS.pushTtlSeconds * 1000 > now &&
        !standing.isBlocked(one.sender) &&
        isNeeded(one),
    )
    .slice(-LIMITS.pushNews);
  for (const [device, told] of notice.devices) {
    loseSight(told, now);
    supposeShown(told, notice.news, readUpTo);
    const isOver = told.shown > 0 && told.shown <= readUpTo && reached.get(device)?.mayWithdraw === false;
    if (isOver) told.shown = 0;
    if (isIdle(told, notice.news, now)) notice.devices.delete(device);
  }
  return notice.news.length > 0 || notice.devices.size > 0;
};

/** What a device is to be told next. The notice is settled. `undefined`: nothing, until something happens. */
export const dueOf = (notice: Notice, device: DeviceId, standing: Standing): Due | undefined => {
  const told = notice.devices.get(device);
  const { underWay } = told ?? {};
  const lacking = notice.news.filter(({ seq }) => !told || seq > needsNoneUpTo(told));
  const [first] = lacking;
  // An alert takes the place of what takes an earlier one away: it need not wait for it.
  if (underWay && (underWay.is === "alert" || !first)) return { is: "wait", at: underWay.at + LIMITS.pushLostMs };
  const notBefore = told?.notBefore ?? 0;
  if (first) {
    const next = told && told.alertedAt > 0 ? told.alertedAt + LIMITS.pushEveryMs : 0;
    const ready = Math.max(first.at + LIMITS.pushGraceMs, next, notBefore);
    // What is late may have come into quiet hours by now.
    const earliest = Math.max(ready, standing.now);
    const quietUntil = standing.afterQuiet(earliest);
    const at = quietUntil > earliest ? quietUntil : ready;
    const asOf = Math.max(at, standing.now);
    return { is: "alert", at, tells: lacking.filter((one) => one.at + LIMITS.pushGraceMs <= asOf) };
  }
  if (told && told.shown > 0 && told.shown <= standing.readUpTo)
    return { is: "read", at: Math.max(notBefore, told.alertedAt), upTo: standing.readUpTo };
  return undefined;
};
