import { describe, expect, test } from "vitest";
import { ASK_AGAIN_MS, countVisit, forgetVisits, mayAsk, type Acquaintance } from "../src/state/push-ask.ts";
import { windowShelf } from "../src/state/storage.ts";

const NOW = Date.parse("2026-03-09T12:00:00.000Z");
const SENT: Acquaintance = {
  state: { at: "off" },
  permission: "default",
  sent: true,
  visits: 1,
  declinedAt: undefined,
};

describe("the moment to ask for notifications", () => {
  test.each<[string, Partial<Acquaintance>, boolean]>([
    ["somebody wrote something", {}, true],
    ["somebody just came", { sent: false }, false],
    ["somebody came back", { sent: false, visits: 2 }, true],
    ["it is known not to be wanted", { declinedAt: NOW - ASK_AGAIN_MS + 1 }, false],
    ["that was long ago", { declinedAt: NOW - ASK_AGAIN_MS }, true],
    ["they are blocked", { permission: "denied" }, false],
    ["they are blocked, as is known by now", { state: { at: "blocked" }, permission: "denied" }, false],
    ["they are on", { state: { at: "on" }, permission: "granted" }, false],
    ["they are somebody else's here", { state: { at: "off", by: "ben" } }, false],
    ["the server does not push", { state: { at: "unsupported", why: "server" } }, false],
    ["nobody knows whether it does", { state: { at: "unknown" } }, false],
    ["it is being done", { state: { at: "working", to: "on" } }, false],
  ])("%s", (_what, more, asks) => expect(mayAsk({ ...SENT, ...more }, NOW)).toBe(asks));

  test("a visit is a window, however often it is reloaded", () => {
    expect([countVisit("ann"), countVisit("ann"), countVisit("ben")]).toEqual([1, 1, 1]);
    windowShelf.remove("parley.visits.ann");
    expect([countVisit("ann"), countVisit("ann"), countVisit("ben")]).toEqual([2, 2, 1]);
    forgetVisits("ann");
    expect([countVisit("ann"), countVisit("ben")]).toEqual([1, 1]);
  });
});
