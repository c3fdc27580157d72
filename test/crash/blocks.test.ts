import { describe, expect, test } from "vitest";
import { block, everything, unblock } from "../support/blocking.ts";
import { settledRow } from "../support/exact.ts";
import { isRemote } from "../support/target.ts";
import { delay, until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

/** A conversation that was not told of a block is told at most this late. */
const TOLD_MS = 20_000;

describe.skipIf(isRemote).concurrent("a server that is killed around a block", () => {
  test.each([0, 1, 2, 4, 6, 9, 13, 20])(
    "[BLOCK-1] killed %i ms after it was asked: it is not there, or it takes effect by itself; once answered, at once",
    (ms) =>
      Scene.play(async (scene) => {
        const { ann, bob, id } = await scene.pair();
        await ann.send(id, "before");
        let answered = false;
        const asked = block(bob, ann).then(
          () => (answered = true),
          () => false,
        );
        await delay(ms);
        const before = answered;
        await scene.restart();
        await asked;
        const { blocks } = await bob.rest.ok("listBlocks", {});
        const stands = blocks.length === 1;
        if (before) expect(stands, "what was answered is there").toBe(true);
        const shows = async (): Promise<boolean> => {
          const { seq } = await ann.send(id, "is it hidden?");
          return (await bob.history(id)).some((message) => message.seq === seq);
        };
        if (before) expect(await shows()).toBe(false);
        else if (stands) await until("the conversation to be told", async () => !(await shows()), TOLD_MS, 100);
        else expect(await shows()).toBe(true);
      }),
  );

  test("[BLOCK-1] what was hidden stays hidden, and what was brought before stays", () =>
    Scene.play(async (scene) => {
      const { ann, bob, id } = await scene.pair();
      const before = await ann.send(id, "before");
      await settledRow(bob, id, before.seq);
      await block(bob, ann);
      await ann.send(id, "secret one");
      await scene.restart();
      await ann.send(id, "secret two");
      expect(await everything(bob, id)).not.toContain("secret");
      await unblock(bob, ann);
      await scene.restart();
      expect(await everything(bob, id)).not.toContain("secret");
      const after = await ann.send(id, "after");
      await settledRow(bob, id, after.seq);
      expect((await bob.history(id)).map(({ content }) => content)).toEqual(["after", "before"]);
      expect((await ann.history(id)).length).toBe(4);
    }));
});
