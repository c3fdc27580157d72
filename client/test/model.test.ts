import { array, asyncProperty, assert, constantFrom, integer, record } from "fast-check";
import { expect, test } from "vitest";
import type { ParleyClient } from "../src/api.ts";
import { memoryStore } from "../src/memory-store.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person, texts } from "./support/person.ts";

/** Mulberry32: a small generator, so that a run is told by its seed alone. */
const generator = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const CONVERSATIONS = ["c1", "c2"] as const;
const step = record({
  does: constantFrom("send", "send", "send", "other", "cut", "crash", "wait", "read"),
  where: constantFrom(...CONVERSATIONS),
  ms: integer({ min: 0, max: 3000 }),
});

/** Frames are lost with their connection, doubled, refused, at random but told by the seed. */
const makeUnreliable = (server: FakeServer, random: () => number): void => {
  server.faults.down = (event) => {
    const dice = random();
    if (dice < 0.04) return "cut";
    if (dice < 0.12 && (event.type === "entries" || event.type === "ack" || event.type === "sync")) return "twice";
    return "pass";
  };
  server.faults.upgrade = () => random() > 0.1;
  server.faults.refuse = (command) => {
    if (!["send", "log", "read", "delivered"].includes(command.type) || random() > 0.15) return undefined;
    const code = (["rate_limited", "overloaded", "internal"] as const)[Math.floor(random() * 3)] ?? "internal";
    return random() < 0.5 ? { code } : { code, retry_after_ms: Math.floor(random() * 1000) };
  };
};

const makeReliable = (server: FakeServer): void => {
  for (const fault of ["down", "upgrade", "refuse"] as const) delete server.faults[fault];
};

const standing = (server: FakeServer, id: string): string[] =>
  (server.logs.get(id)?.entries ?? []).flatMap((entry) => (entry.kind === "message" ? entry.content : []));

const agree = (server: FakeServer, client: ParleyClient, user: string): boolean =>
  client.state.name === "online" &&
  CONVERSATIONS.every(
    (id) =>
      JSON.stringify(texts(client, id)) === JSON.stringify(standing(server, id)) &&
      client.messages(id).every((message) => message.seq !== undefined) &&
      server.logs.get(id)?.delivered.get(user) === server.logs.get(id)?.head &&
      server.logs.get(id)?.row(user).read_up_to === client.conversation(id)?.read_up_to,
  );

test("[IDEM-1] [SEQ-2] every message once and in order, whatever breaks", { timeout: 120_000 }, async () => {
  const run = asyncProperty(array(step, { minLength: 5, maxLength: 40 }), integer(), async (steps, seed) => {
    const random = generator(seed);
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    for (const id of CONVERSATIONS) server.conversation(id, "direct", ["ann", "ben"]);
    const store = memoryStore();
    let ann = person(clock, server, "ann", { store, random });
    void ann.connect();
    await clock.until(() => ann.userId !== undefined);
    makeUnreliable(server, random);
    const sent: Record<string, string[]> = { c1: [], c2: [] };
    for (const [index, { does, where, ms }] of steps.entries()) {
      if (does === "send") {
        ann.send(where, `ann ${index}`);
        // A message counts once it is stored: one that a crash catches before was never promised.
        await settle();
        sent[where]?.push(`ann ${index}`);
      }
      const log = server.logs.get(where);
      if (does === "other" && log !== undefined) server.say(log, "ben", `ben ${index}`);
      if (does === "cut") server.cutAll();
      if (does === "read") ann.markRead(where);
      if (does === "wait") await clock.advance(ms);
      if (does === "crash") {
        server.cutAll();
        await ann.close();
        ann = person(clock, server, "ann", { store, random });
        void ann.connect();
        await settle();
      }
    }
    makeReliable(server);
    await clock.until(() => agree(server, ann, "ann"), 300_000).catch(() => undefined);
    for (const id of CONVERSATIONS) {
      expect(standing(server, id).filter((text) => text.startsWith("ann"))).toEqual(sent[id]);
      expect(texts(ann, id)).toEqual(standing(server, id));
      const row = server.logs.get(id)?.row("ann");
      expect(ann.conversation(id)).toMatchObject({ head_seq: row?.head_seq, unread_count: row?.unread_count });
    }
    expect(agree(server, ann, "ann")).toBe(true);
    expect(server.breaches).toEqual([]);
    await ann.close();
  });
  // The report of a failure carries the seed and the steps.
  await assert(run, { numRuns: 300, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true });
});
