import { describe, expect, test } from "vitest";
import { Drafts } from "../src/state/drafts.ts";
import { lastSeenWords, laterTimes, localInput, momentWords } from "../src/text/times.ts";
import { hasExpired } from "../src/text/expiry.ts";
import type { ChatMessage, Conversation } from "../src/types.ts";

describe("later", () => {
  test("offers an hour, this evening, tomorrow and Monday, all of them to come", () => {
    const thursday = new Date(2026, 2, 12, 10, 20, 30);
    expect(laterTimes(thursday).map((at) => localInput(at))).toEqual([
      "2026-03-12T11:21:00",
      "2026-03-12T19:00:00",
      "2026-03-13T09:00:00",
      "2026-03-16T09:00:00",
    ]);
  });
  test("offers no evening in the evening, and no Monday twice", () => {
    const sunday = new Date(2026, 2, 15, 21, 0);
    expect(laterTimes(sunday).map((at) => localInput(at))).toEqual(["2026-03-15T22:00:00", "2026-03-16T09:00:00"]);
    for (let day = 1; day <= 14; day += 1) {
      for (const hour of [0, 9, 16, 17, 23]) {
        const now = new Date(2026, 2, day, hour, 59);
        const times = laterTimes(now).map((at) => at.getTime());
        expect(Math.min(...times)).toBeGreaterThan(now.getTime());
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(new Set(times).size).toBe(times.length);
      }
    }
  });
  test("is told with its day", () => {
    const now = new Date(2026, 2, 12, 10, 0);
    const words = (day: number): string => momentWords(new Date(2026, 2, day, 9, 5).toISOString(), now);
    expect(words(12)).toMatch(/^Today, /);
    expect(words(13)).toMatch(/^Tomorrow, /);
    expect(words(15)).toMatch(/^Sunday, /);
    expect(words(25)).toContain("25");
    expect(words(11)).toMatch(/^Yesterday, /);
  });
});

test("expired is what was deleted at its time or after, not what somebody deleted before", () => {
  const message = { expires_at: "2026-03-09T12:00:00.000Z" } as ChatMessage;
  expect(hasExpired(message)).toBe(false);
  expect(hasExpired({ ...message, deleted_at: "2026-03-09T11:59:59.999Z" })).toBe(false);
  expect(hasExpired({ ...message, deleted_at: "2026-03-09T12:00:00.000Z" })).toBe(true);
  expect(hasExpired({ deleted_at: "2026-03-09T12:00:00.000Z" } as ChatMessage)).toBe(false);
});

describe("drafts", () => {
  const row = (content?: string, ago = 0): Conversation =>
    ({
      conversation_id: "c",
      ...(content === undefined
        ? {}
        : { draft: { content, updated_at: new Date(Date.now() - ago).toISOString(), reply_to: "m1" } }),
    }) as Conversation;

  test("are the newest of what was begun here and elsewhere", () => {
    const drafts = new Drafts("newest");
    expect(drafts.newest(row("there")).text).toBe("there");
    expect(drafts.newest(row("there")).replyTo).toBe("m1");
    drafts.set("c", "here");
    expect(drafts.newest(row("long ago", 60_000)).text).toBe("here");
    expect(drafts.newest(row("just now", -60_000)).text).toBe("just now");
    expect(drafts.newest(row()).text).toBe("here");
  });
  test("that were emptied here do not come back from a row that lags", () => {
    const drafts = new Drafts("emptied");
    drafts.set("c", "here", "m2");
    expect(drafts.get("c")).toMatchObject({ text: "here", replyTo: "m2" });
    drafts.set("c", "");
    expect(drafts.newest(row("here", 5000)).text).toBe("");
  });
  test("tell when they change, and only then", () => {
    const drafts = new Drafts("changes");
    let changes = 0;
    drafts.changes.on(() => {
      changes += 1;
    });
    drafts.set("c", "a");
    drafts.set("c", "a");
    drafts.set("c", "b");
    expect(changes).toBe(2);
    drafts.clear();
    expect(drafts.get("c").text).toBe("");
  });
});

describe("when somebody was last there", () => {
  const now = new Date(2026, 2, 12, 10, 20);
  const at = (day: number, hour: number): string => lastSeenWords(new Date(2026, 2, day, hour, 5).toISOString(), now);
  test("is told by day, and a clock that runs ahead is no reason for nonsense", () => {
    expect(at(12, 9)).toMatch(/^today at 0?9:05/);
    expect(at(12, 23)).toMatch(/^today at /);
    expect(at(11, 23)).toMatch(/^yesterday at /);
    expect(at(9, 18)).toMatch(/^Monday at /);
    expect(at(1, 18)).toMatch(/1.*at /);
  });
});
