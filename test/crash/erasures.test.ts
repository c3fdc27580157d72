import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/shared/audit-chain.ts";
import { sha256 } from "../../src/shared/sha256.ts";
import { Person } from "../support/person.ts";
import { chooseSeed, seeded, unique, uuid4 } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { delay, until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

const KILLS = 6;
const CONVERSATIONS = 4;
const MESSAGES = 600;
const BATCH = 300;

/** Most of what is brought in is archived, and not here any more, before the test is over. */
const LITTLE_AT_HAND = { HOT_ENTRIES: "100", HOT_DAYS: "0" };

describe.skipIf(isRemote)("a server that is killed while a person is erased", () => {
  const seed = chooseSeed();
  const random = seeded(seed);

  test(`[DATA-11] [DATA-13] has erased him, and counted it, seed ${seed}`, { timeout: 180_000 }, async () => {
    await Scene.play(async (scene) => {
      const [ann, bob] = [unique("ann"), unique("bob")];
      const token = await scene.token("operator", "admin");
      const admin = new Person(scene.url, { userId: "operator", deviceId: "", token });
      const at = (n: number): string => new Date(Date.UTC(2020, 0, 1) + n * 1000).toISOString();
      const source = unique("old");
      for (let c = 0; c < CONVERSATIONS; c++) {
        const conversation = `C${c}`;
        const about = { id: conversation, type: "group", name: conversation, created_at: at(0) };
        const said = Array.from({ length: MESSAGES }, (_x, n) => ({
          kind: "message",
          id: `${c}.${n}`,
          conversation,
          sender: n % 2 === 0 ? ann : bob,
          timestamp: at(n),
          content: n % 2 === 0 ? `said ${n}` : `secret ${n}`,
        }));
        const members = [{ user_id: ann }, { user_id: bob }];
        const lines = [{ kind: "conversation", ...about, members }, ...said, { kind: "end", conversation }];
        for (let from = 0; from < lines.length; from += BATCH)
          await admin.rest.ok("adminImport", { body: { source, lines: lines.slice(from, from + BATCH) } });
      }
      const [reader, his] = [await scene.known(ann), await scene.known(bob)];
      await until("the lists", async () => {
        const lists = await Promise.all([reader.list(), his.list()]);
        return lists.every((list) => list.length === CONVERSATIONS);
      });
      const erasure_id = uuid4();
      const body = { erasure_id, reason: "he asked for it" };
      await admin.rest.ok("adminErase", { params: { id: bob }, body });
      let inTheMiddle = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        await delay(random() * 120);
        const { status } = await admin.rest.ok("adminGetErasure", { params: { id: erasure_id } });
        if (status === "running") inTheMiddle++;
        await scene.restart();
      }
      expect(inTheMiddle).toBeGreaterThan(1);
      const { certificate } = await until(
        "the erasure",
        async () => {
          const state = await admin.rest.ok("adminGetErasure", { params: { id: erasure_id } });
          return state.status === "done" ? state : undefined;
        },
        90_000,
      );
      const { hash, ...rest } = certificate ?? { hash: "", removed: {} };
      expect(hash).toBe(sha256(canonicalJson(rest)));
      expect(rest.removed).toMatchObject({
        messages: (CONVERSATIONS * MESSAGES) / 2,
        memberships: CONVERSATIONS,
        list: CONVERSATIONS,
      });
      for (const { conversation_id } of await reader.list()) {
        const log = await reader.log(conversation_id);
        expect(JSON.stringify(log)).not.toContain("secret");
        expect(log.filter(({ kind }) => kind === "delete").length).toBe(MESSAGES / 2);
        expect(log.filter(({ kind }) => kind === "message").length).toBe(MESSAGES);
      }
      expect(await his.rest.refused("getMe")).toMatchObject({ code: "forbidden" });
    }, LITTLE_AT_HAND);
  });
});
