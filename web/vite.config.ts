import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

/** What the whole app may weigh, gzipped: everything a first visit loads. */
const BUDGET_BYTES = 120_000;

const sizeBudget = (): Plugin => ({
  name: "size-budget",
  apply: "build",
  generateBundle(_options, bundle) {
    let bytes = 0;
    for (const file of Object.values(bundle)) {
      if (file.fileName.endsWith(".map")) continue;
      bytes += gzipSync(file.type === "chunk" ? file.code : file.source).length;
    }
    const line = `${(bytes / 1000).toFixed(1)} kB gzip of ${BUDGET_BYTES / 1000} kB`;
    if (bytes > BUDGET_BYTES) this.error(`the web app is too large: ${line}`);
    this.info(`web app: ${line}`);
  },
});

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  resolve: { conditions: ["parley-source", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // Nothing may be inlined: the Content-Security-Policy allows files of this origin only.
  build: { outDir: "dist", target: "es2023", cssTarget: "chrome125", assetsInlineLimit: 0, modulePreload: false },
  plugins: [sizeBudget()],
  server: { proxy: { "/api": { target: "http://127.0.0.1:8787", ws: true } } },
});
