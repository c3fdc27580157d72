import { describe, expect, test } from "vitest";
import { timeline, type TimelineItem } from "../src/text/grouping.ts";
import { dayKey, dayLabel, listTime } from "../src/text/times.ts";
import type { ChatMessage } from "../src/types.ts";

/** Local time, so that days are the same wherever the test runs. */
const at = (day: number, hour: number, minute: number, second = 0): string =>
  new Date(2026, 2, day, hour, minute, second).toISOString();

const message = (seq: number, sender: string, timestamp: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  conversation_id: "c",
  message_id: `m${seq}`,
  seq,
  sender_id: sender,
  type: "text",
  content: `text ${seq}`,
  timestamp,
  ...more,
});

const shape = (items: readonly TimelineItem[]): string[] =>
  items.map((item) =>
    item.kind === "message" ? `${item.first ? "[" : ""}${item.message.seq ?? "?"}${item.last ? "]" : ""}` : item.kind,
  );

describe("groups", () => {
  test("are of one sender, within five minutes from one message to the next", () => {
    const items = timeline(
      [
        message(2, "grace", at(9, 12, 0)),
        message(3, "grace", at(9, 12, 4, 59)),
        message(4, "grace", at(9, 12, 9, 59)),
        message(5, "ada", at(9, 12, 10)),
        message(6, "grace", at(9, 12, 10)),
      ],
      { userId: "ada" },
    );
    expect(shape(items)).toEqual(["day", "[2", "3]", "[4]", "[5]", "[6]"]);
  });

  test("end at midnight, with a line for the day", () => {
    const items = timeline([message(2, "grace", at(9, 23, 59)), message(3, "grace", at(10, 0, 0))], { userId: "ada" });
    expect(shape(items)).toEqual(["day", "[2]", "day", "[3]"]);
  });

  test("have no notices in them", () => {
    const items = timeline(
      [1, 2, 3].map((seq) => message(seq, "ada", at(9, 12, 0), seq === 2 ? { type: "system" } : {})),
      { userId: "ada" },
    );
    expect(shape(items)).toEqual(["day", "[1]", "[2]", "[3]"]);
  });
});

describe("the unread line", () => {
  const log = [
    message(2, "grace", at(9, 12, 0)),
    message(3, "ada", at(9, 12, 0)),
    message(4, "grace", at(9, 12, 0)),
    message(5, "grace", at(9, 12, 0)),
  ];
  test("stands above the first message of somebody else that was not read", () => {
    expect(shape(timeline(log, { userId: "ada", unreadAfter: 2 }))).toEqual([
      "day",
      "[2]",
      "[3]",
      "unread",
      "[4",
      "5]",
    ]);
    expect(shape(timeline(log, { userId: "ada", unreadAfter: 4 }))).toEqual([
      "day",
      "[2]",
      "[3]",
      "[4]",
      "unread",
      "[5]",
    ]);
  });
  test("is not there when all is read", () => {
    expect(shape(timeline(log, { userId: "ada", unreadAfter: 5 }))).not.toContain("unread");
    expect(shape(timeline(log, { userId: "ada" }))).not.toContain("unread");
  });
});

test("a message keeps its key when it gets its place in the log, and no two keys are equal", () => {
  const { seq: _seq, message_id: _id, ...pending } = message(9, "ada", at(9, 12, 0), { client_message_id: "u1" });
  const key = (one: ChatMessage): string | undefined => timeline([one], { userId: "ada" }).at(-1)?.key;
  expect(key(pending)).toBe("u1");
  expect(key({ ...pending, seq: 9, message_id: "m9" })).toBe("u1");

  const clocks = [at(9, 12, 0), at(10, 12, 0), at(9, 12, 1), at(10, 12, 1)];
  const keys = timeline(
    clocks.map((time, index) => message(index + 2, "grace", time)),
    { userId: "ada" },
  ).map((item) => item.key);
  expect(new Set(keys).size).toBe(keys.length);
});

describe("days", () => {
  const now = new Date(2026, 2, 12, 9, 0);
  test("have names while they are near", () => {
    expect(dayLabel(at(12, 0, 0), now)).toBe("Today");
    expect(dayLabel(at(11, 23, 59), now)).toBe("Yesterday");
    expect(dayLabel(at(10, 12, 0), now)).toBe("Tuesday");
    expect(dayLabel(at(6, 12, 0), now)).toBe("Friday");
    expect(dayLabel(at(5, 12, 0), now)).toContain("March");
    expect(dayLabel(new Date(2024, 2, 5).toISOString(), now)).toContain("2024");
    expect(dayLabel(at(13, 0, 0), now)).toContain("13");
  });
  test("are short in the list", () => {
    expect(listTime(at(12, 8, 5), now)).toMatch(/\b8:05|08:05/);
    expect(listTime(at(11, 8, 5), now)).toBe("Yesterday");
    expect(listTime(at(9, 8, 5), now)).toBe("Monday");
    expect(listTime(at(1, 8, 5), now)).toMatch(/Mar/);
    expect(listTime(new Date(2024, 2, 5).toISOString(), now)).toBe("2024");
  });
  test("begin at local midnight", () => {
    expect(dayKey(at(9, 0, 0))).toBe("2026-03-09");
    expect(dayKey(at(9, 23, 59))).toBe("2026-03-09");
  });
});
