import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundle, ENTRIES } from "../scripts/bundle.ts";

test.each([
  ["index", 31_500],
  ["tabs", 38_500],
  ["react", 2000],
  ["search", 6500],
  ["admin", 4500],
  ["node", 34_000],
] as const)("the entry %s weighs less than %i bytes gzip, all that it needs included", async (entry, most) => {
  const code = await bundle({ entryPoints: [ENTRIES[entry]], minify: true, write: false });
  expect(code.length).toBeGreaterThan(1000);
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(most);
});
