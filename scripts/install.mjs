// Plain JavaScript for any Node from 18 on: it runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
/** The Node that the project is written for: a development dependency like any other. */
const NODE = path.join(ROOT, "node_modules", ".bin", "node");

const isInstalled = () => {
  const marker = path.join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(marker) || !existsSync(NODE)) return false;
  return statSync(marker).mtimeMs >= statSync(path.join(ROOT, "package-lock.json")).mtimeMs;
};

const npm = (args, env) => spawnSync("npm", args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } });

/** Installs what package-lock.json names where that has not been done since it changed; exits when it cannot be done. */
export const ensureInstalled = () => {
  if (isInstalled()) return;
  console.log("Installing what Parley needs (npm ci) …");
  // Development dependencies are what it runs on, whatever NODE_ENV says here.
  const { status } = npm(["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], { NODE_ENV: "" });
  if (status !== 0) {
    console.error("unable to install; npm ci failed, see above");
    process.exit(1);
  }
};

/** Runs a script of this folder under the project's own Node and ends as it ends; signals are handed on. */
export const runScript = (name, args) => {
  const script = path.join(ROOT, "scripts", name);
  const child = spawn(NODE, [script, ...args], { cwd: ROOT, stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // From a terminal the child has had Ctrl-C already: it takes the second one for the same.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // Killed npm cannot tell us: whoever started us from npm wants the server gone with it.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    setInterval(() => process.ppid !== parent && child.connected && child.disconnect(), 500).unref();
  }
  child.on("error", (error) => {
    console.error(`unable to run ${name}; ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code) => process.exit(code ?? 1));
};
