import { describe, expect, test } from "vitest";
import { timeline as rowsOf, type TimelineOptions, type TimelineRow } from "../src/text/grouping.ts";
import { dayKey, dayLabel, listTime } from "../src/text/times.ts";
import type { ChatMessage, ConversationEvent } from "../src/types.ts";

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

const event = (seq: number, sender: string, timestamp: string, whom: string): ConversationEvent => ({
  seq,
  message_id: `e${seq}`,
  sender_id: sender,
  timestamp,
  kind: "member",
  op: "add",
  user_id: whom,
  role: "member",
});

const timeline = (
  all: readonly (ChatMessage | ConversationEvent)[],
  options: TimelineOptions,
): readonly TimelineRow[] =>
  rowsOf(
    all.map((one) => ("kind" in one ? { kind: "event", entry: one } : { kind: "message", message: one })),
    options,
  );

const shape = (items: readonly TimelineRow[]): string[] =>
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
    expect(shape(timeline(log, { userId: "ada", unread: { after: 2, upTo: 5 } }))).toEqual([
      "day",
      "[2]",
      "[3]",
      "unread",
      "[4",
      "5]",
    ]);
    expect(shape(timeline(log, { userId: "ada", unread: { after: 4, upTo: 5 } }))).toEqual([
      "day",
      "[2]",
      "[3]",
      "[4]",
      "unread",
      "[5]",
    ]);
  });
  test("is not there when all is read", () => {
    expect(shape(timeline(log, { userId: "ada", unread: { after: 5, upTo: 5 } }))).not.toContain("unread");
    expect(shape(timeline(log, { userId: "ada" }))).not.toContain("unread");
  });
  test("counts what was unread when it was drawn, and nothing that came later or shows elsewhere", () => {
    const more = [
      ...log,
      message(6, "grace", at(9, 12, 1), { thread_root: "m2" }),
      message(7, "grace", at(9, 12, 1), { expires_at: at(9, 12, 2), deleted_at: at(9, 12, 2), content: "" }),
      message(8, "grace", at(9, 12, 3)),
    ];
    const rows = timeline(more, { userId: "ada", unread: { after: 2, upTo: 7 } });
    expect(rows.find((row) => row.kind === "unread")).toMatchObject({ count: 2 });
  });
});

describe("what is not shown", () => {
  test("is read with the row before it: replies in threads, and what expired", () => {
    const rows = timeline(
      [
        message(2, "grace", at(9, 12, 0)),
        message(3, "ada", at(9, 12, 0), { thread_root: "m2" }),
        message(4, "grace", at(9, 12, 0), { expires_at: at(9, 12, 1), deleted_at: at(9, 12, 1), content: "" }),
        message(5, "grace", at(9, 12, 2), { deleted_at: at(9, 12, 3), content: "" }),
      ],
      { userId: "ada" },
    );
    expect(rows.map((row) => ("upTo" in row ? row.upTo : row.kind))).toEqual(["day", 4, 5]);
  });
  test("is shown where threads are", () => {
    const replies = [message(3, "grace", at(9, 12, 0), { thread_root: "m2" })];
    expect(shape(timeline(replies, { userId: "ada", replies: true }))).toEqual(["day", "[3]"]);
  });
});

describe("events", () => {
  test("stand between the messages, and end a group", () => {
    const all = [
      message(2, "ada", at(9, 12, 0)),
      event(3, "ada", at(9, 12, 0), "bob"),
      message(4, "ada", at(9, 12, 0)),
    ];
    expect(shape(timeline(all, { userId: "ada" }))).toEqual(["day", "[2]", "event", "[4]"]);
  });
  test("of people added in one go are one row, which is seen up to the last", () => {
    const all = ["bob", "carl", "dora"].map((whom, index) => event(2 + index, "ada", at(9, 12, 0, index), whom));
    const rows = timeline(
      [...all, event(5, "bob", at(9, 12, 0, 3), "emil"), event(6, "fred", at(9, 12, 0, 4), "fred")],
      {
        userId: "ada",
      },
    );
    expect(rows.map((row) => (row.kind === "event" ? [row.events.length, row.upTo] : row.kind))).toEqual([
      "day",
      [3, 4],
      [1, 5],
      [1, 6],
    ]);
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
