import { globSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { tokenFor } from "../support/tokens.ts";
import { until } from "../support/wait.ts";
import { deleting } from "../support/write.ts";

const BEGIN = Date.UTC(2020, 0, 10);
const COUNT = 600;

it(
  "with COLD_DAYS, old months lie in files, and what is deleted is in none of them",
  { timeout: 120_000 },
  async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), "parley-cold-"));
    const server = await startServer({ dataDir, env: { COLD_DAYS: "90" } });
    const known = async (label: string, scope?: string): Promise<Person> => {
      const who = { userId: unique(label), deviceId: unique("device"), ...(scope === undefined ? {} : { scope }) };
      return new Person(server.url, { ...who, token: await tokenFor(server.url, who) });
    };
    /** What lies in files, by month. */
    const months = async (): Promise<Record<string, string[]>> => {
      const found: Record<string, string[]> = {};
      for (const file of globSync("blobs/local/segments/*/*/*.jsonl.gz", { cwd: dataDir })) {
        const lines = gunzipSync(await readFile(path.join(dataDir, file)))
          .toString()
          .trim()
          .split("\n");
        (found[file.split("/")[4] ?? ""] ??= []).push(...lines);
      }
      return found;
    };
    try {
      const [ann, bob, admin] = await Promise.all([known("ann"), known("bob"), known("admin", "admin")]);
      const id = unique("theirs");
      const said = Array.from({ length: COUNT }, (_, n) => ({
        kind: "message",
        id: `m${n}`,
        conversation: id,
        sender: (n % 2 ? ann : bob).userId,
        timestamp: new Date(BEGIN + n * 7_200_000).toISOString(),
        content: `said ${n}.`,
      }));
      const members = [{ user_id: ann.userId, role: "owner" }, { user_id: bob.userId }];
      const created_at = new Date(BEGIN).toISOString();
      const begin = { kind: "conversation", id, type: "group", name: "Old", created_at, members };
      const source = unique("slack").slice(0, 32);
      const lines = [begin, ...said, { kind: "end", conversation: id }];
      for (let at = 0; at < lines.length; at += 400) {
        await admin.rest.ok("adminImport", { body: { source, lines: lines.slice(at, at + 400) } });
      }
      const files = await until(
        "months in files",
        async () => {
          const found = await months();
          return Object.keys(found).length >= 2 && found;
        },
        30_000,
        200,
      );
      expect(Object.keys(files).toSorted()).toEqual(["2020-01", "2020-02"]);
      expect(files["2020-01"]?.join("")).toContain("said 100.");
      const [row] = await ann.list();
      const conversation = row?.conversation_id ?? "";
      const history = await ann.history(conversation);
      expect(history.map(({ content }) => content)).toEqual(said.map(({ content }) => content).toReversed());
      const doomed = history.find(({ content }) => content === "said 100.");
      await bob.does(deleting(conversation, doomed?.message_id ?? ""));
      await until("the file to go", async () => !JSON.stringify(await months()).includes("said 100."), 30_000, 200);
    } finally {
      await server.kill();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
);
