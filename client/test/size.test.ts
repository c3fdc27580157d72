import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundle } from "../scripts/bundle.ts";

test("the SDK weighs less than 30 kB gzip, all that it needs included", async () => {
  const code = await bundle({ minify: true, write: false });
  expect(code.length).toBeGreaterThan(10_000);
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(30_000);
});
