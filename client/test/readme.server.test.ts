import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer } from "../../scripts/server.ts";
import type { RunningServer } from "../../scripts/server.ts";
import { bundle, ENTRIES } from "../scripts/bundle.ts";
import { createClient } from "../src/index.ts";
import { texts } from "./support/real-server.ts";
import { devToken, eventually, temporaryData } from "./support/server.ts";

/** What an example's lines use. */
interface Given {
  readonly url: string;
  readonly file: string;
  readonly tokenFor: (user: string) => Promise<string>;
  readonly operatorToken: string;
  readonly console: { log: (line: unknown) => void };
}

const EXAMPLES = [
  ...readFileSync(path.resolve(import.meta.dirname, "../README.md"), "utf8").matchAll(/```ts\n(.*?)```/gs),
];

const dataDir = temporaryData();
const home = path.join(dataDir, "example");
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ dataDir });
  mkdirSync(home);
  for (const [name, entry] of Object.entries(ENTRIES))
    await bundle({ entryPoints: [entry], outfile: path.join(home, `${name}.mjs`) });
});
afterAll(async () => {
  await server.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

const linesOf = (index: number): readonly string[] => (EXAMPLES[index]?.[1] ?? "").trim().split("\n");
const tokenFor = (user: string) => devToken(server.url, user, `${user}-1`)();

/** Runs the lines of an example behind its import, and `more`. Gives what they give. */
const run = async <T>(index: number, entry: string, more: string, console: Given["console"]): Promise<T> => {
  const [first = "", ...lines] = linesOf(index);
  const names = /\{(.*)\}/.exec(first)?.[0] ?? "";
  const module = path.join(home, `example-${index}.mjs`);
  const opening = `import ${names} from "./${entry}.mjs";\nexport const run = async ({ url, file, tokenFor, operatorToken, console }) => {`;
  writeFileSync(module, `${opening}\n${lines.join("\n")}\n${more}\n};\n`);
  const example = (await import(/* @vite-ignore */ pathToFileURL(module).href)) as {
    run: (given: Given) => Promise<T>;
  };
  const body = JSON.stringify({ user_id: "operator", scope: "admin" });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${server.url}/api/v1/dev/token`, { method: "POST", headers, body });
  const { token: operatorToken } = (await answer.json()) as { token: string };
  return example.run({ url: server.url, file: path.join(home, "bot.db"), tokenFor, operatorToken, console });
};

test("the README's example does what its comments say", async () => {
  const lines = linesOf(0);
  expect(lines.filter((line) => line.trim() !== "")).toHaveLength(10);
  const promised = lines.flatMap((line) => /\/\/ "([^"]+)"/.exec(line)?.[1] ?? []);
  const printed: unknown[] = [];
  await run(0, "index", "await Promise.all([ann.close(), ben.close()]);", { log: (line) => printed.push(line) });
  expect(printed).toEqual(promised);
  expect(promised).toEqual(["pending", "sent", "Hello, Ben"]);
});

test("the README's operator finds the audit log whole", async () => {
  const printed: unknown[] = [];
  await run(2, "admin", "", { log: (line) => printed.push(line) });
  expect(printed).toHaveLength(1);
  expect(printed[0]).toMatch(/^\d+ entries are as written$/);
});

test("the README's bot answers", async () => {
  const bot = await run<{ stop(): Promise<void> }>(1, "node", "return bot;", { log: () => undefined });
  const cem = createClient({ url: server.url, getToken: () => tokenFor("cem") });
  try {
    await cem.connect();
    const { conversation_id: id } = await cem.createDirect("echo");
    await cem.send(id, "hello").sent;
    await eventually(() => texts(cem, id).length === 2);
    expect(texts(cem, id)).toEqual(["hello", "You said: hello"]);
  } finally {
    await cem.close();
    await bot.stop();
  }
});
