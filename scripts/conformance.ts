import { spawn } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildAll } from "./build.ts";

const { values, positionals } = parseArgs({ options: { base: { type: "string" } }, allowPositionals: true });
const ROOT = path.resolve(import.meta.dirname, "..");

if (values.base === undefined) await buildAll();
else if (URL.parse(values.base) === null) {
  console.error(`bad option --base: "${values.base}" is not a URL such as http://127.0.0.1:8787`);
  process.exit(2);
}

const vitest = path.join(ROOT, "node_modules", "vitest", "vitest.mjs");
const filters = positionals.length > 0 ? positionals : ["test/conformance"];
const child = spawn(process.execPath, [vitest, "run", "--project", "server", ...filters], {
  cwd: ROOT,
  stdio: "inherit",
  env: { ...process.env, ...(values.base === undefined ? {} : { PARLEY_BASE_URL: values.base }) },
});
child.once("exit", (code) => process.exit(code ?? 1));
