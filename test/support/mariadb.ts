import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { createConnection } from "mysql2/promise";
import { databaseInstaller, databaseServer } from "../../scripts/database.ts";
import { until } from "./wait.ts";

export { hasMariaDb } from "../../scripts/database.ts";

const SETPRIV = "/usr/bin/setpriv";
const READY_MS = 30_000;
const LOG_CHARS = 4000;

/** What both want: nothing of the machine's configuration, no plug-ins that ask for a password of the system. */
const commonArgs = (dir: string): string[] => ["--no-defaults", `--user=${userInfo().username}`, `--datadir=${dir}`];

/** A MariaDB of a test's own: in a directory of its own, on a private socket, without a network. */
export class MariaDb {
  readonly #dir: string;
  #process: ChildProcess | undefined;
  #said = "";

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** One that is ready, with an empty database `parley`. */
  static async start(): Promise<MariaDb> {
    const db = new MariaDb(await mkdtemp(path.join(tmpdir(), "parley-mariadb-")));
    try {
      db.#install();
      await db.restart();
      const connection = await createConnection({ socketPath: db.socket, user: "root" });
      await connection.query("CREATE DATABASE parley CHARACTER SET utf8mb4");
      await connection.end();
      return db;
    } catch (error) {
      await db.stop();
      throw error;
    }
  }

  get socket(): string {
    return path.join(this.#dir, "s.sock");
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts it on the data that it left. Resolves when it takes connections. */
  async restart(): Promise<void> {
    const args = [
      ...commonArgs(path.join(this.#dir, "data")),
      `--socket=${this.socket}`,
      `--pid-file=${path.join(this.#dir, "pid")}`,
      "--skip-networking",
      "--character-set-server=utf8mb4",
      "--collation-server=utf8mb4_general_ci",
      "--sql-mode=STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO",
      // Small and quick; what is committed is on disk all the same.
      "--innodb-buffer-pool-size=32M",
      "--innodb-log-file-size=16M",
      "--innodb-flush-log-at-trx-commit=1",
      "--performance-schema=OFF",
    ];
    // Where the system offers it, the kernel ends it with the tests, however those end.
    const command = existsSync(SETPRIV)
      ? [SETPRIV, "--pdeathsig", "KILL", "--", databaseServer ?? ""]
      : [databaseServer ?? ""];
    const [program = "", ...before] = command;
    const child = spawn(program, [...before, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-LOG_CHARS);
    });
    try {
      await until("MariaDB", () => this.#answers(child), READY_MS);
    } catch (error) {
      throw new Error(`unable to start MariaDB; ${this.#said}`, { cause: error });
    }
  }

  /** As a power cut would, but for what the system has in its hands. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends it and takes everything away. */
  async stop(): Promise<void> {
    await this.#end("SIGKILL");
    await rm(this.#dir, { recursive: true, force: true });
  }

  #install(): void {
    const data = path.join(this.#dir, "data");
    const args = [
      ...commonArgs(data),
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      "--skip-name-resolve",
      "--innodb-log-file-size=16M",
    ];
    const { status, stderr } = spawnSync(databaseInstaller ?? "", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`unable to make a database; ${stderr.slice(-LOG_CHARS)}`);
  }

  async #answers(child: ChildProcess): Promise<true | undefined> {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("it ended");
    try {
      const connection = await createConnection({ socketPath: this.socket, user: "root" });
      await connection.end();
      return true;
    } catch {
      // Not yet.
      return undefined;
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }
}
