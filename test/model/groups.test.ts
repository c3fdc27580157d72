import * as fc from "fast-check";
import { describe, it } from "vitest";
import { playGroup } from "./group-player.ts";
import type { Kind } from "./group-player.ts";
import { groupHistories } from "./group-steps.ts";
import { budget, PATIENCE_MS } from "./runs.ts";

const KINDS: readonly Kind[] = ["group", "large group", "channel"];

describe.each(KINDS)("a %s, with everything that people do in it and everything that breaks", (kind) => {
  it(
    "[I1–I8] ends with every row, device, thread and reaction as the log makes it",
    { timeout: PATIENCE_MS },
    async () => {
      await fc.assert(fc.asyncProperty(groupHistories, playGroup(kind)), budget(kind, 80));
    },
  );
});
