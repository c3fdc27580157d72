import type { Timers } from "./ports.ts";

/**
 * What `work` comes to, or that it takes longer. It is not ended by that: nobody waits for it any more. No timer is left
 * behind: it would keep an object awake.
 */
export const within = <T>(timers: Timers, ms: number, work: Promise<T>): Promise<T | "late"> =>
  new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => resolve("late"));
    void work.then(resolve, reject).finally(cancel);
  });
