import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Person } from "../support/person.ts";
import { chooseSeed, seeded, unique, uuid4 } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { delay, until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

const KILLS = 6;
const CONVERSATIONS = 8;
const MESSAGES = 400;
const BATCH = 200;

/** Most of what is brought in is archived, and not here any more, before the test is over. */
const LITTLE_AT_HAND = { HOT_ENTRIES: "100", HOT_DAYS: "0" };

describe.skipIf(isRemote)("a server that is killed while a person's data is exported", () => {
  const seed = chooseSeed();
  const random = seeded(seed);

  test(`[DATA-9] has the file, whole, seed ${seed}`, { timeout: 120_000 }, async () => {
    await Scene.play(async (scene) => {
      const [ann, bob] = [unique("ann"), unique("bob")];
      const source = unique("old");
      const token = await scene.token("operator", "admin");
      const admin = new Person(scene.url, { userId: "operator", deviceId: "", token });
      // Brought in: that is the quickest way to have much.
      const at = (n: number): string => new Date(Date.UTC(2020, 0, 1) + n * 1000).toISOString();
      for (let c = 0; c < CONVERSATIONS; c++) {
        const conversation = `C${c}`;
        const members = [{ user_id: ann }, { user_id: bob }];
        const begin = {
          kind: "conversation",
          id: conversation,
          type: "group",
          name: conversation,
          created_at: at(0),
          members,
        };
        const said = Array.from({ length: MESSAGES }, (_x, n) => ({
          kind: "message",
          id: `${c}.${n}`,
          conversation,
          sender: n % 2 === 0 ? ann : bob,
          timestamp: at(n),
          content: `${c}.${n} ${"x".repeat(100)}`,
        }));
        const lines = [begin, ...said, { kind: "end", conversation }];
        for (let from = 0; from < lines.length; from += BATCH)
          await admin.rest.ok("adminImport", { body: { source, lines: lines.slice(from, from + BATCH) } });
      }
      const person = await scene.known(ann);
      await until("the list", async () => (await person.list()).length === CONVERSATIONS);
      const export_id = uuid4();
      await admin.rest.ok("adminExport", { params: { id: ann }, body: { export_id, include: "readable" } });
      let inTheMiddle = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        await delay(random() * 40);
        const { status } = await admin.rest.ok("adminGetExport", { params: { id: export_id } });
        if (status === "running") inTheMiddle++;
        await scene.restart();
      }
      expect(inTheMiddle).toBeGreaterThan(0);
      const job = await until(
        "the export",
        async () => {
          const state = await admin.rest.ok("adminGetExport", { params: { id: export_id } });
          return state.status === "running" ? undefined : state;
        },
        60_000,
      );
      expect(job).toMatchObject({ status: "done", done: CONVERSATIONS });
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${scene.url}/api/v1/admin/exports/${export_id}/file`, { headers });
      const file = Buffer.from(await response.arrayBuffer());
      expect(createHash("sha256").update(file).digest("hex")).toBe(job.sha256);
      const lines = gunzipSync(file)
        .toString("utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { kind: string; content?: string; lines?: number });
      expect(lines.at(-1)).toEqual({ kind: "end", lines: lines.length });
      const said = lines.flatMap(({ kind, content = "" }) => (kind === "message" ? [content.split(" ")[0] ?? ""] : []));
      const all = Array.from(
        { length: CONVERSATIONS * MESSAGES },
        (_x, n) => `${Math.floor(n / MESSAGES)}.${n % MESSAGES}`,
      );
      expect(said.toSorted()).toEqual(all.toSorted());
    }, LITTLE_AT_HAND);
  });
});
