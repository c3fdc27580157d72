import { env as bindings } from "cloudflare:workers";
import { expect, it } from "vitest";
import { blobsOf } from "../../src/platform/blobs.ts";
import type { BlobBindings } from "../../src/rpc/bindings.ts";
import { describeBlobs } from "../contract/blob-store.ts";

const { TEST_R2 } = bindings as unknown as { readonly TEST_R2: R2Bucket };
const inR2: BlobBindings & { readonly BLOBS_EU: R2Bucket } = { BLOBS_EU: TEST_R2 };

describeBlobs("R2", async () => {
  const store = blobsOf(inR2, "eu");
  if (!store) throw new Error("unable to start; there is no store");
  return { store, stop: async () => undefined };
});

it("keeps files of a region below its name, and has none where nothing is bound", async () => {
  await blobsOf(inR2, "eu")?.put("a/b", new Uint8Array([1]));
  expect(await TEST_R2.head("eu/a/b")).toMatchObject({ size: 1 });
  expect(blobsOf({}, "eu")).toBeUndefined();
  expect(blobsOf(inR2, "us")).toBeUndefined();
});
