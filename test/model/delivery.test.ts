import * as fc from "fast-check";
import { describe, it } from "vitest";
import { histories, play } from "./histories.ts";
import { budget } from "./runs.ts";

describe("a world of members, devices, crashes and losses", () => {
  it("[I1–I5, I7] ends with every row and every device equal to the log", { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(histories, play), budget("delivery", 150));
  });
});
