import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import type { OutputFile } from "esbuild";
import { nodeBuiltins } from "./node-builtins.ts";
import { SECURITY_HEADERS } from "../src/worker/security-headers.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const DIST = path.join(ROOT, "dist");

interface Part {
  readonly name: string;
  /** Globs of everything that the result depends on. */
  readonly inputs: readonly string[];
  /** Must be there for the part to count as built. */
  readonly output: string;
  /** Built only where this is there. */
  readonly entry: string;
  make(): Promise<void>;
}

/** How anything is bundled that runs on workerd. */
export const bundle = async (entryPoints: Record<string, string>, outdir: string): Promise<OutputFile[]> => {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir,
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["parley-source", "workerd", "worker", "browser"],
    mainFields: ["module", "main"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".sql": "text" },
    plugins: [nodeBuiltins],
    sourcemap: "linked",
    logLevel: "error",
  });
  return outputFiles;
};

const bundleWorkers = async (): Promise<void> => {
  const entries = { index: "src/index.ts", assets: "scripts/assets-worker.ts" };
  const outputFiles = await bundle(entries, path.join(DIST, "worker"));
  mkdirSync(path.join(DIST, "worker"), { recursive: true });
  // A server that starts meanwhile reads either the old file or the new one, never half of it.
  for (const { path: file, contents } of outputFiles) {
    writeFileSync(`${file}.${process.pid}`, contents);
    renameSync(`${file}.${process.pid}`, file);
  }
};

/**
 * What the platform's static assets answer with where the worker is not asked. The names of built files are hashes;
 * the page and its service worker say which are current, so those two are asked for anew each time.
 */
const headersFile = (): string => {
  const everywhere = Object.entries(SECURITY_HEADERS).map(([name, value]) => `  ${name}: ${value}\n`);
  const current = ["/", "/index.html", "/sw.js"].map((page) => `${page}\n  cache-control: no-cache\n`);
  return `/*\n${everywhere.join("")}/assets/*\n  cache-control: public, max-age=31536000, immutable\n${current.join("")}`;
};

const buildWeb = async (): Promise<void> => {
  const { build } = await import("vite");
  const fresh = path.join(DIST, `.web-${process.pid}`);
  try {
    await build({ root: path.join(ROOT, "web"), logLevel: "warn", build: { outDir: fresh, emptyOutDir: true } });
    writeFileSync(path.join(fresh, "_headers"), headersFile());
    rmSync(path.join(DIST, "web"), { recursive: true, force: true });
    renameSync(fresh, path.join(DIST, "web"));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
};

const COMMON = ["package-lock.json", "scripts/{build,node-builtins}.ts", "tsconfig.base.json"];
const PARTS: readonly Part[] = [
  {
    name: "worker",
    inputs: [...COMMON, "src/**/*.{ts,sql}", "migrations/**/*.sql", "scripts/assets-worker.ts"],
    output: "dist/worker/index.js",
    entry: "src/index.ts",
    make: bundleWorkers,
  },
  {
    name: "web",
    inputs: [
      ...COMMON,
      "web/**/*",
      "client/package.json",
      "client/src/**/*.ts",
      "src/shared/**/*.ts",
      "src/worker/security-headers.ts",
    ],
    output: "dist/web/index.html",
    entry: "web/index.html",
    make: buildWeb,
  },
];

/** Names, sizes and times of all inputs: also a file that was deleted makes a difference. */
const fingerprint = ({ inputs }: Part): string => {
  const hash = createHash("sha256");
  const files = globSync([...inputs], { cwd: ROOT, exclude: (name) => name === "node_modules" || name === "dist" });
  for (const file of files.toSorted()) {
    const { mtimeMs, size } = statSync(path.join(ROOT, file));
    hash.update(`${file}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest("hex");
};

const isCurrent = (part: Part, stampFile: string, stamp: string): boolean =>
  existsSync(path.join(ROOT, part.output)) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;

/**
 * Builds what changed since the last time; returns the names of the parts that were built.
 * @param options.only names of parts; empty: all
 */
export const buildAll = async ({ force = false, only = [] as readonly string[] } = {}): Promise<string[]> => {
  const built: string[] = [];
  mkdirSync(DIST, { recursive: true });
  for (const part of PARTS) {
    if (!existsSync(path.join(ROOT, part.entry)) || (only.length > 0 && !only.includes(part.name))) continue;
    const stampFile = path.join(DIST, `.${part.name}.stamp`);
    const stamp = fingerprint(part);
    if (!force && isCurrent(part, stampFile, stamp)) continue;
    await part.make();
    writeFileSync(stampFile, stamp);
    built.push(part.name);
  }
  return built;
};

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { force: { type: "boolean" } }, allowPositionals: true });
  const started = performance.now();
  try {
    const built = await buildAll({ force: values.force ?? false, only: positionals });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(built.length === 0 ? "Everything is built." : `Built ${built.join(" and ")} in ${seconds} s.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
