import { describe, expect, it } from "vitest";
import { changedPreferences } from "../../src/core/inbox/preferences.ts";
import { conversationJson } from "../../src/core/inbox/inbox-row.ts";
import { deliveryOf, Home, settings } from "./inbox-fixtures.ts";

const UNTIL = "2030-01-01T00:00:00.000Z";

describe("preferences for a conversation", () => {
  it("[PREF-1] what is not named stays, and what is taken away leaves nothing behind", () => {
    const muted = changedPreferences({}, { muted_until: UNTIL, pinned: true });
    expect(muted).toEqual({ muted_until: UNTIL, pinned: true });
    expect(changedPreferences(muted ?? {}, { archived: true, notify: "mentions" })).toEqual({
      muted_until: UNTIL,
      archived: true,
      pinned: true,
      notify: "mentions",
    });
    const undone = { muted_until: null, archived: false, pinned: false, notify: "all" } as const;
    expect(changedPreferences({ muted_until: UNTIL, archived: true, pinned: true, notify: "none" }, undone)).toEqual(
      {},
    );
  });

  it("what changes nothing is no change", () => {
    for (const changes of [{}, { pinned: false }, { muted_until: null }, { notify: "all" }] as const)
      expect(changedPreferences({}, changes)).toBeUndefined();
    expect(changedPreferences({ pinned: true, notify: "none" }, { pinned: true, notify: "none" })).toBeUndefined();
  });

  it("raise `rev`, are shown in the row, and outlive the object's memory", () => {
    const home = new Home();
    home.inbox.apply(deliveryOf([settings(1, "bob")]));
    const before = home.row().rev;
    expect(home.inbox.setPreferences(home.row(), { muted_until: UNTIL, archived: true })).toBe(true);
    expect(home.row().rev).toBeGreaterThan(before);
    expect(home.inbox.setPreferences(home.row(), { archived: true })).toBe(false);
    home.inbox.flush();
    home.crash();
    const shown = JSON.parse(conversationJson(home.row())) as object;
    expect(shown).toMatchObject({ muted_until: UNTIL, archived: true, notify: "all" });
    expect(shown).not.toHaveProperty("pinned");
  });
});
