import { describe, expect, test } from "vitest";
import { FOR_EVER, isQuiet, mutedUntil, quietEnds, unreadCount } from "../src/text/muting.ts";
import type { Conversation } from "../src/types.ts";

const NOW = Date.parse("2026-03-09T12:00:00.000Z");
const row = (more: Partial<Conversation>): Conversation =>
  ({ conversation_id: "c", type: "direct", notify: "all", unread_count: 1, ...more }) as Conversation;

describe("what counts", () => {
  test("is what is unread where nobody asked for quiet", () => {
    const rows = [
      row({ unread_count: 3 }),
      row({ muted_until: FOR_EVER }),
      row({ archived: true }),
      row({ notify: "none" }),
      row({ notify: "mentions", unread_count: 2 }),
    ];
    expect(unreadCount(rows, NOW)).toBe(5);
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
