/**
 * The benchmark: the built server beside a bare two-hop worker, on the same machine in the same run.
 * `npm run bench`, `-- --quick`, `-- --json FILE`, `-- --only baseline|product`. Results on stdout, progress on
 * stderr. Ends with 1 when a message was lost, doubled or out of order. docs/bench.md tells how to read it.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { buildAll } from "../scripts/build.ts";
import { judge, render } from "./comparison.ts";
import type { Comparison } from "./comparison.ts";
import { measureLoaded, verify } from "./loaded.ts";
import type { Verdict } from "./loaded.ts";
import { measureMemory } from "./memory.ts";
import { FULL, QUICK } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { startSystem, SYSTEMS } from "./system.ts";
import type { System, SystemName } from "./system.ts";

const startedAt = performance.now();

const log = (text: string): void => {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
};

interface Options {
  readonly plan: Plan;
  readonly names: readonly SystemName[];
  readonly json: string | undefined;
}

const optionsOf = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: "boolean" }, json: { type: "string" }, only: { type: "string" } },
  });
  const names = SYSTEMS.filter((name) => values.only === undefined || values.only === name);
  if (names.length === 0) throw new TypeError(`--only is one of ${SYSTEMS.join(", ")}`);
  return { plan: values.quick === true ? QUICK : FULL, names, json: values.json };
};

const loaded = async (options: Options): Promise<{ comparisons: Comparison[]; verdicts: Verdict[] }> => {
  const systems: System[] = [];
  try {
    for (const name of options.names) systems.push(await startSystem(name));
    const comparisons = await measureLoaded(systems, options.plan, log);
    return { comparisons, verdicts: await verify(systems) };
  } finally {
    for (const system of systems) await system.stop();
  }
};

const verdictLine = ({ system, sent, missing, faults, first }: Verdict): string => {
  const isClean = missing === 0 && faults === 0;
  const what = isClean ? "each delivered once, in order" : `${missing} MISSING, ${faults} FAULTS: ${first}`;
  return `${system}: ${sent} messages sent, ${what}`;
};

const run = async (options: Options): Promise<void> => {
  await buildAll({ only: ["worker"] });
  const { comparisons, verdicts } = await loaded(options);
  const judged = [...comparisons, ...(await measureMemory(options.names, options.plan, log))].map(judge);
  const barred = judged.filter(({ holds }) => holds !== undefined);
  const lines = [render(judged), "", ...verdicts.map(verdictLine)];
  if (barred.length > 0) lines.push(`bars: ${barred.filter(({ holds }) => holds).length} of ${barred.length} hold`);
  process.stdout.write(`${lines.join("\n")}\n`);
  if (options.json !== undefined) {
    const about = { date: new Date().toISOString(), node: process.version, cpus: availableParallelism() };
    writeFileSync(
      options.json,
      `${JSON.stringify({ about, plan: options.plan, verdicts, results: judged }, null, 2)}\n`,
    );
  }
  log("done");
  if (verdicts.some(({ missing, faults }) => missing > 0 || faults > 0)) process.exitCode = 1;
};

await run(optionsOf(process.argv.slice(2)));
