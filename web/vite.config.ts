import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, defaultClientConditions, defineConfig, type Plugin } from "vite";

/** What the app may weigh, gzipped: everything a first visit loads. */
const BUDGET_BYTES = 120_000;
/** And what is loaded for the page of operators, when somebody opens it. */
const OPERATORS_BUDGET_BYTES = 15_000;
const WORKER = "sw.js";
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The page of operators: of no use to anybody else, so nobody else is made to load it. */
const isOperators = (fileName: string): boolean => /(?:^|\/)operators-/.test(fileName);

const sizeBudget = (): Plugin => ({
  name: "size-budget",
  apply: "build",
  enforce: "post",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      const files = Object.values(bundle).filter(({ fileName }) => !fileName.endsWith(".map"));
      const check = (what: string, mostBytes: number, isPart: (fileName: string) => boolean): void => {
        const sizes = files
          .filter(({ fileName }) => isPart(fileName))
          .map((file) => gzipSync(file.type === "chunk" ? file.code : file.source).length);
        const bytes = sizes.reduce((sum, size) => sum + size, 0);
        const line = `${(bytes / 1000).toFixed(1)} kB gzip of ${mostBytes / 1000} kB`;
        if (bytes === 0) this.error(`${what} is not there`);
        if (bytes > mostBytes) this.error(`${what} is too large: ${line}`);
        this.info(`${what}: ${line}`);
      };
      check("the web app", BUDGET_BYTES, (name) => !isOperators(name));
      check("the page of operators", OPERATORS_BUDGET_BYTES, isOperators);
    },
  },
});

const integrityOf = (content: string | Uint8Array): string =>
  `sha256-${createHash("sha256").update(content).digest("base64")}`;

/** Files that are copied as they are, but for pictures that only the system shows. */
const copied = (folder: string): (readonly [string, string])[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => [`/${name}`, integrityOf(readFileSync(path.join(folder, name)))] as const);

/** The service worker as one script: it shares sources with the page, and as a script of its own it can import nothing. */
const buildWorker = async (): Promise<string> => {
  const result = await build({
    configFile: false,
    root: here("."),
    logLevel: "warn",
    publicDir: false,
    build: {
      write: false,
      target: "es2023",
      modulePreload: false,
      rolldownOptions: { input: { sw: here("sw/service-worker.ts") }, output: { entryFileNames: WORKER } },
    },
  });
  const built = [result].flat().flatMap((one) => ("output" in one ? one.output : []));
  const [worker] = built;
  if (built.length !== 1 || worker?.type !== "chunk") throw new Error(`${WORKER} is not one file`);
  return worker.code;
};

/** Adds the service worker, and tells it what was built. */
const shell = (): Plugin => ({
  name: "shell",
  apply: "build",
  enforce: "post",
  generateBundle: {
    order: "post",
    async handler(_options, bundle) {
      const built = Object.values(bundle)
        .filter(({ fileName }) => !fileName.endsWith(".map") && !isOperators(fileName))
        .map((file) => {
          const address = file.fileName === "index.html" ? "/" : `/${file.fileName}`;
          return [address, integrityOf(file.type === "chunk" ? file.code : file.source)] as const;
        });
      const files = [...built, ...copied(here("public"))];
      const version = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
      const source = `const BUILD=${JSON.stringify({ version, files })};\n${await buildWorker()}`;
      this.emitFile({ type: "asset", fileName: WORKER, source });
    },
  },
});

export default defineConfig({
  root: here("."),
  resolve: { conditions: ["parley-source", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    target: "es2023",
    cssTarget: "chrome125",
    // Nothing may be inlined: the Content-Security-Policy allows files of this origin only.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  plugins: [shell(), sizeBudget()],
  server: { proxy: { "/api": { target: "http://127.0.0.1:8787", ws: true } } },
});
