import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { workerdBinary } from "../../scripts/workerd-binary.ts";
import { COMPATIBILITY_DATE } from "../../scripts/workerd-config.ts";

const READY_MS = 10_000;

/** The same binary, compatibility date and kind of storage as the product's; nothing else in the configuration. */
const CONFIG = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "baseline", worker = .baseline),
    (name = "objects", disk = (path = "objects", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "baseline")]
);

const baseline :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  durableObjectNamespaces = [
    (className = "UserObject", uniqueKey = "baseline-UserObject", enableSql = true),
    (className = "ConversationObject", uniqueKey = "baseline-ConversationObject", enableSql = true),
    (className = "ReaderObject", uniqueKey = "baseline-ReaderObject", enableSql = true),
    (className = "FinderObject", uniqueKey = "baseline-FinderObject", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    (name = "USER", durableObjectNamespace = "UserObject"),
    (name = "CONVERSATION", durableObjectNamespace = "ConversationObject"),
    (name = "READER", durableObjectNamespace = "ReaderObject"),
    (name = "FINDER", durableObjectNamespace = "FinderObject"),
  ],
);
`;

export interface RunningBaseline {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const listening = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`unable to start the baseline within ${READY_MS} ms`)), READY_MS);
    child.once("exit", (code) => reject(new Error(`unable to start the baseline; workerd ended with ${code}`)));
    let seen = "";
    (child.stdio[3] as Readable).setEncoding("utf8").on("data", (text: string) => {
      seen += text;
      const port = /"event":"listen","socket":"http","port":(\d+)/.exec(seen)?.[1];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(Number(port));
    });
  });

/** Runs the baseline with its data in `dataDir`, which has to be an empty directory of its own. */
export const startBaseline = async (dataDir: string): Promise<RunningBaseline> => {
  mkdirSync(path.join(dataDir, "objects"), { recursive: true });
  copyFileSync(path.join(import.meta.dirname, "worker.js"), path.join(dataDir, "worker.js"));
  writeFileSync(path.join(dataDir, "baseline.capnp"), CONFIG);
  const child = spawn(workerdBinary(), ["serve", "baseline.capnp", "--control-fd=3"], {
    cwd: dataDir,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
    env: {},
  });
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const port = await listening(child);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
    process.removeListener("exit", endWithUs);
  };
  return { url: `http://127.0.0.1:${port}`, port, pid: child.pid ?? 0, stop: kill, kill };
};
