import { array, assert, constantFrom, integer, oneof, property } from "fast-check";
import { expect, test } from "vitest";
import {
  BACKOFF,
  INITIAL,
  NETWORK_SPREAD_MS,
  publicState,
  transition,
  TRANSITIONS,
} from "../src/connection-machine.ts";
import type { MachineEvent, MachineState, Phase } from "../src/connection-machine.ts";

const PHASES: readonly Phase[] = ["idle", "token", "opening", "syncing", "online", "waiting", "stopped"];
const EVENTS: readonly MachineEvent[] = [
  { type: "connect" },
  { type: "close" },
  { type: "token" },
  { type: "token_failed" },
  { type: "denied" },
  { type: "welcome" },
  { type: "synced" },
  { type: "lost", code: 1006, reason: "" },
  { type: "silent" },
  { type: "retry" },
  { type: "network_up" },
  { type: "network_down" },
  { type: "barred", reason: "refused" },
];
const at = { now: 1_000_000, random: 0.5 };
const inPhase = (phase: Phase, more: Partial<MachineState> = {}): MachineState => ({ ...INITIAL, phase, ...more });
const lost = (code: number, reason = ""): MachineEvent => ({ type: "lost", code, reason });

test("is total: each phase has a rule for each event, and no other", () => {
  expect(Object.keys(TRANSITIONS).sort()).toEqual([...PHASES].sort());
  for (const phase of PHASES) {
    expect(Object.keys(TRANSITIONS[phase]).sort()).toEqual(EVENTS.map((event) => event.type).sort());
    for (const event of EVENTS) expect(PHASES).toContain(transition(inPhase(phase), event, at).state.phase);
  }
});

test("leaves `stopped` by connect only, has one retry while it waits, and never tries within a wait it was told", () => {
  const event = oneof(
    constantFrom(...EVENTS, lost(4429, "5000")),
    integer({ min: 1000, max: 4999 }).map((code) => lost(code)),
  );
  assert(
    property(array(event, { maxLength: 60 }), (events) => {
      let state = INITIAL;
      for (const one of events) {
        const next = transition(state, one, at);
        if (state.phase === "stopped" && one.type !== "connect") expect(next.state.phase).toBe("stopped");
        const entersWaiting = next.state.phase === "waiting" && next.state !== state;
        expect(next.effects.includes("schedule_retry")).toBe(entersWaiting);
        const ends = state.phase === "waiting" && next.state !== state && one.type !== "retry";
        expect(next.effects.includes("cancel_retry")).toBe(ends);
        // A retry comes at its time, which the clock of this test never reaches.
        if (one.type !== "retry" && state.notBefore > at.now) expect(next.effects).not.toContain("fetch_token");
        const left = ["opening", "syncing", "online"].includes(state.phase) && next.state.phase !== state.phase;
        const gone = next.state.phase === "waiting" || next.state.phase === "stopped";
        if (left && gone && !["lost", "denied"].includes(one.type)) expect(next.effects).toContain("drop_socket");
        state = next.state;
      }
    }),
  );
});

test("the way to online", () => {
  let state = INITIAL;
  const names: string[] = [];
  for (const type of ["connect", "token", "welcome", "synced"] as const) {
    state = transition(state, { type }, at).state;
    names.push(publicState(state).name);
  }
  expect(names).toEqual(["connecting", "connecting", "syncing", "online"]);
});

test("[CLOSE-3] 4500 and above stop for good, each with its reason", () => {
  const reasons = [4501, 4502, 4503, 4504, 4505, 4999].map(
    (code) => transition(inPhase("online"), lost(code), at).state,
  );
  expect(reasons.map((state) => [state.phase, state.reason])).toEqual([
    ["stopped", "removed"],
    ["stopped", "replaced"],
    ["stopped", "refused"],
    ["stopped", "version"],
    ["stopped", "suspended"],
    ["stopped", "refused"],
  ]);
});

test("[CLOSE-1] [CLOSE-2] everything else comes back: 1000, 1006, 1012, 4400, 4401", () => {
  for (const code of [1000, 1006, 1008, 1009, 1012, 4400, 4401, 4408]) {
    expect(transition(inPhase("online"), lost(code), at).state.phase).toBe("waiting");
  }
});

test("[CLOSE-2] 4429 waits at least as long as the reason says", () => {
  const { state } = transition(inPhase("online"), lost(4429, "5000"), { ...at, random: 0 });
  expect(state.retryAt).toBe(at.now + 5000);
});

test("[CLOSE-2] neither a network that is back nor the app cuts a told wait short", () => {
  const told = transition(inPhase("online"), lost(4429, "5000"), at).state;
  for (const type of ["network_up", "connect"] as const) {
    expect(transition(told, { type }, at)).toEqual({ state: told, effects: [] });
    const later = transition(told, { type }, { ...at, now: at.now + 5000 });
    expect(later.state.phase).toBe(type === "connect" ? "token" : "waiting");
  }
  expect(transition(told, { type: "retry" }, { ...at, now: 0 }).state).toMatchObject({ phase: "token", notBefore: 0 });
  const again = transition(transition(told, { type: "close" }, at).state, { type: "connect" }, at).state;
  expect(again.phase).toBe("waiting");
  expect(again.retryAt).toBeGreaterThanOrEqual(at.now + 5000);
});

test("[CLOSE-4] a network that is back brings everybody soon, but not all at once", () => {
  const waiting = inPhase("waiting", { attempt: 9, retryAt: at.now + 20_000 });
  const up = (random: number, state = waiting) => transition(state, { type: "network_up" }, { ...at, random });
  expect(up(0).state.retryAt).toBe(at.now);
  expect(up(0.5).state.retryAt).toBe(at.now + NETWORK_SPREAD_MS / 2);
  expect(up(0.5).effects).toEqual(["cancel_retry", "schedule_retry"]);
  const soon = { ...waiting, retryAt: at.now + 100 };
  expect(up(0.5, soon)).toEqual({ state: soon, effects: [] });
  expect(transition(waiting, { type: "connect" }, at).state.phase).toBe("token");
});

test("full jitter: from nothing up to a bound that doubles and ends", () => {
  for (const attempt of [0, 1, 3, 10, 1000]) {
    const delay = (random: number) =>
      transition(inPhase("opening", { attempt }), lost(1006), { now: 0, random }).state.retryAt;
    expect(delay(0)).toBe(0);
    expect(delay(0.999_999)).toBeLessThanOrEqual(Math.min(BACKOFF.capMs, BACKOFF.baseMs * 2 ** attempt));
    expect(delay(0.999_999)).toBeGreaterThan(Math.min(BACKOFF.capMs, BACKOFF.baseMs * 2 ** attempt) * 0.99);
  }
});

test("failures count until a connection held", () => {
  const short = transition(inPhase("online", { attempt: 4, onlineSince: at.now - 100 }), lost(1006), at).state;
  const long = transition(inPhase("online", { attempt: 4, onlineSince: at.now - 60_000 }), lost(1006), at).state;
  expect([short.attempt, long.attempt]).toEqual([5, 1]);
});

test("a token that is denied twice in a row ends it", () => {
  const once = transition(inPhase("opening"), { type: "denied" }, at).state;
  expect(once.phase).toBe("waiting");
  const twice = transition({ ...once, phase: "opening" }, { type: "denied" }, at).state;
  expect(publicState(twice)).toEqual({ name: "stopped", reason: "unauthenticated" });
});
