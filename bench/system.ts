import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startServer } from "../scripts/server.ts";
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
  stop(): Promise<void>;
}

const QUIET_MS = 100;
const QUIET_AT_MOST_MS = 3000;
/** The server counts CPU time in ticks of 10 ms: one tick within a pause is as good as none. */
const QUIET_CPU_MS = 10;

interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const startProduct = (dataDir: string, secret: string): Promise<Server> =>
  startServer({
    dataDir,
    log: "inherit",
    // What is measured is the way of a message, not how the limiters slow people down.
    env: { AUTH_MODE: "jwt", AUTH_SECRET: secret, SEND_RATE: "1000000", SEND_BURST: "1000000", CONNECT_RATE: "0" },
  });

/** A fresh server on a data directory of its own, and a generator without users. */
export const startSystem = async (name: SystemName): Promise<System> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), `parley-bench-${name}-`));
  const remove = (): void => rmSync(dataDir, { recursive: true, force: true });
  const secret = randomBytes(32).toString("base64url");
  try {
    const server = name === "product" ? await startProduct(dataDir, secret) : await startBaseline(dataDir);
    const generator = new Generator();
    await generator.ask("start", { kind: name, url: server.url, secret });
    const stop = async (): Promise<void> => {
      generator.close();
      await server.stop();
      remove();
    };
    return { name, pid: server.pid, generator, stop };
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
