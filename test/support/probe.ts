import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { readSettings } from "../../scripts/settings.ts";
import { workerdBinary } from "../../scripts/workerd-binary.ts";
import { secretsOf, workerdConfig } from "../../scripts/workerd-config.ts";
import { until } from "./wait.ts";

export interface Probe {
  /** Where its data is. */
  readonly dir: string;
  readonly pid: number;
  readonly base: string;
  /** All that workerd complained of so far. */
  complaints(): string;
  stop(): Promise<void>;
}

/** A worker of a test's own on plain workerd, in the configuration that the server has with these settings. */
export const startProbe = async (module: string | Uint8Array, env: Record<string, string>): Promise<Probe> => {
  const dir = await mkdtemp(path.join(tmpdir(), "parley-probe-"));
  const dirs = {
    webDir: path.join(dir, "web"),
    objectsDir: path.join(dir, "objects"),
    blobsDir: path.join(dir, "blobs"),
  };
  await Promise.all(Object.values(dirs).map((name) => mkdir(name)));
  await writeFile(path.join(dir, "probe.js"), module);
  const settings = readSettings({ ...env, PORT: "0" });
  const config = workerdConfig(settings, { workerModule: "probe.js", assetsModule: "probe.js", ...dirs });
  await writeFile(path.join(dir, "probe.capnp"), config);
  const args = ["serve", path.join(dir, "probe.capnp"), "--control-fd=3"];
  const child = spawn(workerdBinary(), args, { stdio: ["ignore", "ignore", "pipe", "pipe"], env: secretsOf(settings) });
  let complaints = "";
  child.stderr?.on("data", (text: Buffer) => (complaints += String(text)));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(dir, { recursive: true, force: true });
  };
  let said = "";
  (child.stdio[3] as Readable).on("data", (text: Buffer) => (said += String(text)));
  try {
    const port = await until("workerd", () => /"socket":"http","port":(\d+)/.exec(said)?.[1], 20_000);
    return { dir, pid: child.pid ?? 0, base: `http://127.0.0.1:${port}`, complaints: () => complaints, stop };
  } catch (error) {
    await stop();
    throw new Error(`unable to start the probe; ${complaints}`, { cause: error });
  }
};
