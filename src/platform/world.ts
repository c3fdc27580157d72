import type { Clock, Random, Timers } from "../core/ports.ts";

export const systemClock: Clock = { now: () => Date.now() };

export const systemTimers: Timers = {
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = () => Math.random();
