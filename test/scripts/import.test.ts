import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../scripts/server.ts";
import type { RunningServer } from "../../scripts/server.ts";
import { oldSystem } from "../../scripts/old-system.ts";
import { operate } from "../support/operator.ts";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "parley-import-"));
  server = await startServer({ dataDir: path.join(folder, "data"), log: "quiet" });
});
afterAll(async () => {
  await server.kill();
  await rm(folder, { recursive: true, force: true });
});

const system = () => ({ messages: 1500, conversations: 5, people: 6, seed: 5, prefix: `${unique("p")}-` });
const text = (lines: Iterable<unknown>): string => [...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
const bring = (file: string, ...more: string[]) =>
  operate(["import", file, "--source", "old", "--url", server.url, ...more], {
    env: { DATA_DIR: path.join(folder, "data") },
  });

const auditHead = async (): Promise<number> => {
  const env = { DATA_DIR: path.join(folder, "data") };
  const { json } = await operate(["audit", "head", "--json", "--url", server.url], { env });
  return (json as [{ index: number }])[0].index;
};

describe("npm run admin -- import", () => {
  it("[ADM-16] brings a file in, and leaves nothing beside it", async () => {
    const file = path.join(folder, "whole.jsonl");
    const lines = [...oldSystem(system())];
    await writeFile(file, text(lines));
    const said = await bring(file);
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toBe(`${lines.length} lines: ${lines.length} done, 0 were there, 0 refused\n`);
    expect((await readdir(folder)).toSorted()).toEqual(["data", "whole.jsonl"]);
  });

  it("[DATA-1] shows each line that was refused, by its number, and ends with 3", async () => {
    const file = path.join(folder, "bad.jsonl");
    const lines = [...oldSystem(system())];
    const [first, ...others] = lines;
    const bad = ["", "not JSON", "[]", JSON.stringify({ kind: "message", id: "x" }), `"${"x".repeat(70_000)}"`, ""];
    await writeFile(file, `${JSON.stringify(first)}\n${bad.join("\n")}\n${text(others)}`);
    const said = await bring(file, "--json");
    expect(said.code).toBe(3);
    expect(said.json.slice(0, -1)).toMatchObject([
      { line: 3, code: "bad_request" },
      { line: 4, code: "bad_request" },
      { line: 5, code: "bad_request" },
      { line: 6, code: "bad_request" },
    ]);
    expect(said.json.at(-1)).toMatchObject({ ok: false, done: lines.length, refused: 4, lines: lines.length + 6 });
  });

  it("ends at once when there is no server", async () => {
    const file = path.join(folder, "nowhere.jsonl");
    await writeFile(file, text(oldSystem(system())));
    const env = { PARLEY_ADMIN_TOKEN: "t", PARLEY_URL: "http://127.0.0.1:1" };
    const said = await operate(["import", file], { env });
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/^unable to reach the server; [^\n]+\n$/);
  });

  it("[DATA-6] says when a conversation has no end", async () => {
    const file = path.join(folder, "open.jsonl");
    const lines = [...oldSystem(system())].filter((line) => line.kind !== "end");
    await writeFile(file, text(lines));
    const said = await bring(file);
    expect(said.code).toBe(0);
    expect(said.err).toContain("5 conversations have no end");
  });

  it("[DATA-2] goes on where it was interrupted, and begins anew when the file is another one", async () => {
    const file = path.join(folder, "cut.jsonl");
    const lines = [...oldSystem(system())];
    await writeFile(file, text(lines));
    const journal = `${file}.old.journal`;
    const argv = [path.join(ROOT, "scripts/admin.ts"), "import", file, "--source", "old", "--url", server.url];
    const env = { PATH: process.env["PATH"], DATA_DIR: path.join(folder, "data") };
    const killed = spawn(process.execPath, argv, { env, stdio: "ignore" });
    const gone = once(killed, "exit");
    await until("the journal", () => existsSync(journal), 20_000, 1);
    killed.kill("SIGKILL");
    await gone;
    const { lines: known } = JSON.parse(await readFile(journal, "utf8")) as { lines: number };
    expect(known).toBeLessThan(lines.length);
    const before = await auditHead();
    const said = await bring(file, "--json");
    expect(said).toMatchObject({ code: 0, json: [{ ok: true, lines: lines.length, refused: 0 }] });
    // What was known to be there was not sent again.
    const calls = (await auditHead()) - before;
    expect(calls / 2).toBeLessThanOrEqual(Math.ceil((lines.length - known) / 150));
    expect(existsSync(journal)).toBe(false);
    await appendFile(file, "\n");
    expect(await bring(file, "--json")).toMatchObject({ code: 0, json: [{ done: 0, duplicates: lines.length }] });
  });
});
