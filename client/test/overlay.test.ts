import { array, asyncProperty, assert, boolean, constantFrom, integer, record } from "fast-check";
import { expect, test } from "vitest";
import type { ParleyClient } from "../src/api.ts";
import { fold, messageOf, overlaid } from "../src/fold.ts";
import { memoryStore } from "../src/memory-store.ts";
import type { StoredMessage } from "../src/store.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person } from "./support/person.ts";
import { shapeOf } from "./support/shape.ts";

const shown = (client: ParleyClient) =>
  client.messages("c1").map((message) => {
    const { content, edited, deleted, reactions } = shapeOf(message);
    return { content, edited, deleted, reactions };
  });

const step = record({
  does: constantFrom("edit", "delete", "react", "react", "send"),
  /** Counted from the end. */
  which: integer({ min: 1, max: 6 }),
  emoji: constantFrom("👍", "❤️"),
  on: boolean(),
});

test("[EDIT-1] [DEL-1] [REACT-1] what is shown at once is what it becomes, also after a reload", async () => {
  const run = asyncProperty(array(step, { minLength: 1, maxLength: 25 }), boolean(), async (steps, reloading) => {
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    const log = server.conversation("c1", "direct", ["ann", "ben"]);
    const store = memoryStore();
    let ann = person(clock, server, "ann", { store });
    await ann.connect();
    for (const text of ["a", "b", "c"]) await ann.send("c1", text).sent;
    await settle();
    await ann.close();
    for (const [index, { does, which, emoji, on }] of steps.entries()) {
      const message = ann.messages("c1").at(-which);
      const id = message?.message_id ?? message?.client_message_id;
      if (does === "send") ann.send("c1", `more ${index}`);
      if (message === undefined || id === undefined || message.deleted_at !== undefined) continue;
      if (does === "edit") ann.edit("c1", id, `edited ${index}`);
      if (does === "delete") ann.deleteMessage("c1", id);
      if (does === "react") ann.react("c1", id, emoji, on);
    }
    const promised = shown(ann);
    await settle();
    if (reloading) {
      await ann.close();
      ann = person(clock, server, "ann", { store });
      await ann.start();
      expect(shown(ann)).toEqual(promised);
    }
    const flashes: string[] = [];
    ann.on("messages", () => {
      if (JSON.stringify(shown(ann)) !== JSON.stringify(promised)) flashes.push(JSON.stringify(shown(ann)));
    });
    const errors: string[] = [];
    ann.on("error", ({ message }) => errors.push(message));
    void ann.connect();
    await clock.until(() => ann.state.name === "online");
    await clock.advance(30_000);
    expect(shown(ann)).toEqual(promised);
    expect(ann.messages("c1").map(shapeOf)).toEqual(log.messages("ann").map(shapeOf));
    expect(errors).toEqual([]);
    expect(flashes).toEqual([]);
    expect((await store.load()).outbox).toEqual([]);
    expect(server.breaches).toEqual([]);
    await ann.close();
  });
  await assert(run, { numRuns: 150, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: true });
});

const entryStep = record({
  kind: constantFrom("edit", "delete", "reaction", "reaction", "reaction"),
  sender_id: constantFrom("ann", "ben", "cem"),
  emoji: constantFrom("👍", "❤️"),
  op: constantFrom("add", "remove"),
});

test("[MSG-1] folding an entry twice is folding it once, over the log and over a page alike", async () => {
  const run = asyncProperty(array(entryStep, { maxLength: 20 }), boolean(), async (steps, isPaged) => {
    const common = { seq: 1, message_id: "m1", sender_id: "ben", timestamp: "2026-01-01T00:00:00.000Z" };
    let message: StoredMessage = messageOf("c1", { ...common, kind: "message", type: "text", content: "hello" });
    if (isPaged) message = { ...message, paged: true };
    for (const [index, { kind, sender_id, emoji, op }] of steps.entries()) {
      const timestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, index + 1)).toISOString();
      const about = { seq: index + 2, message_id: `m${index + 2}`, sender_id, timestamp, target: "m1" };
      const entry =
        kind === "reaction"
          ? ({ ...about, kind, emoji, op } as const)
          : ({ ...about, kind, content: String(index) } as const);
      const once = fold(message, entry, "ann");
      if (once === "stale") {
        expect([isPaged, kind, sender_id === "ann"]).toEqual([true, "reaction", false]);
        continue;
      }
      expect(fold(once, entry, "ann")).toBe(once);
      for (const { count, me } of once.reactions ?? []) expect(count).toBeGreaterThanOrEqual(me ? 1 : 0);
      message = once;
    }
  });
  await assert(run, { numRuns: 300 });
});

test("[REACT-1] an overlay over what already holds it changes nothing", () => {
  const message: StoredMessage = {
    message_id: "m1",
    conversation_id: "c1",
    seq: 1,
    sender_id: "ben",
    type: "text",
    content: "hello",
    timestamp: "2026-01-01T00:00:00.000Z",
    reactions: [{ emoji: "👍", count: 2, me: true }],
  };
  const row = { client_message_id: "x", conversation_id: "c1", order: 1, content: "", options: {}, created_at: "" };
  const add = { ...row, action: { kind: "react", target: "m1", emoji: "👍", op: "add" } } as const;
  expect(overlaid(message, [add])).toBe(message);
  const remove = { ...row, action: { kind: "react", target: "m1", emoji: "👍", op: "remove" } } as const;
  expect(overlaid(message, [remove]).reactions).toEqual([{ emoji: "👍", count: 1, me: false }]);
});
