import { LIMITS } from "../../shared/limits.ts";

/**
 * How long after a look at a connection's silence the next one comes, in ms; `last`: how long that was for the look
 * before, 0 for the first. A look wakes the object: twice soon, since short connections are many, then ever more rarely.
 */
export const nextLookAfter = (last: number): number =>
  last === 0 ? LIMITS.silenceCheckFirstMs : Math.min(last * LIMITS.silenceCheckGrowth, LIMITS.silenceCheckMaxMs);
