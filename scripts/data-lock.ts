import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A process and when it began: ids are used again, most of all in containers that restart. */
interface ProcessIdentity {
  readonly pid: number;
  readonly began: string;
}

interface LockContent {
  readonly supervisor: ProcessIdentity;
  readonly server?: ProcessIdentity;
}

/** The data directory is in use by another server. The message is meant for the operator. */
export class DataInUseError extends Error {
  override readonly name = "DataInUseError";
}

const beganAt = (pid: number): string | undefined => {
  try {
    if (existsSync("/proc/self/stat")) {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The name in parentheses may hold spaces: count from its end. Fields 3 (state) and 22 (start, in ticks).
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    }
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    // No such process.
    return undefined;
  }
};

const identify = (pid: number): ProcessIdentity => ({ pid, began: beganAt(pid) ?? "" });
const isAlive = (who: ProcessIdentity | undefined): who is ProcessIdentity =>
  who !== undefined && beganAt(who.pid) === who.began;

const readLock = (file: string): LockContent | undefined => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LockContent;
  } catch {
    // Gone meanwhile, or cut off by a crash while it was written: nobody holds it.
    return undefined;
  }
};

/**
 * One server per data directory: two would each keep their own idea of the same objects. A lock whose holder
 * died is taken over; a server that outlived its supervisor is ended first.
 */
export class DataLock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** @throws {DataInUseError} when another server holds the directory */
  static acquire(dataDir: string): DataLock {
    const file = path.join(dataDir, "server.lock");
    const content = JSON.stringify({ supervisor: identify(process.pid) } satisfies LockContent);
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        writeFileSync(file, content, { flag: "wx" });
        return new DataLock(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        DataLock.#evict(file, dataDir);
      }
    }
    throw new DataInUseError(`unable to lock ${dataDir}; several servers are starting on it at once`);
  }

  static #evict(file: string, dataDir: string): void {
    const holder = readLock(file);
    const supervised = isAlive(holder?.supervisor) && holder.supervisor.pid !== process.pid;
    const isOurs = holder?.supervisor.pid === process.pid && isAlive(holder.server);
    if (supervised || isOurs) {
      const pid = holder?.server?.pid ?? holder?.supervisor.pid;
      throw new DataInUseError(`unable to use ${dataDir}; another server is running on it (process ${pid})`);
    }
    if (isAlive(holder?.server)) process.kill(holder.server.pid, "SIGKILL");
    rmSync(file, { force: true });
  }

  /** Notes which process serves, so that a successor can tell whether it still does. */
  servedBy(pid: number): void {
    const content: LockContent = { supervisor: identify(process.pid), server: identify(pid) };
    writeFileSync(this.#file, JSON.stringify(content));
  }

  /** Synchronous, so that it can be the last thing of an exit handler. */
  release(): void {
    if (readLock(this.#file)?.supervisor.pid === process.pid) rmSync(this.#file, { force: true });
  }
}
