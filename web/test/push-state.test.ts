import { describe, expect, test } from "vitest";
import { pushStateOf, repairOf, type PushFacts } from "../src/state/push-state.ts";

const ENDPOINT = "https://push.test/a";
const SUBSCRIBED = { userId: "ann", deviceId: "web-1", endpoint: ENDPOINT, key: "BK", token: "t" };
const ON: PushFacts = {
  userId: "ann",
  deviceId: "web-1",
  able: "yes",
  permission: "granted",
  key: "BK",
  endpoint: ENDPOINT,
  subscribed: SUBSCRIBED,
};
const OFF: Partial<PushFacts> = { endpoint: undefined, subscribed: undefined };
const OTHERS = { ...SUBSCRIBED, userId: "ben", deviceId: "web-2" };

describe("whether this browser notifies, and what is to be repaired", () => {
  test.each<[string, Partial<PushFacts>, object, ReturnType<typeof repairOf>]>([
    ["all is well", {}, { at: "on" }, "renew"],
    ["all is well, offline", { key: undefined }, { at: "on" }, "nothing"],
    ["never turned on", { ...OFF, permission: "default" }, { at: "off" }, "nothing"],
    ["turned off", OFF, { at: "off" }, "nothing"],
    ["not known offline", { ...OFF, key: undefined }, { at: "unknown" }, "nothing"],
    ["blocked", { permission: "denied", endpoint: undefined }, { at: "blocked" }, "nothing"],
    ["blocked, offline", { permission: "denied", key: undefined }, { at: "blocked" }, "nothing"],
    [
      "the permission was taken back to a question",
      { permission: "default", endpoint: undefined },
      { at: "off" },
      "nothing",
    ],
    ["no such browser", { able: "no" }, { at: "unsupported", why: "browser" }, "nothing"],
    ["not on the home screen", { able: "install" }, { at: "unsupported", why: "install" }, "nothing"],
    ["no such server", { key: null }, { at: "unsupported", why: "server" }, "nothing"],
    ["the browser lost its subscription", { endpoint: undefined }, { at: "off" }, "subscribe"],
    ["the push service changed the address", { endpoint: "https://push.test/b" }, { at: "off" }, "register"],
    ["signed in anew, as another device", { deviceId: "web-9" }, { at: "off" }, "register"],
    ["the server has a new key", { key: "BK2" }, { at: "off" }, "subscribe"],
    ["nobody knows whose it is", { subscribed: undefined }, { at: "off" }, "drop"],
    ["it notifies somebody else", { subscribed: OTHERS }, { at: "off", by: "ben" }, "nothing"],
    [
      "it would notify somebody else, but has no subscription",
      { subscribed: OTHERS, endpoint: undefined },
      { at: "off" },
      "nothing",
    ],
  ])("%s", (_what, facts, state, repair) => {
    expect(pushStateOf({ ...ON, ...facts })).toEqual(state);
    expect(repairOf({ ...ON, ...facts }, false)).toBe(repair);
  });

  test("[PUSH-4] whoever just signed in takes over, and nobody who only comes back", () => {
    const facts = { ...ON, subscribed: OTHERS };
    expect([repairOf(facts, true), repairOf(facts, false)]).toEqual(["register", "nothing"]);
    expect(repairOf({ ...facts, permission: "default" }, true)).toBe("nothing");
    expect(repairOf({ ...facts, endpoint: undefined }, true)).toBe("nothing");
  });
});
