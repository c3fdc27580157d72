import { describe, expect, test } from "vitest";
import { FOR_EVER, isQuiet, mutedUntil, quietEnds, unreadCount } from "../src/text/muting.ts";
import type { Conversation } from "../src/types.ts";

const NOW = Date.parse("2026-03-09T12:00:00.000Z");
const row = (more: Partial<Conversation>): Conversation =>
  ({ conversation_id: "c", type: "direct", notify: "all", unread_count: 1, mention_count: 0, ...more }) as Conversation;

describe("what counts", () => {
  test("[PUSH-11] is what is unread, and of what is quiet the mentions", () => {
    const rows: readonly (readonly [Partial<Conversation>, number])[] = [
      [{ unread_count: 3, mention_count: 2 }, 3],
      [{ type: "group", unread_count: 4 }, 4],
      [{ muted_until: FOR_EVER, unread_count: 5, mention_count: 1 }, 1],
      [{ archived: true, unread_count: 5 }, 0],
      [{ type: "group", notify: "mentions", unread_count: 5, mention_count: 2 }, 2],
      [{ type: "channel", unread_count: 9, mention_count: 1 }, 1],
      [{ notify: "none", unread_count: 5, mention_count: 3 }, 0],
    ];
    for (const [more, counted] of rows) expect([more, unreadCount([row(more)], NOW)]).toEqual([more, counted]);
    const all = rows.map(([more]) => row(more));
    expect(unreadCount(all, NOW)).toBe(11);
    expect(all.filter((one) => !isQuiet(one, NOW))).toEqual(all.slice(0, 2));
  });

  test("counts again when the time of quiet is over", () => {
    const muted = row({ muted_until: "2026-03-09T13:00:00.000Z" });
    expect(mutedUntil(muted, NOW)).toBe("2026-03-09T13:00:00.000Z");
    expect(isQuiet(muted, NOW)).toBe(true);
    expect(isQuiet(muted, NOW + 3_600_000)).toBe(false);
    expect(mutedUntil(muted, NOW + 3_600_000)).toBeUndefined();
    const rows = [row({ muted_until: FOR_EVER }), muted, row({ muted_until: "2026-03-09T14:00:00.000Z" })];
    expect(quietEnds(rows, NOW)).toBe(NOW + 3_600_000);
    expect(quietEnds([row({}), row({ muted_until: FOR_EVER })], NOW)).toBeUndefined();
  });
});
