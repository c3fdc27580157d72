import { atOnce } from "../support/at-once.ts";
import { describe, expect, it } from "vitest";
import { Admission } from "../../src/core/ratelimit/admission.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { codeOf, Talk } from "./conversation-fixtures.ts";

const { admissionTargetMs: target, admissionIntervalMs: interval, admissionCalls: calls } = LIMITS;

/** `count` calls within one interval from `from` on, each of which waited so long; how many were refused. */
const offer = (admission: Admission, from: number, waited: readonly number[]): number =>
  waited.filter((ms, index) => admission.admit(ms, from + (index * interval) / (waited.length + 1)) > 0).length;
const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

describe("[DLV-6] admission", () => {
  it("a burst passes: as long as some call was on time, nobody is refused", () => {
    const admission = new Admission(() => 0.5);
    for (let i = 0; i < 10; i++)
      expect(offer(admission, i * interval, [...times(calls, target + 500), target])).toBe(0);
  });

  it("a standing queue is cut: once all of an interval were late, late ones are refused, and those on time are not", () => {
    const admission = new Admission(() => 0.5);
    expect(offer(admission, 0, times(calls, target + 1))).toBe(0);
    expect(offer(admission, interval, [...times(calls, target + 1), target, 0])).toBe(calls);
    // Then some were on time again: the queue is gone.
    expect(offer(admission, 2 * interval, times(calls, target + 1))).toBe(0);
  });

  it("a few late calls are no queue, and an interval without calls ends one", () => {
    const admission = new Admission(() => 0.5);
    for (let i = 0; i < 5; i++) expect(offer(admission, i * interval, times(calls - 1, target + 500))).toBe(0);
    const other = new Admission(() => 0.5);
    offer(other, 0, times(calls, target + 500));
    expect(offer(other, 3 * interval, times(calls, target + 500))).toBe(0);
  });

  it("who waited too long is refused in any case", () => {
    const admission = new Admission(() => 0.5);
    expect(admission.admit(LIMITS.admissionMaxMs, 0)).toBe(0);
    expect(admission.admit(LIMITS.admissionMaxMs + 1, 0)).toBe(LIMITS.overloadRetryMs);
  });

  it("a clock that was set back, here or there, refuses nobody", () => {
    const admission = new Admission(() => 0.5);
    expect(admission.admit(-3_600_000, 1_000_000)).toBe(0);
    expect(admission.admit(0, 500)).toBe(0);
    expect(offer(admission, 500, times(calls, 0))).toBe(0);
  });

  it("those who are refused together do not come back together", () => {
    const waits = [0, 0.25, 0.999].map((chance) => new Admission(() => chance).admit(1e6, 0));
    expect(waits).toEqual([0.5, 0.75, 1.499].map((part) => Math.round(part * LIMITS.overloadRetryMs)));
  });

  it("a conversation says so to all writes of a late call, and writes none", () => {
    const talk = new Talk();
    const at = talk.time.now() - LIMITS.admissionMaxMs - 1;
    const late = { user: "ann", writes: [talk.draft(), talk.draft()], inbox: { ...NO_STATE }, at };
    const { results, delivery } = atOnce(talk.conversation.append(late));
    expect(results.map(codeOf)).toEqual(["overloaded", "overloaded"]);
    expect(results[0]).toMatchObject({ refusal: { retry_after_ms: LIMITS.overloadRetryMs } });
    expect(delivery).toBeUndefined();
    expect(talk.conversation.head).toBe(1);
  });
});

const NO_STATE = { head: 0, flushed: 0, read: 0, delivered: 0, hidesReads: false };
