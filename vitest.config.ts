import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Sources of the SDK instead of its built files. */
const resolve = { conditions: ["parley-source", "module", "node", "development|production"] };
const ssr = { resolve: { conditions: ["parley-source", "module", "node", "development|production"] } };

/** What starts processes of its own has patience for a machine that is busy. Tests that may run together mostly wait. */
const patient = { maxConcurrency: 16, testTimeout: 60_000, hookTimeout: 60_000 } as const;

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        resolve,
        ssr,
        oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
        test: {
          name: "unit",
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
          include: [
            "test/{unit,model,contract}/**/*.test.ts",
            "{client,relay}/test/**/*.test.ts",
            "web/test/**/*.test.{ts,tsx}",
          ],
          exclude: ["**/*.server.test.ts"],
          // Histories that are played out take seconds, and a busy machine longer.
          testTimeout: 20_000,
        },
      },
      {
        resolve: { conditions: ["parley-source", "workerd", "worker", "module", "browser"] },
        // Members of the large group in test/workers/large.test.ts: each is an object with a database of its own.
        define: {
          LARGE_GROUP: process.env["PARLEY_LARGE_GROUP"] ?? "500",
          // Of test/workers/nudges.test.ts: how many are away and want every message, and how long messages come.
          NUDGE_AWAY: process.env["PARLEY_NUDGE_AWAY"] ?? "400",
          NUDGE_SECONDS: process.env["PARLEY_NUDGE_SECONDS"] ?? "21",
        },
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            // Only the contract suites know these: by itself the server has neither.
            miniflare: { d1Databases: ["TEST_D1"], r2Buckets: ["TEST_R2"] },
          }),
        ],
        test: {
          name: "workers",
          // Much of the time something is waited for.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
          include: ["test/workers/**/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "server",
          sequence: { groupOrder: 2 },
          include: ["test/{conformance,crash,scripts}/**/*.test.ts", "{client/test,test/contract}/**/*.server.test.ts"],
          // Two files at once: each has a server of its own, and much of the time something is waited for.
          maxWorkers: 2,
          ...patient,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "e2e",
          sequence: { groupOrder: 3 },
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          maxWorkers: 1,
          ...patient,
        },
      },
    ],
  },
});
