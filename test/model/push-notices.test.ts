import * as fc from "fast-check";
import { describe, it } from "vitest";
import { seeded } from "../support/random.ts";
import { CONVERSATIONS, DEVICES, NoticeWorld } from "./notice-world.ts";
import { budget, PATIENCE_MS } from "./runs.ts";

const talk = fc.nat(CONVERSATIONS.length - 1);
const device = fc.constantFrom(...DEVICES);
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("say" as const),
      talk,
      sender: fc.constantFrom("bob", "cem", "ann"),
      mentions: fc.constantFrom("none" as const, "none" as const, "me" as const, "all" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), talk }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), talk, device }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("read" as const), talk, device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("want" as const), talk, notify: fc.nat(2) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("use" as const),
      device,
      how: fc.constantFrom("active" as const, "idle" as const, "gone" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("register" as const), device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("withdraw" as const), device }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("quiet" as const), hours: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("queue" as const), open: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("names" as const), answer: fc.boolean() }) },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(1, 200, 1500, 4000, 11_000, 70_000, 3_600_000),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const share = fc.constantFrom(0, 0.2, 0.6);
const weather = fc.record({
  lost: share,
  unheard: share,
  repeated: share,
  failing: share,
  slowestMs: fc.constantFrom(1, 500, 25_000),
});

const run = async (world: NoticeWorld, one: Step): Promise<void> => {
  switch (one.do) {
    case "say":
      return world.says(one.talk, one.sender, one.mentions);
    case "delete":
      return world.deletes(one.talk);
    case "acknowledge":
      return world.acknowledges(one.device, one.talk);
    case "read":
      return world.reads(one.talk, one.device);
    case "want":
      return world.wants(one.talk, one.notify);
    case "use":
      return world.uses(one.device, one.how);
    case "register":
      return world.registers(one.device);
    case "withdraw":
      return world.withdraws(one.device);
    case "quiet":
      return world.quiets(one.hours);
    case "crash":
      return world.crashes();
    case "queue":
      world.home.isQueueOpen = one.open;
      return;
    case "names":
      world.home.askName = one.answer ? async () => "Somebody" : () => new Promise(() => undefined);
      return;
    case "pass":
      return world.home.passes(one.ms);
  }
};

describe("notifications of one user with several devices, with crashes, losses and push services that fail", () => {
  it(
    "[PUSH-6] [PUSH-7] [PUSH-8] [PUSH-10] [PUSH-11] [PUSH-13] whoever should know is told, nobody else is, and badges are exact",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 20, maxLength: 120 }),
          weather,
          fc.nat(),
          async (steps, how, seed) => {
            const world = new NoticeWorld(seeded(seed), how);
            await world.registers("phone");
            for (const one of steps) {
              await run(world, one);
              world.check();
            }
            await world.end();
          },
        ),
        budget("push notices", 300),
      );
    },
    PATIENCE_MS,
  );
});
