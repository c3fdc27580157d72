import { describe, expect, it } from "vitest";
import { Alarm } from "../../src/core/alarm.ts";
import { Blocks } from "../../src/core/inbox/blocks.ts";
import { Blocking } from "../../src/objects/user/blocking.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { refuse } from "../../src/shared/result.ts";
import type { Result } from "../../src/shared/result.ts";
import { codeOf, valueOf } from "./conversation-fixtures.ts";
import { userStore } from "./stores.ts";
import { settled, VirtualTime } from "./virtual-time.ts";

const DONE = { ok: true, value: true } as const;
const LOST = refuse("internal", "unable to reach the conversation; try again");

/** Ann's object, with conversations that answer when the test does, or at once. */
class Stage {
  readonly time = new VirtualTime();
  readonly sql = userStore();
  readonly told: [id: string, blocked: boolean][] = [];
  readonly alarmsAt: number[] = [];
  blocks = this.#blocks();
  answer: () => Promise<Result<true>> = async () => DONE;
  /** Which one is theirs. */
  find: (other: string) => Promise<Result<string | undefined>> = async (other) => ({
    ok: true,
    value: `with-${other}`,
  });
  #life = 0;
  blocking = this.#open();

  crash(): void {
    this.blocks = this.#blocks();
    this.blocking = this.#open();
  }

  #blocks(): Blocks {
    return new Blocks({ sql: this.sql, user: "ann", changed: () => undefined });
  }

  #open(): Blocking {
    const life = ++this.#life;
    const blocking: Blocking = new Blocking({
      clock: this.time,
      blocks: this.blocks,
      uplink: {
        block: (id, blocked) => {
          this.told.push([id, blocked]);
          return this.answer();
        },
      },
      conversationWith: (other) => this.find(other),
      waits: () => alarm.changed(),
      later: () => undefined,
    });
    const alarm = new Alarm([blocking], (at) => {
      this.alarmsAt.push(at);
      this.time.after(Math.max(0, at - this.time.now()), () => {
        if (life === this.#life) void alarm.ring(this.time.now());
      });
    });
    return blocking;
  }
}

describe("[BLOCK-1] a block is told to the direct conversation", () => {
  it("before it is answered, and once", async () => {
    const stage = new Stage();
    const reached = Promise.withResolvers<Result<true>>();
    stage.answer = () => reached.promise;
    let answered = false;
    const set = stage.blocking.set("bob", true).finally(() => (answered = true));
    await settled();
    expect([stage.told, answered]).toEqual([[["with-bob", true]], false]);
    reached.resolve(DONE);
    valueOf(await set);
    valueOf(await stage.blocking.set("bob", true));
    expect([stage.told.length, stage.blocks.untold()]).toEqual([1, []]);
  });

  it("not where nobody can have founded one; and later, where it is not known which one that is", async () => {
    const stage = new Stage();
    stage.find = async () => ({ ok: true, value: undefined });
    valueOf(await stage.blocking.set("bob", true));
    expect([stage.told, stage.blocks.untold()]).toEqual([[], []]);
    stage.find = async () => LOST;
    expect(codeOf(await stage.blocking.set("cem", true))).toBe("internal");
    expect([stage.told, stage.blocks.untold()]).toEqual([[], ["cem"]]);
    stage.find = async () => ({ ok: true, value: "with-cem" });
    await stage.time.pass(LIMITS.blockRetryMs);
    expect([stage.told, stage.blocks.untold()]).toEqual([[["with-cem", true]], []]);
  });

  it("unblocking too; and who was not blocked needs no telling", async () => {
    const stage = new Stage();
    valueOf(await stage.blocking.set("bob", false));
    valueOf(await stage.blocking.set("bob", true));
    valueOf(await stage.blocking.set("bob", false));
    expect(stage.told).toEqual([
      ["with-bob", true],
      ["with-bob", false],
    ]);
  });

  it("one that nobody founded has nothing to be told", async () => {
    const stage = new Stage();
    stage.answer = async () => refuse("not_found", "unable to find the conversation");
    valueOf(await stage.blocking.set("bob", true));
    expect(stage.blocks.untold()).toEqual([]);
  });

  it("in the order in which it changed: the last word is how it is", async () => {
    const stage = new Stage();
    const answers: ((result: Result<true>) => void)[] = [];
    stage.answer = () => new Promise((resolve) => answers.push(resolve));
    const acts = [true, false, true, false].map((blocked) => stage.blocking.set("bob", blocked));
    // What was undone before it could be told is not told.
    for (let i = 0; i < 4; i++) {
      await settled();
      answers[i]?.(DONE);
    }
    for (const result of await Promise.all(acts)) valueOf(result);
    expect(stage.told.at(-1)).toEqual(["with-bob", false]);
    expect(stage.blocks.untold()).toEqual([]);
  });
});

describe("[BLOCK-1] a conversation that cannot be reached", () => {
  it("is told by the alarm, ever more rarely, and whoever blocked learns that it is not yet so", async () => {
    const stage = new Stage();
    stage.answer = async () => LOST;
    expect(codeOf(await stage.blocking.set("bob", true))).toBe("internal");
    expect(stage.blocks.has("bob")).toBe(true);
    await stage.time.pass(LIMITS.blockRetryMs);
    expect(stage.told.length).toBe(2);
    await stage.time.pass(LIMITS.blockRetryMs);
    expect(stage.told.length).toBe(2);
    await stage.time.pass(3_600_000);
    const few = stage.told.length;
    expect(few).toBeLessThan(20);
    stage.answer = async () => DONE;
    await stage.time.pass(LIMITS.blockRetryMaxMs);
    expect([stage.told.length, stage.blocks.untold()]).toEqual([few + 1, []]);
    await stage.time.pass(3_600_000);
    expect(stage.told.length).toBe(few + 1);
  });

  it("is told in the next life of the object, with the first thing that sets the alarm", async () => {
    const stage = new Stage();
    stage.answer = async () => LOST;
    await stage.blocking.set("bob", true);
    stage.crash();
    expect(stage.blocking.nextAt()).toBeLessThanOrEqual(stage.time.now());
    stage.answer = async () => DONE;
    valueOf(await stage.blocking.set("bob", true));
    expect(stage.blocks.untold()).toEqual([]);
    expect(stage.blocking.nextAt()).toBe(Infinity);
  });

  it("the alarm is set with the block itself: a crash before the call loses nothing", async () => {
    const stage = new Stage();
    stage.answer = () => new Promise(() => undefined);
    void stage.blocking.set("bob", true);
    expect(stage.blocks.untold()).toEqual(["bob"]);
    expect(stage.alarmsAt).toEqual([stage.time.now() + LIMITS.blockRetryMs]);
  });
});
