import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { OLDEST_SUPPORTED_VERSION, PROTOCOL_VERSION } from "../../src/shared/protocol/version.ts";
import { asyncApiDocument } from "../../src/worker/documents/asyncapi.ts";
import { openApiDocument } from "../../src/worker/documents/openapi.ts";

/**
 * What the schemas looked like when somebody last thought about the version. When this fails, decide: a change that
 * clients of this version can live with (something new and optional) takes a new hash; one that they cannot takes
 * a new PROTOCOL_VERSION too.
 */
const PINNED = { version: 1, hash: "9b73d6ecfa4a29de" };

/** Not prose: titles and descriptions may change. */
const PROSE = new Set(["description", "summary", "title"]);

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) => !(PROSE.has(key) && typeof inner !== "object") && key !== "info",
  );
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]),
  );
};

describe("the version of the protocol", () => {
  it("is decided about whenever a schema changes", () => {
    const text = JSON.stringify(canonical([openApiDocument(), asyncApiDocument()]));
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
    expect({ version: PROTOCOL_VERSION, hash }).toEqual(PINNED);
  });

  it("is one of the supported ones", () => {
    expect(OLDEST_SUPPORTED_VERSION).toBeLessThanOrEqual(PROTOCOL_VERSION);
  });
});
