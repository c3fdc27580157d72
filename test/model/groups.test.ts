import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { archived, playGroup } from "./group-player.ts";
import { groupHistories } from "./group-steps.ts";
import type { GroupHistory, StepOf } from "./group-steps.ts";
import { budget, PATIENCE_MS } from "./runs.ts";
import type { StageName } from "./stages.ts";

const RUNS: Readonly<Record<StageName, number>> = {
  group: 50,
  "large group": 50,
  channel: 50,
  "person with eight devices": 150,
};
const send: StepOf<"send"> = { do: "send", device: 0, mention: "", reply: -1, thread: -1, expires: 0 };

/** Histories that once went wrong. */
const KNOWN: Readonly<Record<string, GroupHistory & { readonly kind: StageName }>> = {
  "[MEMB-7] somebody leaves, and writes with the same call": {
    kind: "group",
    seed: 0,
    steps: [
      { do: "add", device: 0, people: [4], admin: false },
      { do: "remove", device: 0, person: 0 },
      send,
      { do: "react", device: 0, of: 0, emoji: "+1", on: true },
    ],
  },
  "[I8] whoever was handed entries with an answer comes to a slice before they are written": {
    kind: "large group",
    seed: 0,
    steps: [
      send,
      { do: "add", device: 0, people: [4], admin: false },
      { do: "role", device: 4, person: 0, role: "owner" },
    ],
  },
  "[CONS-2] somebody was away, leaves, and is added again": {
    kind: "large group",
    seed: 822_007_564,
    steps: [
      { do: "add", device: 0, people: [1, 4], admin: false },
      { do: "leave", device: 2 },
    ],
  },
  "[CONS-2] that somebody is not there is said late, and he is there again": {
    kind: "large group",
    seed: -1_534_390_911,
    steps: [
      send,
      { ...send, device: 4 },
      { ...send, device: 4, mention: "dag" },
      send,
      { do: "remove", device: 2, person: 0 },
      { do: "crashConversation" },
      { do: "network", slowestMs: 300, lost: 0 },
      { do: "connect", device: 4, sync: false },
      { do: "pass", ms: 250 },
      { ...send, device: 3 },
      { do: "crashUser", person: 0 },
    ],
  },
  "[I5] somebody comes back into a large group, and his object dies before that is written": {
    kind: "person with eight devices",
    seed: 0,
    steps: [
      { do: "turn", to: 2 },
      { do: "leave", device: 18 },
      { do: "add", device: 10, people: [1, 3], admin: false },
      { do: "pass", ms: 600 },
      { do: "crashUser", person: 1 },
      { do: "crashSlices" },
      { do: "schedule", person: 0, inMs: 40_000 },
    ],
  },
  "[MEMB-7] who came back to a channel by a link is removed, and there is no entry of it": {
    kind: "channel",
    seed: 0,
    steps: [
      { do: "remove", device: 10, person: 0 },
      { do: "connect", device: 9, sync: false },
      { do: "leave", device: 25 },
      { do: "pass", ms: 60 },
      { do: "invite", person: 6, uses: 1 },
      { do: "invite", person: 0, uses: 1 },
      { do: "join", person: 0, of: 0 },
      { do: "readThread", person: 0, of: 0 },
    ],
  },
  "[CHAN-2] one's own message in a channel has no ticks": {
    kind: "channel",
    seed: 0,
    steps: [
      { do: "connect", device: 9, sync: true },
      { do: "open", device: 25, on: true },
      { ...send, device: 25 },
      { do: "pass", ms: 3000 },
      { do: "role", device: 0, person: 0, role: "owner" },
    ],
  },
  "[I8] a newcomer who was not called yet asks how things stand": {
    kind: "channel",
    seed: 0,
    steps: [{ do: "crashConversation" }, { ...send, mention: "dag" }],
  },
};

describe.each(Object.entries(RUNS) as [StageName, number][])(
  "a %s, with everything that people do in it and everything that breaks",
  (kind, runs) => {
    it(
      "[I1–I8] ends with every row, device, thread and reaction as the log makes it",
      { timeout: PATIENCE_MS },
      async () => {
        await fc.assert(fc.asyncProperty(groupHistories, playGroup(kind)), budget(kind, runs));
      },
    );
  },
);

describe.each(Object.entries(RUNS) as [StageName, number][])(
  "a %s that keeps a handful of entries at hand, and has the rest in an archive",
  (kind, runs) => {
    it(
      "[I1–I8] ends with every row, device, thread and reaction as the log makes it",
      { timeout: PATIENCE_MS },
      async () => {
        const before = { ...archived };
        await fc.assert(
          fc.asyncProperty(groupHistories, playGroup(kind, true)),
          budget(`${kind}, archived`, Math.ceil(runs / 3)),
        );
        const histories = archived.histories - before.histories;
        const pruned = (archived.pruned - before.pruned) / histories;
        console.log(`model ${kind}, archived: ${histories} histories, ${Math.round(pruned)} entries pruned in each`);
        expect(pruned).toBeGreaterThan(5);
      },
    );
  },
);

describe("histories of groups that once went wrong", () => {
  it.each(Object.entries(KNOWN))("%s", async (_name, { kind, ...history }) => await playGroup(kind)(history));
});
