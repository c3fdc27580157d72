import { describe, expect, test, vi } from "vitest";
import { whichSays, type Question } from "../sw/windows.ts";

const QUESTION: Question = { ask: "whose", userId: "ann" };
type Port = { postMessage(answer: unknown): void; close(): void };

/** A window of the app, and how it answers; `undefined`: never, being frozen. */
const windowThat = (answer: unknown) => {
  const heard: unknown[] = [];
  return {
    heard,
    postMessage: (question: unknown, more: unknown) => {
      heard.push(question);
      const [port] = more as [Port];
      if (answer !== undefined) port.postMessage(answer);
      port.close();
    },
  };
};

describe("what the service worker asks of windows", () => {
  test("is asked of all, and the first that says yes is meant", async () => {
    const [no, yes, too] = [windowThat(false), windowThat(true), windowThat(true)];
    expect(await whichSays([no, yes, too], QUESTION)).toBe(yes);
    expect([no, yes, too].map((one) => one.heard)).toEqual([[QUESTION], [QUESTION], [QUESTION]]);
    expect(await whichSays([no, windowThat("true")], QUESTION)).toBeUndefined();
    expect(await whichSays([], QUESTION)).toBeUndefined();
  });

  test("is not waited for long: a window that is frozen says nothing", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const asked = whichSays([windowThat(undefined)], QUESTION);
      await vi.advanceTimersByTimeAsync(500);
      expect(await asked).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });
});
