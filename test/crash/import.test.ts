import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { oldSystem } from "../../scripts/old-system.ts";
import { doubledIn, faultsOf, imported, talksOf } from "../support/imported.ts";
import { operate } from "../support/operator.ts";
import { chooseSeed, seeded, unique } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { delay, until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

const KILLS = 5;
const SOURCE = "old";

/** Most of what is brought in is archived, and not here any more, before the test is over. */
const LITTLE_AT_HAND = { HOT_ENTRIES: "100", HOT_DAYS: "0" };

describe.skipIf(isRemote)("a server that is killed while conversations are brought in", () => {
  const seed = chooseSeed();
  const random = seeded(seed);

  test(`[DATA-2] has each message once, after the same file again, seed ${seed}`, { timeout: 120_000 }, async () => {
    const system = { messages: 6000, conversations: 12, people: 8, seed, prefix: `${unique("p")}-` };
    const lines = [...oldSystem(system)];
    const folder = await mkdtemp(join(tmpdir(), "parley-import-"));
    const file = join(folder, "old.jsonl");
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    try {
      await Scene.play(async (scene) => {
        const token = await scene.token("operator", "admin");
        const run = () =>
          operate(["import", file, "--source", SOURCE, "--json"], {
            env: { PARLEY_URL: scene.url, PARLEY_ADMIN_TOKEN: token },
          });
        let isOver = false;
        let inTheMiddle = 0;
        const first = run().finally(() => (isOver = true));
        // A server that was never there is not waited for.
        await until("the first answer", () => existsSync(`${file}.${SOURCE}.journal`), 20_000, 5);
        for (let killed = 0; killed < KILLS; killed++) {
          await delay(30 + random() * 200);
          if (!isOver) inTheMiddle++;
          await scene.restart();
        }
        const said = await first;
        expect(inTheMiddle).toBeGreaterThan(1);
        expect(said.err).toBe("");
        expect(said).toMatchObject({ code: 0, json: [{ ok: true, refused: 0, open: 0, lines: lines.length }] });
        // And once more from the start, as somebody does who is not sure.
        const again = await run();
        expect(again).toMatchObject({ code: 0, json: [{ done: 0, duplicates: lines.length, refused: 0 }] });
        for (const talk of talksOf(lines)) {
          const [member] = talk.line.members;
          if (talk.messages.length === 0 || member === undefined) continue;
          const person = await scene.known(member.user_id);
          const id = await until(`the list of ${member.user_id}`, () =>
            imported(SOURCE, talk, person).catch(() => undefined),
          );
          expect(faultsOf(talk, await person.history(id))).toEqual([]);
          expect(doubledIn(await person.log(id))).toEqual([]);
        }
      }, LITTLE_AT_HAND);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
