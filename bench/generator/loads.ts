import { LIMITS } from "../../src/shared/limits.ts";
import { setTimeout as delay } from "node:timers/promises";
import { percentiles } from "../statistics.ts";
import type { Percentiles } from "../statistics.ts";
import type { Lane } from "./lane.ts";
import { Meter } from "./meter.ts";
import type { CpuShares } from "./meter.ts";
import { atRandomGaps } from "./pace.ts";

/** How long what was sent may take to arrive when sending has ended. */
const DRAIN_MS = 30_000;
/** What a server does behind the messages (rows written late, receipts) is done this long after the last one. */
const BEHIND_MS = LIMITS.inboxFlushMs + 1000;

export interface Span {
  /** How long messages are sent. What is on its way then still arrives, and is counted. */
  readonly sendMs: number;
  /** The server's process, whose CPU time is read. */
  readonly pid: number;
}

/** CPU time is per delivered message. */
export interface LoadResult extends CpuShares {
  /** Of all messages, from the first one's sending to the last one's arrival. */
  readonly perSecond: number;
  readonly latencyMs: Percentiles;
}

/** @throws when a message is lost, doubled or out of order: figures of such a run would mean nothing */
const drained = async (lanes: readonly Lane[]): Promise<void> => {
  const deadline = performance.now() + DRAIN_MS;
  for (;;) {
    const faulty = lanes.find((lane) => lane.faults.count > 0);
    if (faulty !== undefined) throw new Error(`unable to go on; ${faulty.faults.first}`);
    const underWay = lanes.reduce((sum, lane) => sum + lane.underWay, 0);
    if (underWay === 0) return;
    if (performance.now() > deadline) throw new Error(`unable to go on; ${underWay} messages did not arrive`);
    await delay(2);
  }
};

/**
 * Counts whole runs, from rest to rest: with many messages under way a server may work in waves of seconds (all are
 * written, then all are delivered), and an interval cut out of that would count part of a wave.
 */
const measured = async (lanes: readonly Lane[], { sendMs, pid }: Span, load: () => () => void): Promise<LoadResult> => {
  const delivered = (): number => lanes.reduce((sum, lane) => sum + lane.delivered, 0);
  const latencies: number[] = [];
  for (const lane of lanes) lane.onLatency = (ms) => latencies.push(ms);
  const before = delivered();
  const meter = new Meter(pid);
  const stop = load();
  await delay(sendMs);
  stop();
  await drained(lanes);
  const { elapsedMs } = meter;
  const count = delivered() - before;
  const shares = await meter.shares(count, BEHIND_MS);
  for (const lane of lanes) lane.onLatency = undefined;
  return { perSecond: (count * 1000) / elapsedMs, ...shares, latencyMs: percentiles(latencies) };
};

/** Every lane keeps `window` messages under way: the next one is sent when one is acknowledged and delivered. */
export const closedLoop = (lanes: readonly Lane[], window: number, span: Span): Promise<LoadResult> =>
  measured(lanes, span, () => {
    for (const lane of lanes) {
      lane.onDone = (count) => {
        for (let left = count; left > 0; left--) lane.send();
      };
      for (let left = window; left > 0; left--) lane.send();
    }
    return () => {
      for (const lane of lanes) lane.onDone = undefined;
    };
  });

/** Messages leave at `perSecond` in all, at random gaps and from random lanes, however long the answers take. */
export const openLoop = (lanes: readonly Lane[], perSecond: number, span: Span): Promise<LoadResult> =>
  measured(lanes, span, () => atRandomGaps(perSecond, () => lanes[Math.floor(Math.random() * lanes.length)]?.send()));

const sentAndDone = (lane: Lane): Promise<boolean> =>
  new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), DRAIN_MS);
    lane.onDone = () => {
      clearTimeout(late);
      resolve(true);
    };
    lane.send();
  });

/** One message at a time with a pause after each. Resolves to the milliseconds from send to delivery. */
export const oneByOne = async (lane: Lane, samples: number, pauseMs: number): Promise<number[]> => {
  const latencies: number[] = [];
  lane.onLatency = (ms) => latencies.push(ms);
  for (let left = samples; left > 0; left--) {
    if (!(await sentAndDone(lane))) break;
    // Spread over the server's own clocks: a fixed pause could fall in step with one of them.
    await delay(pauseMs * (0.5 + Math.random()));
  }
  lane.onDone = undefined;
  lane.onLatency = undefined;
  return latencies;
};
