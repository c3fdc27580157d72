import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { until } from "../support/wait.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const SERVE = path.join(ROOT, "scripts", "serve.ts");
const run = promisify(execFile);

let dataDir: string;
let child: ChildProcess | undefined;

/** Starts it as `npm start` does, and resolves with its address and everything that it says. */
const serve = async (): Promise<{ process: ChildProcess; url: string; said: () => string }> => {
  const started = spawn(process.execPath, [SERVE], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child = started;
  let output = "";
  for (const stream of [started.stdout, started.stderr]) stream.on("data", (text: Buffer) => (output += String(text)));
  const ended = once(started, "exit").then(() => expect.fail(`it ended: ${output}`));
  // It ends some time after every test: by then nobody listens.
  ended.catch(() => undefined);
  const url = await Promise.race([until("its address", () => /Open (http:\/\/\S+)/.exec(output)?.[1], 40_000), ended]);
  return { process: started, url, said: () => output };
};

const serverPid = async (): Promise<number> => {
  const lock = JSON.parse(await readFile(path.join(dataDir, "server.lock"), "utf8")) as { server: { pid: number } };
  return lock.server.pid;
};

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "parley-serve-"));
});
afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  child = undefined;
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

describe("npm start", () => {
  it.each([
    ["PORT", { PORT: "eighty" }],
    ["AUTH_MODE", { ENVIRONMENT: "production", AUTH_MODE: "dev" }],
    ["AUTH_SECRET", { ENVIRONMENT: "production", AUTH_SECRET: "changeme" }],
    ["AUTH_JWKS_URL", { AUTH_JWKS_URL: "nowhere" }],
  ])("[AUTH-7] ends with code 2 and one clear line for a bad %s", async (name, env) => {
    const failed = run(process.execPath, [SERVE], {
      cwd: ROOT,
      env: { PATH: process.env["PATH"], DATA_DIR: dataDir, ...env },
    });
    const { code, stderr, stdout } = await failed.then(
      () => expect.fail("it started"),
      (error: { code: number; stderr: string; stdout: string }) => error,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^bad setting ${name}: [^\\n]+\\n$`));
  });

  it("[CLOSE-4] says where it is, and ends with code 0 within 10 s of SIGTERM, with 1012 for a socket that is open", async () => {
    const { process: started, url, said } = await serve();
    expect(said()).toContain("Development sign-in is on");
    const body = JSON.stringify({ user_id: "ann", device_id: "phone" });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/api/v1/dev/token`, { method: "POST", headers, body });
    const { token } = (await answer.json()) as { token: string };
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/connect`, ["chat.v1", `bearer.${token}`]);
    await once(socket, "message");
    const closed = once(socket, "close");
    const since = performance.now();
    started.kill("SIGTERM");
    const [code] = (await once(started, "exit")) as [number | null];
    expect(code).toBe(0);
    const [{ code: told }] = (await closed) as [CloseEvent];
    expect(told).toBe(1012);
    expect(performance.now() - since).toBeLessThan(10_000);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("[DLV-1] starts workerd again when it is killed, on the same address", async () => {
    const { url, said } = await serve();
    const first = await serverPid();
    process.kill(first, "SIGKILL");
    await vi.waitFor(() => expect(said()).toContain("Running again."), { timeout: 20_000, interval: 50 });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await serverPid()).not.toBe(first);
  });

  it("takes workerd with it when it is killed itself", async () => {
    const { process: started, url } = await serve();
    started.kill("SIGKILL");
    await once(started, "exit");
    await vi.waitFor(() => expect(fetch(`${url}/healthz`)).rejects.toThrow(), { timeout: 10_000, interval: 50 });
  });
});
