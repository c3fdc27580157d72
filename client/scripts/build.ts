import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { bundle, ENTRIES } from "./bundle.ts";

/** `npm run build -w client`: the package as it is published, an ES module for each entry and its declarations. */
const home = path.resolve(import.meta.dirname, "..");
const dist = path.join(home, "dist");

rmSync(dist, { recursive: true, force: true });
await bundle({
  entryPoints: ENTRIES,
  outdir: dist,
  splitting: true,
  external: ["idb", "react", "node:*"],
  sourcemap: true,
});
const compiler = path.resolve(home, "../node_modules/.bin/tsc");
const { status } = spawnSync(compiler, ["-p", path.join(home, "tsconfig.build.json")], { stdio: "inherit" });
process.exitCode = status ?? 1;
