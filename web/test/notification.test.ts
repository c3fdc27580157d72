import type { PushNote } from "@parley/client";
import { describe, expect, test } from "vitest";
import { addressOf, notificationOf, shownIn, something } from "../sw/notification.ts";

const note = (more: Partial<PushNote> = {}): PushNote => ({
  type: "message",
  conversation_id: "c1",
  seq: 7,
  count: 1,
  sender_id: "ann",
  badge: 1,
  timestamp: "2026-03-09T12:00:00.000Z",
  ...more,
});
const words = (one: PushNote, before: readonly PushNote[] = []): [string, string | undefined] => {
  const { title, options } = notificationOf(one, "ben", before);
  return [title, options.body];
};

describe("[PUSH-9] what a notification says", () => {
  test.each<[string, Partial<PushNote>, string, string]>([
    ["one of somebody without a name", {}, "ann", "New message"],
    ["one", { sender_name: "Ann" }, "Ann", "New message"],
    ["several", { sender_name: "Ann", count: 3 }, "Ann", "3 new messages"],
    ["in a group", { sender_name: "Ann", conversation_name: "Boat", count: 2 }, "Boat", "2 new messages"],
    ["with its text", { sender_name: "Ann", preview: "Hello" }, "Ann", "Hello"],
    [
      "in a group with its text",
      { sender_name: "Ann", conversation_name: "Boat", preview: "Hello" },
      "Boat",
      "Ann: Hello",
    ],
    [
      "the text of the last of several",
      { sender_name: "Ann", preview: "Hello", count: 3 },
      "Ann",
      "Hello\n3 new messages",
    ],
    ["a mention", { type: "mention", sender_name: "Ann", conversation_name: "Boat" }, "Boat", "Ann mentioned you"],
    [
      "a mention among others",
      { type: "mention", conversation_name: "Boat", count: 4 },
      "Boat",
      "ann mentioned you\n4 new messages",
    ],
    ["a mention by nobody knows whom", { type: "mention", sender_id: undefined }, "Parley", "You were mentioned"],
    ["a test", { type: "test" }, "Parley", "Notifications reach this device."],
  ])("%s", (_what, more, title, body) => expect(words(note(more))).toEqual([title, body]));

  test("what cannot be understood says nothing of anybody, and leads to the list", () => {
    const { title, options } = something();
    expect([title, options.body, addressOf(shownIn(options.data))]).toEqual(["Parley", "There is something new.", "/"]);
  });
});

describe("[PUSH-7] notifications of one conversation", () => {
  test("take each other's place, with a sound when there is news", () => {
    const first = notificationOf(note(), "ben", []).options;
    const second = notificationOf(note({ seq: 9, count: 3 }), "ben", [note()]).options;
    expect(second).toMatchObject({ tag: first.tag, renotify: true, silent: false, body: "3 new messages" });
    expect(notificationOf(note({ conversation_id: "c2" }), "ben", []).options.tag).not.toBe(first.tag);
    expect(second.timestamp).toBe(Date.parse("2026-03-09T12:00:00.000Z"));
  });

  test("[PUSH-13] are shown once where they come twice, and the newest stays whatever comes behind it", () => {
    const shown = note({ seq: 9, count: 3 });
    const late = notificationOf(note({ seq: 8, count: 2 }), "ben", [shown]).options;
    expect(late).toMatchObject({ body: "3 new messages", renotify: false, silent: true, data: { note: { seq: 9 } } });
    expect(notificationOf(shown, "ben", [shown]).options).toMatchObject({ renotify: false, silent: true });
  });

  test("know whose they are, and where they lead", () => {
    const { data } = notificationOf(note({ conversation_id: "a/b c" }), "ben", []).options;
    expect(shownIn(data)).toMatchObject({ user_id: "ben", note: { seq: 7 } });
    expect(addressOf(shownIn(data))).toBe("/#/c/a%2Fb%20c");
    expect([shownIn(undefined), shownIn("x"), shownIn({ note: 1 })]).toEqual([undefined, undefined, undefined]);
  });
});
