import { setTimeout as delay } from "node:timers/promises";
import { cpuMsOf } from "../process-stat.ts";
import { percentiles } from "../statistics.ts";
import type { Percentiles } from "../statistics.ts";
import type { Lane } from "./lane.ts";

/** How long what was sent may take to arrive when sending has ended. */
const DRAIN_MS = 5000;

export interface Interval {
  readonly warmMs: number;
  readonly measureMs: number;
  /** The server's process, whose CPU time is read at both ends of the measured interval. */
  readonly pid: number;
}

export interface LoadResult {
  readonly perSecond: number;
  /** CPU time per delivered message, of the server and of the generator. */
  readonly serverCpuMs: number;
  readonly generatorCpuMs: number;
  readonly latencyMs: Percentiles;
}

const generatorCpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const drained = async (lanes: readonly Lane[]): Promise<void> => {
  const deadline = performance.now() + DRAIN_MS;
  while (lanes.some((lane) => lane.underWay > 0) && performance.now() < deadline) await delay(5);
};

/** Counts deliveries of a load that is already running. */
const measured = async (lanes: readonly Lane[], interval: Interval): Promise<LoadResult> => {
  const { warmMs, measureMs, pid } = interval;
  const delivered = (): number => lanes.reduce((sum, lane) => sum + lane.delivered, 0);
  await delay(warmMs);
  const latencies: number[] = [];
  for (const lane of lanes) lane.onLatency = (ms) => latencies.push(ms);
  const before = { at: performance.now(), count: delivered(), server: cpuMsOf(pid), generator: generatorCpuMs() };
  await delay(measureMs);
  const after = { at: performance.now(), count: delivered(), server: cpuMsOf(pid), generator: generatorCpuMs() };
  for (const lane of lanes) lane.onLatency = undefined;
  const count = after.count - before.count;
  return {
    perSecond: (count * 1000) / (after.at - before.at),
    serverCpuMs: (after.server - before.server) / count,
    generatorCpuMs: (after.generator - before.generator) / count,
    latencyMs: percentiles(latencies),
  };
};

/** Every lane keeps `window` messages under way: the next one is sent when one is acknowledged and delivered. */
export const closedLoop = async (lanes: readonly Lane[], window: number, interval: Interval): Promise<LoadResult> => {
  for (const lane of lanes) {
    lane.onDone = (count) => {
      for (let left = count; left > 0; left--) lane.send();
    };
    for (let left = window; left > 0; left--) lane.send();
  }
  const result = await measured(lanes, interval);
  for (const lane of lanes) lane.onDone = undefined;
  await drained(lanes);
  return result;
};

/** Messages leave at `perSecond` in all, at random gaps and from random lanes, however long the answers take. */
export const openLoop = async (lanes: readonly Lane[], perSecond: number, interval: Interval): Promise<LoadResult> => {
  const gapMs = (): number => (-Math.log(1 - Math.random()) * 1000) / perSecond;
  let due = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    for (const now = performance.now(); due <= now; due += gapMs()) {
      lanes[Math.floor(Math.random() * lanes.length)]?.send();
    }
    timer = setTimeout(tick, 1);
  };
  tick();
  const result = await measured(lanes, interval);
  clearTimeout(timer);
  await drained(lanes);
  return result;
};

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
