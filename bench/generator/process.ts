import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import path from "node:path";
import type { AnswerOf, TaskName, TaskOf } from "./main.ts";

/** A load generator in a process of its own. One task at a time. */
export class Generator {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(path.join(import.meta.dirname, "main.ts"), { stdio: ["ignore", 2, 2, "ipc"] });
  }

  ask<N extends TaskName>(name: N, task: TaskOf<N>): Promise<AnswerOf<N>> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(`the load generator ended during ${name}`));
      this.#child.once("exit", gone);
      this.#child.once("message", (message) => {
        this.#child.removeListener("exit", gone);
        const { answer, error } = message as { answer: AnswerOf<N>; error?: string };
        if (error === undefined) resolve(answer);
        else reject(new Error(`the load generator failed at ${name}: ${error}`));
      });
      this.#child.send({ name, task });
    });
  }

  close(): void {
    this.#child.kill();
  }
}
