/**
 * The drill: three regions on this machine, one of which is in trouble. `npm run drill`, `-- --quick`, `-- --objects`
 * (archives in objects of the server, in the place of a MariaDB for each). The table on stdout, progress on stderr. Ends with
 * 1 when a message was lost, doubled, out of order or is otherwise in the archive. docs/bench.md tells how to read it.
 */
import { parseArgs } from "node:util";
import { hasMariaDb } from "../support/mariadb.ts";
import { databaseArchives, objectArchives } from "./archives.ts";
import { REGIONS, runDrill } from "./drill.ts";
import type { Plan } from "./drill.ts";
import { render } from "./report.ts";

const FULL: Plan = { rounds: 5, lanesPerRegion: 2, perSecond: 15, phaseMs: 12_000, slowMs: 250, beside: true };
const QUICK: Plan = { rounds: 1, lanesPerRegion: 1, perSecond: 40, phaseMs: 8000, slowMs: 250, beside: true };

const startedAt = performance.now();
const say = (line: string): void => {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
};

const { values } = parseArgs({ options: { quick: { type: "boolean" }, objects: { type: "boolean" } } });
const inObjects = values.objects === true || !hasMariaDb;
if (inObjects) say(hasMariaDb ? "archives in objects" : "no MariaDB on this machine: archives in objects");
const archives = inObjects ? objectArchives() : await databaseArchives(REGIONS);
try {
  const outcome = await runDrill(values.quick === true ? QUICK : FULL, archives, say);
  process.stdout.write(`${render(outcome)}\n`);
  if (outcome.faults.length > 0) process.exitCode = 1;
} finally {
  await archives.stop();
}
