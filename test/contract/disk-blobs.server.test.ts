import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { startStores } from "../support/remote-stores.ts";
import { describeBlobs } from "./blob-store.ts";

describeBlobs("a directory of this machine", async () => {
  const stores = await startStores({});
  return { store: stores.blobs, stop: () => stores.stop() };
});

describe("the directory of files", () => {
  it("keeps those of a region below its name, and nothing anywhere else", async () => {
    const stores = await startStores({});
    try {
      await stores.blobs.put("a/b", new Uint8Array([1]));
      expect(existsSync(path.join(stores.dir, "blobs/local/a/b"))).toBe(true);
      await expect(stores.blobs.put("../../out", new Uint8Array([1]))).rejects.toThrow(/unable to name/);
      await expect(stores.blobs.list("../", "", 10)).rejects.toThrow(/unable to list/);
    } finally {
      await stores.stop();
    }
  });
});
