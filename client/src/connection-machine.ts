import { CLOSE } from "../../src/shared/close-codes.ts";
import type { ConnectionState, StopReason } from "./api.ts";
import { afterRequestedMs, fullJitterMs } from "./backoff.ts";

/** `token`: asking the app for one. `opening`: until `welcome`. `waiting`: for the next attempt. */
export type Phase = "idle" | "token" | "opening" | "syncing" | "online" | "waiting" | "stopped";

export interface MachineState {
  readonly phase: Phase;
  /** Attempts that failed in a row. */
  readonly attempt: number;
  /** In `waiting`: when the next attempt comes, ms since 1970. */
  readonly retryAt: number;
  /** Until then the server wants no attempt: it said so. */
  readonly notBefore: number;
  /** In `online`: since when. */
  readonly onlineSince: number;
  /** How often in a row the server found the token bad. */
  readonly denials: number;
  /** In `stopped`: why. */
  readonly reason: StopReason;
}

export type MachineEvent =
  | { readonly type: "connect" }
  | { readonly type: "close" }
  | { readonly type: "token" }
  | { readonly type: "token_failed" }
  /** The server answered 401 to the upgrade. */
  | { readonly type: "denied" }
  | { readonly type: "welcome" }
  | { readonly type: "synced" }
  /** The socket closed, by the server or the network. */
  | { readonly type: "lost"; readonly code: number; readonly reason: string }
  /** No `welcome` or no `pong` in time. */
  | { readonly type: "silent" }
  | { readonly type: "retry" }
  | { readonly type: "network_up" }
  | { readonly type: "network_down" }
  /** Going on would be wrong: the app cannot sign in, or the store is someone else's. */
  | { readonly type: "barred"; readonly reason: StopReason };

export type Effect = "fetch_token" | "open_socket" | "drop_socket" | "schedule_retry" | "cancel_retry";

/** The world at the moment of an event: `random` is at least 0, less than 1. */
export interface Moment {
  readonly now: number;
  readonly random: number;
}

export interface Transition {
  readonly state: MachineState;
  readonly effects: readonly Effect[];
}

type EventType = MachineEvent["type"];
type Rule<E extends EventType> = (
  state: MachineState,
  event: Extract<MachineEvent, { type: E }>,
  at: Moment,
) => Transition;
type Row = { readonly [E in EventType]: Rule<E> };

export const BACKOFF = { baseMs: 500, capMs: 30_000, settledMs: 10_000 } as const;
/** A network that is back is back for everybody in the house: they come within this, not all at once. */
export const NETWORK_SPREAD_MS = 1000;

export const INITIAL: MachineState = {
  phase: "idle",
  attempt: 0,
  retryAt: 0,
  notBefore: 0,
  onlineSince: 0,
  denials: 0,
  reason: "closed",
};

const stay = (state: MachineState): Transition => ({ state, effects: [] });
const begin = (state: MachineState): Transition => ({ state: { ...state, phase: "token" }, effects: ["fetch_token"] });

const stop = (state: MachineState, reason: StopReason, effects: readonly Effect[] = []): Transition => ({
  state: { ...state, phase: "stopped", reason },
  effects,
});

const wait = (state: MachineState, at: Moment, delayMs?: number, effects: readonly Effect[] = []): Transition => {
  const delay = delayMs ?? fullJitterMs(state.attempt, at.random, BACKOFF.baseMs, BACKOFF.capMs);
  return {
    state: { ...state, phase: "waiting", attempt: state.attempt + 1, retryAt: at.now + delay },
    effects: [...effects, "schedule_retry"],
  };
};

const beginAnew: Rule<"connect"> = (state, _event, at) => {
  const anew = { ...state, attempt: 0, denials: 0 };
  const leftMs = state.notBefore - at.now;
  return leftMs > 0 ? wait(anew, at, afterRequestedMs(leftMs, at.random)) : begin(anew);
};

/** At once, unless the server asked for the wait. */
const beginNow: Rule<"connect"> = (state, _event, at) =>
  state.notBefore > at.now ? stay(state) : { state: begin(state).state, effects: ["cancel_retry", "fetch_token"] };

/** Soon, which is never later than planned. */
const hurry: Rule<"network_up"> = (state, _event, at) => {
  const retryAt = at.now + Math.round(at.random * NETWORK_SPREAD_MS);
  if (state.notBefore > at.now || retryAt >= state.retryAt) return stay(state);
  return { state: { ...state, retryAt }, effects: ["cancel_retry", "schedule_retry"] };
};

const STOPS: Readonly<Record<number, StopReason>> = {
  [CLOSE.deviceRemoved]: "removed",
  [CLOSE.replaced]: "replaced",
  [CLOSE.originRefused]: "refused",
  [CLOSE.versionUnsupported]: "version",
  [CLOSE.suspended]: "suspended",
};

/** A connection that held for a while starts its count of failures anew. */
const settled = (state: MachineState, at: Moment): MachineState =>
  state.phase === "online" && at.now - state.onlineSince >= BACKOFF.settledMs ? { ...state, attempt: 0 } : state;

const lost: Rule<"lost"> = (state, event, at) => {
  if (event.code >= 4500 && event.code <= 4999) return stop(state, STOPS[event.code] ?? "refused");
  const asked = event.code === CLOSE.tooFast ? Number.parseInt(event.reason, 10) : Number.NaN;
  if (!(asked >= 0)) return wait(settled(state, at), at);
  return wait({ ...settled(state, at), notBefore: at.now + asked }, at, afterRequestedMs(asked, at.random));
};
const dropped = (state: MachineState, _event: MachineEvent, at: Moment): Transition =>
  wait(settled(state, at), at, undefined, ["drop_socket"]);
const closed = (state: MachineState): Transition => stop(state, "closed", ["drop_socket"]);
const barred: Rule<"barred"> = (state, event) => stop(state, event.reason, ["drop_socket"]);

/** The first denial may be an old token: the next attempt brings a new one. The second is final. */
const denied: Rule<"denied"> = (state, _event, at) =>
  state.denials > 0 ? stop(state, "unauthenticated") : wait({ ...state, denials: 1 }, at);

const IGNORING: Row = {
  connect: stay,
  close: stay,
  token: stay,
  token_failed: stay,
  denied: stay,
  welcome: stay,
  synced: stay,
  lost: stay,
  silent: stay,
  retry: stay,
  network_up: stay,
  network_down: stay,
  barred: stay,
};

const CONNECTED: Row = { ...IGNORING, close: closed, lost, silent: dropped, network_down: dropped, barred };

/** Every phase answers every event: what cannot matter in a phase is ignored on purpose. */
export const TRANSITIONS: Readonly<Record<Phase, Row>> = {
  idle: { ...IGNORING, connect: beginAnew, close: (state) => stop(state, "closed"), barred },
  token: {
    ...IGNORING,
    close: (state) => stop(state, "closed"),
    token: (state) => ({ state: { ...state, phase: "opening" }, effects: ["open_socket"] }),
    token_failed: (state, _event, at) => wait(state, at),
    barred,
  },
  opening: {
    ...CONNECTED,
    denied,
    welcome: (state) => stay({ ...state, phase: "syncing", denials: 0 }),
  },
  syncing: {
    ...CONNECTED,
    synced: (state, _event, at) => stay({ ...state, phase: "online", onlineSince: at.now }),
  },
  online: CONNECTED,
  waiting: {
    ...IGNORING,
    connect: beginNow,
    close: (state) => stop(state, "closed", ["cancel_retry"]),
    // Its time is measured, not read off the clock: were that set back, the wait would go on.
    retry: (state) => begin({ ...state, notBefore: 0 }),
    network_up: hurry,
    barred: (state, event) => stop(state, event.reason, ["cancel_retry"]),
  },
  stopped: { ...IGNORING, connect: beginAnew },
};

/** The next state and what has to be done for it. Pure, and total: there is no forbidden event. */
export const transition = (state: MachineState, event: MachineEvent, at: Moment): Transition => {
  const rule = TRANSITIONS[state.phase][event.type] as Rule<EventType>;
  return rule(state, event, at);
};

/** The state as apps see it. */
export const publicState = (state: MachineState): ConnectionState => {
  switch (state.phase) {
    case "token":
    case "opening":
      return { name: "connecting", attempt: state.attempt };
    case "waiting":
      return { name: "offline", retryAt: state.retryAt, attempt: state.attempt };
    case "stopped":
      return { name: "stopped", reason: state.reason };
    default:
      return { name: state.phase };
  }
};
