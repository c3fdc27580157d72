import { setTimeout as delay } from "node:timers/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { LIMITS } from "../../src/shared/limits.ts";
import { rssKibOf } from "../process-stat.ts";
import { percentiles } from "../statistics.ts";
import type { Percentiles } from "../statistics.ts";
import type { Member, MemberAck, MemberRefusal } from "./member.ts";
import { Meter } from "./meter.ts";
import type { CpuShares } from "./meter.ts";
import { atRandomGaps } from "./pace.ts";
import type { Room } from "./room.ts";

/** What a server writes late is written this long after the last message. */
const BEHIND_MS = LIMITS.inboxFlushMs + 1000;
const RSS_EVERY_MS = 200;

const senderOf = ({ members: [sender] }: Room): Member => {
  if (sender === undefined) throw new Error("unable to send; nobody is there");
  return sender;
};

/** As the SDK does: the same message again when it was told to come back. */
const sendAgain = (member: Member, { number, retryAfterMs }: MemberRefusal): void => {
  setTimeout(() => member.sendAgain(number), retryAfterMs);
};

export interface FanOut {
  readonly messages: number;
  readonly window: number;
  /** The server's process. */
  readonly pid: number;
  /** How long after the last delivery its CPU time is read. */
  readonly behindMs: number;
}

/** CPU time is per delivery: one message on one device. */
export interface FanOutResult extends CpuShares {
  /** Deliveries, from the first message's sending to the last device's having the last one. */
  readonly perSecond: number;
  /** Of admitted messages, since they were sent last. */
  readonly ackMs: Percentiles;
  readonly refused: number;
}

/** One sender keeps `window` messages without an ack under way, until `messages` were sent. */
export const fanOut = async (room: Room, { messages, window, pid, behindMs }: FanOut): Promise<FanOutResult> => {
  const sender = senderOf(room);
  const ackMs: number[] = [];
  let left = messages;
  const next = (): void => {
    if (left-- > 0) sender.send();
  };
  const acked = (_member: Member, { ms }: MemberAck): void => {
    ackMs.push(ms);
    next();
  };
  let refused = 0;
  const refusing = (member: Member, refusal: MemberRefusal): void => {
    refused++;
    sendAgain(member, refusal);
  };
  room.watch = { acked, refused: refusing };
  const before = room.arrivals;
  const meter = new Meter(pid);
  for (let under = window; under > 0; under--) next();
  await room.rest();
  room.watch = {};
  const count = room.arrivals - before;
  const perSecond = (count * 1000) / (room.arrivedAt - meter.startedAt);
  return { perSecond, ...(await meter.shares(count, behindMs)), ackMs: percentiles(ackMs), refused };
};

/** Milliseconds of each admitted message. */
export interface PacedResult {
  /** Since it was sent last. */
  readonly ackMs: readonly number[];
  /** From then to the last device's having it. */
  readonly everywhereMs: readonly number[];
}

/** How long messages take to be acknowledged, and to be everywhere. */
class Stopwatch {
  readonly ackMs: number[] = [];
  readonly #sentAt = new Map<number, number>();

  acked({ seq, ms }: MemberAck): void {
    this.ackMs.push(ms);
    this.#sentAt.set(seq, performance.now() - ms);
  }

  /** When all of it is everywhere. */
  everywhereMs({ everywhereAt }: Room): number[] {
    return [...this.#sentAt].map(([seq, at]) => (everywhereAt[seq] ?? Number.NaN) - at);
  }
}

/** One sender writes `messages` at about `perSecond`, whatever comes back. */
export const paced = async (room: Room, messages: number, perSecond: number): Promise<PacedResult> => {
  const sender = senderOf(room);
  const stopwatch = new Stopwatch();
  room.watch = { acked: (_member, ack) => stopwatch.acked(ack), refused: sendAgain };
  for (let left = messages; left > 0; left--) {
    sender.send();
    // Spread over the server's own clocks: a fixed pause could fall in step with one of them.
    await delay((1000 / perSecond) * (0.8 + 0.4 * Math.random()));
  }
  await room.rest();
  room.watch = {};
  return { ackMs: stopwatch.ackMs, everywhereMs: stopwatch.everywhereMs(room) };
};

/** CPU time is per admitted message. */
export interface CrowdResult extends CpuShares {
  readonly admittedPerSecond: number;
  /** Refusals among all answers, and how many came with which code. */
  readonly refusedShare: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** Of admitted messages, since they were sent last. */
  readonly ackMs: Percentiles;
  /** From then to the last device's having it. */
  readonly everywhereMs: Percentiles;
  /** From the end of sending until every device has everything. */
  readonly drainMs: number;
  readonly rssKib: { readonly before: number; readonly peak: number };
  /** How late the generator itself was: its own part of the latencies. */
  readonly generatorLateMs: number;
}

interface Crowd {
  readonly room: Room;
  readonly sendMs: number;
  readonly pid: number;
}

/** Everybody writes; whoever is refused comes back with the same message when he was told to. */
const crowd = async (
  { room, sendMs, pid }: Crowd,
  load: { start: () => () => void; acked: (member: Member) => void },
): Promise<CrowdResult> => {
  const stopwatch = new Stopwatch();
  const { ackMs } = stopwatch;
  const refusals: Record<string, number> = {};
  let running = true;
  let refused = 0;
  const later = (member: Member, { number, code, retryAfterMs }: MemberRefusal): void => {
    refused++;
    refusals[code] = (refusals[code] ?? 0) + 1;
    setTimeout(() => {
      if (running) member.sendAgain(number);
    }, retryAfterMs);
  };
  const acked = (member: Member, ack: MemberAck): void => {
    stopwatch.acked(ack);
    if (running) load.acked(member);
  };
  const before = rssKibOf(pid);
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, rssKibOf(pid))), RSS_EVERY_MS);
  const late = monitorEventLoopDelay({ resolution: 1 });
  late.enable();
  room.watch = { acked, refused: later };
  const meter = new Meter(pid);
  const stop = load.start();
  await delay(sendMs);
  running = false;
  stop();
  const admittedPerSecond = (ackMs.length * 1000) / meter.elapsedMs;
  late.disable();
  const stoppedAt = performance.now();
  await room.rest({ refused: "leave" });
  const drainMs = performance.now() - stoppedAt;
  clearInterval(sampler);
  room.watch = {};
  return {
    admittedPerSecond,
    refusedShare: refused / (refused + ackMs.length),
    refusals,
    ackMs: percentiles(ackMs),
    everywhereMs: percentiles(stopwatch.everywhereMs(room)),
    drainMs,
    rssKib: { before, peak },
    generatorLateMs: late.percentile(99) / 1e6,
    ...(await meter.shares(ackMs.length, BEHIND_MS)),
  };
};

/** Every member keeps `window` messages without an answer under way. */
export const everybody = (of: Crowd, window: number): Promise<CrowdResult> =>
  crowd(of, {
    start: () => {
      for (const member of of.room.members) for (let left = window; left > 0; left--) member.send();
      return () => undefined;
    },
    acked: (member) => member.send(),
  });

/** Members write at random, `perSecond` in all. */
export const somebody = (of: Crowd, perSecond: number): Promise<CrowdResult> =>
  crowd(of, {
    start: () => {
      const { members } = of.room;
      return atRandomGaps(perSecond, () => members[Math.floor(Math.random() * members.length)]?.send());
    },
    acked: () => undefined,
  });
