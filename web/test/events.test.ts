import { describe, expect, test } from "vitest";
import { spanWords } from "../src/strings/messages.ts";
import { eventLines, isTold } from "../src/text/events.ts";
import type { ConversationEvent } from "../src/types.ts";

const common = { seq: 3, message_id: "e3", sender_id: "ann", timestamp: "2026-03-09T12:00:00.000Z" } as const;

const member = (
  op: "add" | "remove" | "role",
  whom: string,
  more: Partial<Extract<ConversationEvent, { kind: "member" }>> = {},
): ConversationEvent => ({ ...common, kind: "member", op, user_id: whom, ...more });

const settings = (changes: Extract<ConversationEvent, { kind: "settings" }>["changes"]): ConversationEvent => ({
  ...common,
  kind: "settings",
  changes,
});

const lines = (...events: readonly ConversationEvent[]): readonly string[] => eventLines(events, "me", (id) => id);

describe("what happened to members", () => {
  test("is told with who did it, and oneself is 'you'", () => {
    expect(lines(member("add", "bob"))).toEqual(["ann added bob"]);
    expect(lines(member("add", "me"))).toEqual(["ann added you"]);
    expect(lines(member("remove", "bob", { sender_id: "me" }))).toEqual(["You removed bob"]);
  });
  test("is another thing when one does it oneself", () => {
    expect(lines(member("add", "ann"))).toEqual(["ann joined by an invite link"]);
    expect(lines(member("remove", "ann"))).toEqual(["ann left"]);
  });
  test("names the new role", () => {
    expect(lines(member("role", "bob", { role: "admin" }))).toEqual(["ann made bob an admin"]);
    expect(lines(member("role", "me", { role: "owner" }))).toEqual(["ann made you an owner"]);
    expect(lines(member("role", "bob", { role: "member" }))).toEqual(["ann made bob a member"]);
  });
  test("of several who were added together is one sentence, which stays short", () => {
    expect(lines(member("add", "bob"), member("add", "carl"))).toEqual(["ann added bob and carl"]);
    const many = ["bob", "carl", "dora", "emil", "fred"].map((whom) => member("add", whom));
    expect(lines(...many)).toEqual(["ann added bob, carl and 3 more"]);
  });
});

describe("what happened to settings", () => {
  test("is one line per change", () => {
    expect(lines(settings({ name: "Walkers", avatar: "data:image/png;base64,AA==" }))).toEqual([
      "ann changed the name to “Walkers”",
      "ann changed the picture",
    ]);
    expect(lines(settings({ settings: { write: "admins", history: "since_joined" } }))).toHaveLength(2);
  });
  test("begins with the conversation itself, which says all at once", () => {
    expect(lines(settings({ type: "channel", name: "News", settings: { write: "admins" } }))).toEqual([
      "ann created the channel",
    ]);
  });
  test("tells of pins, and of how long messages stay", () => {
    expect(lines(settings({ pin: "m1" }))).toEqual(["ann pinned a message"]);
    expect(lines(settings({ unpin: "m1" }))).toEqual(["ann unpinned a message"]);
    expect(lines(settings({ retained_from: 9 }))).toEqual([
      "Earlier messages were removed: they are kept for a limited time",
    ]);
    expect(lines(settings({ settings: { expires_in: 7200 } }))).toEqual(["ann let messages disappear after 2 hours"]);
    expect(lines(settings({ settings: { expires_in: 0 } }))).toEqual(["ann turned disappearing messages off"]);
  });
  test("says nothing of what it does not know", () => {
    expect(lines(settings({ colour: "red" }))).toEqual([]);
    expect(lines()).toEqual([]);
  });
});

test("lengths of time are told in the largest unit that is whole", () => {
  const told = [1, 90, 60, 3600, 5400, 86_400, 7 * 86_400, 28 * 86_400, 90 * 86_400].map(spanWords);
  expect(told).toEqual([
    "1 second",
    "90 seconds",
    "1 minute",
    "1 hour",
    "90 minutes",
    "1 day",
    "1 week",
    "4 weeks",
    "90 days",
  ]);
});

test("that a direct conversation was made is no news to those who are in it", () => {
  expect(isTold(settings({ type: "direct" }))).toBe(false);
  expect(isTold(settings({ type: "group", name: "Walk" }))).toBe(true);
  expect(isTold(settings({ pin: "m1" }))).toBe(true);
  expect(isTold(member("add", "bob"))).toBe(true);
});
