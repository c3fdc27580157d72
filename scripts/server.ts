import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { migrateArchives } from "./archive-migrations.ts";
import { controlSocketIn, removeControlSocket, takeLeave } from "./control.ts";
import { DataLock } from "./data-lock.ts";
import { developmentSecret, developmentVapid } from "./development-keys.ts";
import { withVapidKeys } from "./push-settings.ts";
import { readSettings } from "./settings.ts";
import type { Environment, Settings } from "./settings.ts";
import { workerdBinary } from "./workerd-binary.ts";
import { secretsOf, workerdConfig } from "./workerd-config.ts";

const DIST = path.resolve(import.meta.dirname, "../dist");
const READY_MS = 20_000;
/** How long connections are closed, and how long workerd then has to end by itself. */
const LEAVE_MS = 6000;
const STOP_MS = 1000;
const LOG_TAIL_CHARS = 4000;
const SETPRIV = "/usr/bin/setpriv";

export type Log = "inherit" | "quiet" | ((line: string) => void);

export interface ServerOptions {
  readonly dataDir: string;
  /** Default 0: any free one. */
  readonly port?: number;
  readonly host?: string;
  /** Settings by name, as an operator would put them into the environment. Nothing else is inherited. */
  readonly env?: Environment;
  /** What workerd prints: passed through, kept for the message of a failed start, or given line by line. Default quiet. */
  readonly log?: Log;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Of workerd itself. */
  readonly pid: number;
  /** Resolves when the process is gone, however it went. */
  readonly exited: Promise<Exit>;
  /** Sends a signal (default SIGKILL) and resolves when the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Closes every connection with 1012, then ends workerd: within 7 s. Loses nothing acknowledged, as a kill does not. */
  stop(): Promise<void>;
}

/** workerd did not come up. The message ends with what it said. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** What a development server makes for itself, so that everything works without a setting. */
const withOwnKeys = (settings: Settings): Settings => {
  const { authMode, dataDir, push } = settings;
  const isLog = push.texts["PUSH_GATEWAY"] === "log";
  const authSecret = settings.authSecret ?? (authMode === "dev" ? developmentSecret(dataDir) : undefined);
  const ownVapid = authMode === "dev" || isLog;
  return { ...settings, authSecret, push: ownVapid ? withVapidKeys(push, () => developmentVapid(dataDir)) : push };
};

interface Config {
  readonly file: string;
  readonly controlSocket: string;
}

/** What workerd was writing beside a file when it was killed: nobody would ever take it away. */
const removeHalfWritten = (blobsDir: string): void => {
  for (const name of readdirSync(blobsDir, { recursive: true, encoding: "utf8" })) {
    if (/^\..*\.tmp$/.test(path.basename(name))) rmSync(path.join(blobsDir, name), { force: true });
  }
};

const writeConfig = (settings: Settings): Config => {
  const runDir = path.join(realpathSync(settings.dataDir), "run");
  const objectsDir = path.join(settings.dataDir, "objects");
  const blobsDir = path.join(settings.dataDir, "blobs");
  const webDir = path.join(DIST, "web");
  for (const dir of [runDir, objectsDir, blobsDir, webDir]) mkdirSync(dir, { recursive: true });
  removeHalfWritten(blobsDir);
  chmodSync(runDir, 0o700);
  const moduleAt = (name: string): string => {
    const file = path.join(DIST, "worker", name);
    if (!existsSync(file)) throw new Error("unable to start; nothing is built (npm run build)");
    return path.relative(runDir, realpathSync(file));
  };
  const file = path.join(runDir, "parley.capnp");
  const controlSocket = controlSocketIn(runDir);
  const modules = { workerModule: moduleAt("index.js"), assetsModule: moduleAt("assets.js") };
  writeFileSync(file, workerdConfig(settings, { ...modules, webDir, objectsDir, blobsDir, controlSocket }));
  return { file, controlSocket };
};

const spawnWorkerd = (settings: Settings, file: string, log: Log): ChildProcess => {
  const serve = [workerdBinary(), "serve", file, "--control-fd=3"];
  // Where the system offers it, the kernel ends workerd with its supervisor; setpriv becomes workerd, same process id.
  const command = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", "--", ...serve] : serve;
  // Every object that is awake has three files open: as many as the system lets us have. The shell becomes workerd.
  const args = ["-c", 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"', "sh", ...command];
  const output = log === "inherit" ? "inherit" : "pipe";
  return spawn("/bin/sh", args, {
    stdio: ["ignore", output, output, "pipe"],
    // A group of its own: Ctrl-C reaches the supervisor alone, which then takes leave of the clients first.
    detached: true,
    env: secretsOf(settings),
  });
};

/** The last words of a process whose output nobody reads. */
const tailOf = (child: ChildProcess): (() => string) => {
  let tail = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      tail = (tail + text).slice(-LOG_TAIL_CHARS);
    });
  }
  return () => tail.trim();
};

/** workerd reports the port that it listens on: with port 0 only it knows. */
const listening = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    let seen = "";
    (child.stdio[3] as Readable).setEncoding("utf8").on("data", (text: string) => {
      seen += text;
      const port = /"event":"listen","socket":"http","port":(\d+)/.exec(seen)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });

const reachable = (host: string): string => {
  if (host === "0.0.0.0" || host === "*") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
};

const healthy = async (url: string, signal: AbortSignal): Promise<void> => {
  for (;;) {
    signal.throwIfAborted();
    try {
      const answer = await fetch(`${url}/healthz`, { signal });
      await answer.body?.cancel();
      if (answer.status === 200) return;
    } catch {
      // Not yet: asked again until the signal says that it takes too long.
      signal.throwIfAborted();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const untilReady = async (child: ChildProcess, host: string, exited: Promise<Exit>): Promise<[number, string]> => {
  const giveUp = AbortSignal.timeout(READY_MS);
  const late = new Promise<never>((_resolve, reject) => {
    giveUp.addEventListener("abort", () => reject(new Error(`it did not answer within ${READY_MS} ms`)), {
      once: true,
    });
  });
  const gone = exited.then(({ code, signal }): never => {
    throw new Error(`workerd ended with ${signal ?? `code ${code}`}`);
  });
  // Whichever loses the race below rejects later, with nobody waiting for it.
  late.catch(() => undefined);
  gone.catch(() => undefined);
  const port = await Promise.race([listening(child), gone, late]);
  const url = `http://${reachable(host)}:${port}`;
  await Promise.race([healthy(url, giveUp), gone, late]);
  return [port, url];
};

/**
 * Runs the built server on plain workerd and resolves when `GET /healthz` answers 200. The same `dataDir` again
 * continues where the last one ended.
 * @throws {SettingsError} for a bad setting, {DataInUseError} for a directory in use, {StartError} when it does not start
 */
export const startServer = async (options: ServerOptions): Promise<RunningServer> => {
  const { dataDir, port = 0, host = "127.0.0.1", env = {}, log = "quiet" } = options;
  const asked = readSettings({ ...env, DATA_DIR: dataDir, PORT: String(port), HOST: host });
  mkdirSync(asked.dataDir, { recursive: true });
  const lock = DataLock.acquire(asked.dataDir);
  try {
    return await run(withOwnKeys(asked), log, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
};

const run = async (settings: Settings, log: Log, lock: DataLock): Promise<RunningServer> => {
  const say = log === "inherit" ? console.log : log === "quiet" ? () => undefined : log;
  const stopMigrating = await migrateArchives(settings.archive.secrets, say);
  const { file, controlSocket } = writeConfig(settings);
  const child = spawnWorkerd(settings, file, log);
  const tail = tailOf(child);
  if (typeof log === "function" && child.stdout) createInterface({ input: child.stdout }).on("line", log);
  const endWithUs = (): void => void child.kill("SIGKILL");
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      process.removeListener("exit", endWithUs);
      removeControlSocket(controlSocket, path.dirname(file));
      stopMigrating();
      lock.release();
      resolve({ code, signal });
    });
  });
  process.once("exit", endWithUs);
  try {
    if (child.pid !== undefined) lock.servedBy(child.pid);
    const [port, url] = await untilReady(child, settings.host, exited);
    return { url, port, pid: child.pid ?? 0, exited, ...controls(child, controlSocket, exited) };
  } catch (error) {
    child.kill("SIGKILL");
    await exited.catch(() => undefined);
    throw new StartError(`unable to start the server; ${(error as Error).message}\n${tail()}`.trim(), { cause: error });
  }
};

const controls = (
  child: ChildProcess,
  controlSocket: string,
  exited: Promise<Exit>,
): Pick<RunningServer, "kill" | "stop"> => ({
  kill: async (signal = "SIGKILL") => {
    child.kill(signal);
    await exited;
  },
  stop: async () => {
    await takeLeave(controlSocket, LEAVE_MS);
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited;
    clearTimeout(force);
  },
});
