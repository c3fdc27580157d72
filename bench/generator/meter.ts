import { setTimeout as delay } from "node:timers/promises";
import { cpuMsOf } from "../process-stat.ts";

/** CPU time of the server and of the generator for each of the things that were done. */
export interface CpuShares {
  readonly serverCpuMs: number;
  readonly generatorCpuMs: number;
}

const generatorCpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Reads the clocks when it is made, and again when asked. */
export class Meter {
  readonly #pid: number;
  readonly #at = performance.now();
  readonly #server: number;
  readonly #generator = generatorCpuMs();

  /** @param pid the server's process */
  constructor(pid: number) {
    this.#pid = pid;
    this.#server = cpuMsOf(pid);
  }

  get startedAt(): number {
    return this.#at;
  }

  get elapsedMs(): number {
    return performance.now() - this.#at;
  }

  /** Waits `behindMs` first, for what a server does behind what was asked of it. */
  async shares(count: number, behindMs: number): Promise<CpuShares> {
    await delay(behindMs);
    return {
      serverCpuMs: (cpuMsOf(this.#pid) - this.#server) / count,
      generatorCpuMs: (generatorCpuMs() - this.#generator) / count,
    };
  }
}
