import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { bundle } from "../scripts/bundle.ts";
import { devToken, temporaryData } from "./support/server.ts";

interface Example {
  readonly run: (
    url: string,
    tokenFor: (user: string) => Promise<string>,
    console: { log: (line: unknown) => void },
  ) => Promise<void>;
}

test("the README's example does what its comments say", async () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, "../README.md"), "utf8");
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const lines = example.trim().split("\n").slice(1);
  expect(lines.filter((line) => line.trim() !== "")).toHaveLength(9);
  const promised = lines.flatMap((line) => /\/\/ "([^"]+)"/.exec(line)?.[1] ?? []);
  const dataDir = temporaryData();
  const server = await startServer({ dataDir });
  try {
    mkdirSync(path.join(dataDir, "example"));
    await bundle({ outfile: path.join(dataDir, "example/client.mjs") });
    const module = path.join(dataDir, "example/example.mjs");
    const body = `${lines.join("\n")}\nawait Promise.all([ann.close(), ben.close()]);`;
    writeFileSync(
      module,
      `import { createClient } from "./client.mjs";\nexport const run = async (url, tokenFor, console) => {\n${body}\n};\n`,
    );
    const { run } = (await import(/* @vite-ignore */ pathToFileURL(module).href)) as Example;
    const printed: unknown[] = [];
    await run(server.url, (user) => devToken(server.url, user, `${user}-1`)(), { log: (line) => printed.push(line) });
    expect(printed).toEqual(promised);
    expect(promised).toEqual(["pending", "sent", "Hello, Ben"]);
  } finally {
    await server.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
