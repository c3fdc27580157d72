import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conversationMark, messageIdOf, seqOfMessageId } from "../../src/core/conversation/message-id.ts";
import { MESSAGE_ID } from "../../src/shared/ids.ts";
import { chooseSeed } from "../support/random.ts";

const MAX_TIME = 2 ** 41 - 1;
const places = fc.tuple(fc.integer({ min: 0, max: MAX_TIME }), fc.integer({ min: 1, max: 2 ** 31 }));
const seed = chooseSeed() | 0;
console.log(`message ids: PARLEY_SEED=${seed}`);

describe("[ID-5] message ids", () => {
  const mark = conversationMark("c1");

  it("lead back to the place that they name", () => {
    fc.assert(
      fc.property(places, ([atMs, seq]) => {
        expect(seqOfMessageId(messageIdOf(atMs, seq, mark), mark)).toEqual({ atMs, seq });
      }),
      { seed },
    );
  });

  it("have one form", () => {
    fc.assert(
      fc.property(places, fc.string(), ([atMs, seq], conversation) => {
        const id = messageIdOf(atMs, seq, conversationMark(conversation));
        expect(id).toMatch(/^[0-9A-Z]{26}$/);
        expect(id).toMatch(MESSAGE_ID);
      }),
      { seed },
    );
  });

  it("sort by time, then by place", () => {
    fc.assert(
      fc.property(places, places, (a, b) => {
        const order = a[0] - b[0] || a[1] - b[1];
        const [first, second] = [messageIdOf(a[0], a[1], mark), messageIdOf(b[0], b[1], mark)];
        expect(Math.sign(order)).toBe(first < second ? -1 : first > second ? 1 : 0);
      }),
      { seed },
    );
  });

  it("tell conversations apart, and are nobody's in another", () => {
    const marks = new Set<string>();
    for (let i = 0; i < 20_000; i++) marks.add(conversationMark(`d_local_${i.toString(36)}`));
    expect(marks.size).toBe(20_000);
    expect(seqOfMessageId(messageIdOf(1000, 1, conversationMark("c2")), mark)).toBeUndefined();
  });

  it.each([
    "",
    "x",
    "0".repeat(25),
    "0".repeat(27),
    `${"I".repeat(16)}${mark}`,
    `${"0".repeat(15)}-${mark}`,
    `${"a".repeat(16)}${mark}`,
  ])("what is none leads nowhere: %j", (text) => expect(seqOfMessageId(text, mark)).toBeUndefined());
});
