import { describe, expect, it } from "vitest";
import { batchOf, EntryCodec, RecentEntries } from "../../src/core/conversation/entry-codec.ts";
import type { EncodedEntry } from "../../src/core/conversation/delivery.ts";
import { rowOf as whole } from "../../src/core/conversation/log-table.ts";
import type { LogRow } from "../../src/core/conversation/log-table.ts";
import { conversationMark, messageIdOf } from "../../src/core/conversation/message-id.ts";
import { entry } from "../../src/shared/protocol/entry.ts";
import { message } from "../../src/shared/protocol/message.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { message as encoded } from "./inbox-fixtures.ts";

const AT = Date.UTC(2026, 10, 22);
const MARK = conversationMark("c1");
const codec = new EntryCodec("c1", MARK, { at: () => undefined, newestBelow: () => undefined });

const rowOf = (content: string, more: object = {}): LogRow =>
  whole({
    seq: 7,
    at: AT,
    sender_id: "ann",
    client_id: "01890a5d-ac96-774b-bcce-b302099a8057",
    kind: "message",
    mentions: null,
    body: JSON.stringify({ type: "text", content, ...more }),
  });

const CONTENTS = [
  "",
  "hello",
  '"quoted"',
  "back\\slash",
  "line\nbreak\u2028\u2029",
  "\u0000\u001f",
  "</script>",
  "}{][",
  "é€😀",
  "\ud800",
];

describe("entries as JSON", () => {
  it.each(CONTENTS)("[ENT-1] carries %j untouched", (content) => {
    const { json } = codec.entry(rowOf(content));
    const parsed = JSON.parse(json) as object;
    expect(entry.safeParse(parsed).error).toBeUndefined();
    expect(parsed).toEqual({
      kind: "message",
      seq: 7,
      message_id: messageIdOf(AT, 7, MARK),
      sender_id: "ann",
      client_message_id: "01890a5d-ac96-774b-bcce-b302099a8057",
      timestamp: "2026-11-22T00:00:00.000Z",
      type: "text",
      content,
    });
  });

  it("[MSG-3] a message is the same, with its conversation, and receipts where they are known", () => {
    const plain = JSON.parse(codec.message(rowOf("hi", { mentions: ["bob"] }))) as object;
    expect(message.safeParse(plain).error).toBeUndefined();
    expect(plain).toMatchObject({ conversation_id: "c1", seq: 7, mentions: ["bob"] });
    expect(plain).not.toHaveProperty("receipts");
    const receipts = { delivered: 2, read: 1, of: 3 };
    expect(JSON.parse(codec.message(rowOf("hi"), { receipts }))).toMatchObject({ content: "hi", receipts });
  });

  it("what the server wrote has no client's id", () => {
    const founding: LogRow = { ...rowOf(""), client_id: null, kind: "settings", body: '{"changes":{"name":"New"}}' };
    const parsed = JSON.parse(codec.entry(founding).json) as object;
    expect(entry.safeParse(parsed).error).toBeUndefined();
    expect(parsed).toMatchObject({ kind: "settings", changes: { name: "New" } });
    expect(parsed).not.toHaveProperty("client_message_id");
  });

  it("an inbox is told whom it mentions", () => {
    expect(codec.entry({ ...rowOf("hi"), mentions: '["ann","bob"]' }).mentions).toEqual(["ann", "bob"]);
    expect(codec.entry(rowOf("hi"))).not.toHaveProperty("mentions");
  });
});

describe("recent entries", () => {
  const places = (entries: readonly EncodedEntry[] | undefined): number[] | undefined => entries?.map(({ seq }) => seq);

  it("are there in order, as far back as they are kept, and not at all beyond", () => {
    const recent = new RecentEntries(4);
    expect(recent.after(0, 10)).toBeUndefined();
    for (let seq = 11; seq <= 30; seq++) {
      recent.add(encoded(seq, "ann"));
      const kept = places(recent.after(seq - Math.min(4, seq - 10), 10));
      expect(kept?.at(-1)).toBe(seq);
      expect(kept).toHaveLength(Math.min(4, seq - 10));
    }
    expect(places(recent.after(28, 10))).toEqual([29, 30]);
    expect(places(recent.after(28, 1))).toEqual([29]);
    expect(places(recent.after(30, 10))).toEqual([]);
    expect(recent.after(11, 10)).toBeUndefined();
    expect(recent.after(0, 10)).toBeUndefined();
  });
});

describe("a batch", () => {
  const long = (seq: number, length: number): EncodedEntry => ({ ...encoded(seq, "ann"), json: "x".repeat(length) });

  it("takes what fits, at least one, and everything when it fits", () => {
    const third = Math.floor(LIMITS.deliverBatchBytes / 3);
    const lengths = (entries: EncodedEntry[]): number => batchOf(entries).length;
    expect(lengths([])).toBe(0);
    expect(lengths([long(1, third), long(2, third), long(3, third)])).toBe(3);
    expect(lengths([long(1, third), long(2, third), long(3, third), long(4, third)])).toBe(3);
    expect(lengths([long(1, 2 * LIMITS.deliverBatchBytes), long(2, 1)])).toBe(1);
    expect(lengths([long(1, 1), long(2, 2 * LIMITS.deliverBatchBytes)])).toBe(1);
  });
});
