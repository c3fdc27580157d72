import type { Environment, Timer } from "../../src/environment.ts";

interface Due {
  readonly at: number;
  readonly run: () => void;
}

/** Lets everything that waits for no timer happen. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Time that passes when a test says so. */
export class FakeClock {
  now = Date.UTC(2026, 0, 1);
  #next = 1;
  readonly #timers = new Map<number, Due>();

  readonly setTimer = (run: () => void, delayMs: number): Timer => {
    const id = this.#next++;
    this.#timers.set(id, { at: this.now + Math.max(delayMs, 0), run });
    return id as unknown as Timer;
  };

  readonly clearTimer = (timer: Timer | undefined): void => {
    this.#timers.delete(timer as unknown as number);
  };

  /** Runs what falls due within `ms`, each at its time. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].run();
      await settle();
    }
    this.now = end;
  }

  /** Passes time until `condition` holds; fails after `withinMs` of it. */
  async until(condition: () => boolean, withinMs = 120_000): Promise<void> {
    for (let passed = 0; !condition(); passed += 50) {
      if (passed > withinMs) throw new Error(`did not come about within ${withinMs} ms: ${String(condition)}`);
      await this.advance(50);
    }
  }
}

export const environmentOf = (
  clock: FakeClock,
  parts: { readonly WebSocket: typeof WebSocket; readonly fetch: typeof fetch; readonly random?: () => number },
): Environment => ({
  WebSocket: parts.WebSocket,
  fetch: parts.fetch,
  now: () => clock.now,
  random: parts.random ?? (() => 0.5),
  setTimer: clock.setTimer,
  clearTimer: clock.clearTimer,
  onNetwork: () => () => undefined,
});
