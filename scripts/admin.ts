import { createInterface } from "node:readline/promises";
import { runAdmin } from "./admin/cli.ts";

const { stdin, stdout, stderr } = process;

// Whoever reads may have seen enough, such as head.
stdout.on("error", () => process.exit(0));

/** Nobody is there to answer where input is no terminal and holds no line: then it is empty, and what wants a yes is not done. */
const ask = async (question: string): Promise<string> => {
  const lines = createInterface({ input: stdin, output: stderr });
  const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  const line = await Promise.race([lines.question(question), ended]);
  lines.close();
  return line.trim();
};

// Not process.exit: what is still on its way into a pipe would be lost.
process.exitCode = await runAdmin(process.argv.slice(2), {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
  isTerminal: stderr.isTTY,
  env: process.env,
  ask,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
