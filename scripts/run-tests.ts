import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { browserPath } from "./browser.ts";
import { hasMariaDb } from "./database.ts";
import { buildAll } from "./build.ts";

interface Sums {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of vitest's JSON report that counts. */
interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const ROOT = path.resolve(import.meta.dirname, "..");
const VITEST = path.join(ROOT, "node_modules", "vitest", "vitest.mjs");
const isCi = /^(1|true)$/i.test(process.env["CI"] ?? "");

const sumsOf = (report: Report): Sums => {
  // A file that could not even be read has no failed test, but it failed.
  const failed = report.testResults.map(({ status, assertionResults }) => {
    const failures = assertionResults.filter((result) => result.status === "failed").length;
    return status === "failed" ? Math.max(failures, 1) : failures;
  });
  return {
    passed: report.numPassedTests,
    failed: failed.reduce((sum, count) => sum + count, 0),
    skipped: report.numPendingTests + report.numTodoTests,
  };
};

const runVitest = (args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [VITEST, "run", ...args], { cwd: ROOT, stdio: "inherit" });
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => child.kill(signal));
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });

const readReport = (file: string): Report | undefined => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    // No report: vitest did not get that far, and its own output says why.
    return undefined;
  }
};

const run = async (args: readonly string[]): Promise<Sums> => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "parley-tests-"));
  const file = path.join(dir, "report.json");
  try {
    const code = await runVitest(["--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...args]);
    const report = readReport(file);
    const sums = report === undefined ? { passed: 0, failed: 0, skipped: 0 } : sumsOf(report);
    if (code !== 0 && sums.failed === 0) {
      console.log(`The test runner ended with code ${code} although no test failed: counted as one failure.`);
      sums.failed = 1;
    }
    return sums;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

const countBrowserTests = (): number => {
  const args = [VITEST, "list", "--project", "e2e", "--json"];
  const listed = execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  return (JSON.parse(listed.slice(listed.indexOf("["))) as unknown[]).length;
};

const main = async (args: readonly string[]): Promise<Sums> => {
  await buildAll();
  if (!hasMariaDb) {
    const meaning = isCi
      ? "fail, as they must where CI is set"
      : "are skipped (apt-get install mariadb-server-core mariadb-client-core)";
    console.log(`No MariaDB found: the tests that need one ${meaning}.`);
  }
  // Whoever names projects or files decides what runs.
  if (browserPath() !== undefined || args.length > 0) return await run(args);
  const sums = await run(["--project", "!e2e"]);
  const missing = countBrowserTests();
  if (isCi) {
    console.log(`No Chromium found: ${missing} browser tests could not run, which counts as failed where CI is set.`);
    return { ...sums, failed: sums.failed + Math.max(missing, 1) };
  }
  console.log(`No Chromium found: ${missing} browser tests are skipped (apt-get install chromium, or CHROMIUM_PATH).`);
  return { ...sums, skipped: sums.skipped + missing };
};

const { passed, failed, skipped } = await main(process.argv.slice(2));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
