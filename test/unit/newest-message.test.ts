import { describe, expect, it } from "vitest";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import type { LogRange } from "../../src/core/conversation/log-range.ts";
import { NewestMessage } from "../../src/core/conversation/newest-message.ts";
import { openTables } from "../../src/core/conversation/tables.ts";
import { rangeHere } from "../../src/core/conversation/log-range.ts";
import { Talk, valueOf } from "./conversation-fixtures.ts";

describe("the newest message below a place", () => {
  it("is what the log says, whoever asks, and behind many deletions it is not looked for again", () => {
    const talk = new Talk(["ann", "bob"]);
    const ids = Array.from({ length: 60 }, (_x, n) => valueOf(talk.send("ann", `${n}`)).message_id);
    valueOf(talk.conversation.block("bob", true));
    valueOf(talk.send("ann", "hidden from bob"));
    for (const message_id of ids.slice(0, 40)) valueOf(talk.do("ann", { op: "delete", message_id }));
    const { log } = openTables(talk.sql);
    let looks = 0;
    const page = (range: LogRange): LogRow[] => {
      looks++;
      return rangeHere(talk.sql, range);
    };
    const newest = new NewestMessage({ page }, log);
    const { head } = talk.conversation;
    for (const user of [undefined, "ann", "bob"]) {
      for (let before = 1; before <= head + 1; before++) {
        const where = { after: 0, before, order: "newest", limit: 1, kind: "message" } as const;
        const [expected] = rangeHere(talk.sql, user === undefined ? where : { ...where, reader: user });
        expect(newest.below(before, user)?.seq).toBe(expected?.seq);
      }
    }
    looks = 0;
    for (let before = head - 30; before <= head; before++) newest.below(before, "ann");
    expect(looks).toBe(0);
  });

  it("is another one when something is written", () => {
    const talk = new Talk();
    const { log } = openTables(talk.sql);
    const newest = new NewestMessage({ page: (range) => rangeHere(talk.sql, range) }, log);
    expect(newest.below(99, undefined)).toBeUndefined();
    for (const content of ["one", "two"]) {
      const { seq } = valueOf(talk.send("ann", content));
      const row = log.at(seq);
      if (row) newest.appended(row);
      expect(newest.below(99, "bob")?.seq).toBe(seq);
    }
  });
});
