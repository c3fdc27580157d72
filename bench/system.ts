import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startServer } from "../scripts/server.ts";
import type { Log } from "../scripts/server.ts";
import { startBaseline } from "./baseline/start.ts";
import { Generator } from "./generator/process.ts";
import { cpuMsOf } from "./process-stat.ts";

export const SYSTEMS = ["baseline", "product"] as const;
export type SystemName = (typeof SYSTEMS)[number];

/** One of the two servers under test with the load generator that holds its users. */
export interface System {
  readonly name: SystemName;
  readonly pid: number;
  readonly generator: Generator;
  /** Ends the product, and starts it again on the same data and port, not before that time (ms since 1970). */
  restart(way: "killed" | "stopped", notBefore: number): Promise<void>;
  stop(): Promise<void>;
}

const QUIET_MS = 100;
const QUIET_AT_MOST_MS = 3000;
/** The server counts CPU time in ticks of 10 ms: one tick within a pause is as good as none. */
const QUIET_CPU_MS = 10;

interface Server {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** What is measured is the way of a message, not how the limiters slow people down. */
const FREE = { SEND_RATE: "1000000", SEND_BURST: "1000000", CONNECT_RATE: "0" };

/** A fresh server on a data directory of its own, and a generator without users. */
export const startSystem = async (
  name: SystemName,
  settings: Readonly<Record<string, string | undefined>> = {},
  log: Log = "inherit",
): Promise<System> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), `parley-bench-${name}-`));
  const remove = (): void => rmSync(dataDir, { recursive: true, force: true });
  const secret = randomBytes(32).toString("base64url");
  const env = { AUTH_MODE: "jwt", AUTH_SECRET: secret, ...FREE, ...settings };
  const start = (port = 0): Promise<Server> => startServer({ dataDir, port, log, env });
  try {
    let server = name === "product" ? await start() : await startBaseline(dataDir);
    const generator = new Generator();
    await generator.ask("start", { kind: name, url: server.url, secret });
    return {
      name,
      get pid() {
        return server.pid;
      },
      generator,
      restart: async (way, notBefore) => {
        await (way === "killed" ? server.kill() : server.stop());
        await delay(Math.max(0, notBefore - Date.now()));
        server = await start(server.port);
      },
      stop: async () => {
        generator.close();
        // Taking leave of thousands would take a while, and nobody is there any more.
        await server.kill();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
};

/** Waits until the server has finished what it does behind the messages, so that it is no noise for the other one. */
export const untilQuiet = async ({ pid }: Pick<System, "pid">): Promise<void> => {
  const deadline = performance.now() + QUIET_AT_MOST_MS;
  for (let before = cpuMsOf(pid); performance.now() < deadline;) {
    await delay(QUIET_MS);
    const after = cpuMsOf(pid);
    if (after - before <= QUIET_CPU_MS) return;
    before = after;
  }
};
