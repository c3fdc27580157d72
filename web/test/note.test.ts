import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readNote } from "../sw/note.ts";

const whole = {
  type: "message",
  conversation_id: "c1",
  seq: 7,
  count: 3,
  sender_id: "ann",
  sender_name: "Ann",
  conversation_name: "Boat",
  preview: "Hello",
  badge: 4,
  timestamp: "2026-03-09T12:00:00.000Z",
};
const read = (value: unknown) => readNote(JSON.stringify(value));

describe("[PUSH-9] what was pushed", () => {
  test("is read as the contract has it; what is unknown is passed over", () => {
    expect(read({ ...whole, colour: "red" })).toEqual(whole);
    expect(read({ type: "test", badge: 0, timestamp: whole.timestamp })).toMatchObject({ type: "test", badge: 0 });
    expect(read({ type: "read", conversation_id: "c1", seq: 7, badge: 0 })).toMatchObject({ type: "read", seq: 7 });
  });

  test("loses what is not as it should be, and no more than that", () => {
    expect(read({ ...whole, badge: "4", count: -1, preview: 5, sender_name: "", timestamp: "soon" })).toEqual({
      ...whole,
      badge: 0,
      count: undefined,
      preview: undefined,
      sender_name: undefined,
      timestamp: "",
    });
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["no object", "7"],
    ["null", "null"],
    ["another type", JSON.stringify({ ...whole, type: "call" })],
    ["no conversation", JSON.stringify({ ...whole, conversation_id: undefined })],
    ["no place in it", JSON.stringify({ ...whole, seq: 1.5 })],
  ])("is nothing that can be told: %s", (_what, json) => expect(readNote(json)).toBeUndefined());

  test("whatever it is, reading it does not fail", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
        const note = readNote(json);
        expect(note === undefined || typeof note.badge === "number").toBe(true);
      }),
    );
  });
});
