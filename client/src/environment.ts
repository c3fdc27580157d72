import type { ClientOptions } from "./api.ts";

export type Timer = ReturnType<typeof setTimeout>;

/** What the SDK needs of the world; tests pass their own. Times are milliseconds since 1970. */
export interface Environment {
  readonly WebSocket: typeof WebSocket;
  readonly fetch: typeof fetch;
  now(): number;
  /** At least 0, less than 1. */
  random(): number;
  setTimer(run: () => void, delayMs: number): Timer;
  clearTimer(timer: Timer | undefined): void;
  /** Tells when the machine gains or loses its network. Returns what ends it. */
  onNetwork(handler: (up: boolean) => void): () => void;
}

/** Longest delay that timers take as it is; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const watchNetwork = (handler: (up: boolean) => void): (() => void) => {
  // Node has no such events; there the heartbeat alone finds out.
  if (typeof globalThis.addEventListener !== "function") return () => undefined;
  const up = (): void => handler(true);
  const down = (): void => handler(false);
  globalThis.addEventListener("online", up);
  globalThis.addEventListener("offline", down);
  return () => {
    globalThis.removeEventListener("online", up);
    globalThis.removeEventListener("offline", down);
  };
};

export const realEnvironment = (options: Pick<ClientOptions, "WebSocket" | "fetch">): Environment => ({
  WebSocket: options.WebSocket ?? globalThis.WebSocket,
  fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (run, delayMs) => setTimeout(run, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS)),
  clearTimer: (timer) => clearTimeout(timer),
  onNetwork: watchNetwork,
});
