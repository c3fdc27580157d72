import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { transition, TRANSITIONS } from "../src/tabs/role-machine.ts";
import type { Phase, RoleEffect, RoleEvent, RoleState } from "../src/tabs/role-machine.ts";

const PHASES = Object.keys(TRANSITIONS) as Phase[];
const EVENTS: readonly RoleEvent[] = [
  { type: "join" },
  { type: "leave" },
  { type: "granted" },
  { type: "lost" },
  { type: "robbed" },
  { type: "led", visible: true },
  { type: "led", visible: false },
  { type: "unled" },
  { type: "asked" },
  { type: "claimed" },
  { type: "yielded" },
  { type: "silent" },
  { type: "tick" },
  { type: "shown" },
  { type: "hidden" },
  { type: "frozen" },
  { type: "thawed" },
  { type: "newer" },
];
const at = (phase: Phase, visible = true): RoleState => ({ phase, visible });
const go = (state: RoleState, event: RoleEvent) => {
  const { state: after, effects } = transition(state, event);
  return [after.phase, ...effects];
};

describe("the part a tab takes", () => {
  test("every phase answers every event", () => {
    for (const phase of PHASES) for (const event of EVENTS) expect(PHASES).toContain(go(at(phase), event)[0]);
  });

  test("leads when it holds the lock, and follows whoever says that it leads", () => {
    expect(go(at("apart"), { type: "join" })).toEqual(["seeking", "queue", "ask"]);
    expect(go(at("seeking"), { type: "granted" })).toEqual(["leading", "calm", "lead"]);
    expect(go(at("seeking"), { type: "led", visible: true })).toEqual(["following", "calm"]);
    expect(go(at("following"), { type: "unled" })).toEqual(["seeking", "ask"]);
  });

  test("a tab that is looked at takes the lead from one that is not", () => {
    expect(go(at("seeking"), { type: "led", visible: false })).toEqual(["following", "claim"]);
    expect(go(at("following", false), { type: "shown" })).toEqual(["following", "claim"]);
    expect(go(at("leading", false), { type: "claimed" })).toEqual(["yielding", "halt", "yield"]);
    expect(go(at("following"), { type: "yielded" })).toEqual(["seeking", "steal"]);
    expect(go(at("yielding"), { type: "lost" })).toEqual(["seeking", "queue", "ask"]);
    expect(go(at("leading"), { type: "claimed" })).toEqual(["leading", "announce"]);
    expect(go(at("following", false), { type: "led", visible: false })).toEqual(["following", "calm"]);
  });

  test("a leader that does not answer loses the lead; one that was promised a successor goes on without", () => {
    expect(go(at("following"), { type: "tick" })).toEqual(["following", "ask"]);
    expect(go(at("following", false), { type: "tick" })).toEqual(["following"]);
    expect(go(at("following"), { type: "silent" })).toEqual(["seeking", "steal"]);
    expect(go(at("leading"), { type: "lost" })).toEqual(["seeking", "halt", "bye", "queue", "ask"]);
    expect(go(at("yielding"), { type: "silent" })).toEqual(["leading", "lead"]);
    expect(go(at("leading"), { type: "robbed" })).toEqual(["leading", "halt", "lead"]);
  });

  test("a page that is frozen gives up the lead first, and comes back when it runs again", () => {
    expect(go(at("leading"), { type: "frozen" })).toEqual(["paused", "halt", "release", "bye"]);
    expect(go(at("following"), { type: "frozen" })).toEqual(["paused", "unqueue", "calm", "bye"]);
    expect(go(at("paused"), { type: "granted" })).toEqual(["paused", "release"]);
    expect(go(at("paused"), { type: "thawed" })).toEqual(["seeking", "queue", "ask"]);
  });

  test("an outdated tab does nothing more", () => {
    for (const phase of PHASES) expect(go(at(phase), { type: "newer" })[0]).toBe("outdated");
    for (const event of EVENTS.filter(({ type }) => type !== "leave" && type !== "granted"))
      expect(go(at("outdated"), event)).toEqual(["outdated"]);
  });

  test("whatever happens, what is begun is ended, and only a leader serves", () => {
    const run = property(array(constantFrom(...EVENTS), { maxLength: 60 }), (events) => {
      let state = at("apart");
      let serving = 0;
      for (const event of events) {
        const { state: after, effects } = transition(state, event);
        const count = (effect: RoleEffect): number => effects.filter((one) => one === effect).length;
        serving += count("lead") - count("halt");
        state = after;
        expect(serving).toBe(state.phase === "leading" ? 1 : 0);
      }
    });
    assert(run, { numRuns: 2000 });
  });
});
