import * as fc from "fast-check";
import { describe, it } from "vitest";
import { histories, play, playArchived } from "./histories.ts";
import type { History, Step } from "./histories.ts";
import { budget, PATIENCE_MS } from "./runs.ts";

const message: Pick<Extract<Step, { do: "send" }>, "do" | "device" | "id" | "mentions"> = {
  do: "send",
  device: 0,
  id: "now",
  mentions: [],
};

/** Histories that once went wrong. */
const KNOWN: Readonly<Record<string, History>> = {
  "the founder's object dies before it has written the new conversation, and his devices come later": {
    seed: 0,
    steps: [{ do: "crashUser", user: 0 }],
  },
  "a device acknowledges when the conversation is settled, and the conversation is put to sleep": {
    seed: 0,
    steps: [
      { ...message, conversation: 0 },
      { do: "connect", device: 0, sync: false },
      { do: "pass", ms: 12_000 },
      { do: "repeat", of: 0, device: 0 },
    ],
  },
  "somebody reads what his list does not show yet": {
    seed: 285_772_341,
    steps: [
      { ...message, conversation: 1 },
      { do: "network", slowestMs: 20, lost: 0 },
      { ...message, conversation: 1 },
      { do: "readBeyond", user: 1, conversation: 1 },
    ],
  },
  "he reads it, and is put to sleep before it comes": {
    seed: 153_756_952,
    steps: [
      { do: "connect", device: 0, sync: true },
      { do: "pass", ms: 5 },
      { ...message, conversation: 1 },
      { do: "readBeyond", user: 1, conversation: 2 },
      { ...message, conversation: 2 },
      { do: "pass", ms: 5 },
      { do: "evict" },
    ],
  },
  "he read it before it came, and is shown the entries alone": {
    seed: 0,
    steps: [
      { ...message, conversation: 1 },
      { do: "network", slowestMs: 20, lost: 0 },
      { ...message, conversation: 1, device: 2 },
      { do: "readBeyond", user: 2, conversation: 1 },
      { do: "connect", device: 3, sync: true },
      { do: "evict" },
      { do: "repeat", of: 0, device: 0 },
    ],
  },
};

describe("a world of members, devices, crashes and losses", () => {
  it.each(Object.entries(KNOWN))("[I1–I5, I7] %s", async (_name, history) => await play(history));

  it("[I1–I5, I7] ends with every row and every device equal to the log", { timeout: PATIENCE_MS }, async () => {
    await fc.assert(fc.asyncProperty(histories, play), budget("delivery", 150));
  });

  it("[I1–I7] and so with an archive that has all but a handful of entries", { timeout: PATIENCE_MS }, async () => {
    await fc.assert(fc.asyncProperty(histories, playArchived), budget("delivery, archived", 20));
  });
});
