/**
 * The benchmark: the built server beside a bare two-hop worker, on the same machine in the same run.
 * `npm run bench`, `-- --quick`, `-- --json FILE`, `-- --only baseline|product`, `-- --only-pairs` (`groups`, `hot`,
 * `sync`, `push`, `memory`, `storm`, `depths`, `import`, `search`). Results on stdout, progress on stderr. Ends with 1 when a message was lost, doubled or out of order.
 * docs/bench.md tells how to read it.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { buildAll } from "../scripts/build.ts";
import { judge, render } from "./comparison.ts";
import type { Comparison } from "./comparison.ts";
import { measureDepths } from "./depths.ts";
import { measureGroups } from "./groups.ts";
import { measureHot } from "./hot.ts";
import { measureImport } from "./import.ts";
import { measureLoaded } from "./loaded.ts";
import { measureMemory } from "./memory.ts";
import { measurePush } from "./push.ts";
import { measureSearch } from "./search.ts";
import { measureSync } from "./sync.ts";
import { FULL, QUICK } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { measureStorm } from "./storm.ts";
import { startSystem, SYSTEMS } from "./system.ts";
import type { System, SystemName } from "./system.ts";
import { verify } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** What is measured, each part on servers of its own. `-- --only-groups` and so on. */
const PARTS = ["pairs", "groups", "hot", "sync", "push", "memory", "storm", "depths", "import", "search"] as const;
type Part = (typeof PARTS)[number];

const startedAt = performance.now();

const log = (text: string): void => {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
};

interface Options {
  readonly plan: Plan;
  readonly names: readonly SystemName[];
  readonly parts: readonly Part[];
  readonly json: string | undefined;
}

const optionsOf = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean" },
      json: { type: "string" },
      only: { type: "string" },
      ...Object.fromEntries(PARTS.map((part) => [`only-${part}`, { type: "boolean" } as const])),
    },
  });
  const names = SYSTEMS.filter((name) => values.only === undefined || values.only === name);
  if (names.length === 0) throw new TypeError(`--only is one of ${SYSTEMS.join(", ")}`);
  const asked = PARTS.filter((part) => Object.hasOwn(values, `only-${part}`));
  const parts = asked.length > 0 ? asked : PARTS;
  return { plan: values.quick === true ? QUICK : FULL, names, parts, json: values.json };
};

interface Measured {
  readonly comparisons: readonly Comparison[];
  readonly verdicts: readonly Verdict[];
}

/** On fresh servers; afterwards everything that was sent has to be there. */
const onServers = async (
  names: readonly SystemName[],
  measure: (systems: readonly System[]) => Promise<Comparison[]>,
): Promise<Measured> => {
  const systems: System[] = [];
  try {
    for (const name of names) systems.push(await startSystem(name));
    const comparisons = await measure(systems);
    return { comparisons, verdicts: await verify(systems) };
  } finally {
    for (const system of systems) await system.stop();
  }
};

const measurePart = async (part: Part, { names, plan }: Options): Promise<Measured> => {
  switch (part) {
    case "pairs":
      return onServers(names, (systems) => measureLoaded(systems, plan, log));
    case "groups":
      return onServers(names, (systems) => measureGroups(systems, plan, log));
    case "hot":
      // What the bare worker would do here says nothing: it has nothing to say no with.
      return onServers(
        names.filter((name) => name === "product"),
        async ([product]) => (product === undefined ? [] : measureHot(product, plan, log)),
      );
    case "sync":
      return onServers(names, (systems) => measureSync(systems, plan, log));
    case "memory":
      return { comparisons: await measureMemory(names, plan, log), verdicts: [] };
    case "push":
    case "storm": {
      if (!names.includes("product")) return { comparisons: [], verdicts: [] };
      return part === "push" ? measurePush(plan, log) : measureStorm(plan, log);
    }
    case "depths":
      return names.includes("product") ? measureDepths(plan, log) : { comparisons: [], verdicts: [] };
    case "search":
      return { comparisons: await measureSearch(names, plan, log), verdicts: [] };
    case "import":
      return names.includes("product") ? measureImport(plan, log) : { comparisons: [], verdicts: [] };
  }
};

const verdictLine = (part: Part, { system, sent, missing, faults, first }: Verdict): string => {
  const isClean = missing === 0 && faults === 0;
  const what = isClean ? "each delivered once, in order" : `${missing} MISSING, ${faults} FAULTS: ${first}`;
  return `${part}, ${system}: ${sent} messages sent, ${what}`;
};

const run = async (options: Options): Promise<void> => {
  await buildAll({ only: ["worker"] });
  const measured: Measured[] = [];
  const lines: string[] = [];
  for (const part of options.parts) {
    const result = await measurePart(part, options);
    measured.push(result);
    lines.push(...result.verdicts.map((verdict) => verdictLine(part, verdict)));
  }
  const verdicts = measured.flatMap((one) => one.verdicts);
  const judged = measured.flatMap(({ comparisons }) => comparisons.map(judge));
  const barred = judged.filter(({ holds }) => holds !== undefined);
  lines.unshift(render(judged), "");
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
