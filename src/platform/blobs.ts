import type { BlobStore } from "../core/blobs/blob-store.ts";
import type { BlobBucket } from "../rpc/blob-bindings.ts";
import type { BlobBindings } from "../rpc/bindings.ts";
import { diskBlobs } from "./blobs/disk-blobs.ts";
import { r2Blobs } from "./blobs/r2-blobs.ts";
import { named } from "./named.ts";

/** Files of a region lie below its name, also where several regions share a store. */
const below = (region: string, store: BlobStore): BlobStore => {
  const folder = `${region}/`;
  const bare = <Head extends { readonly key: string }>(head: Head): Head => ({
    ...head,
    key: head.key.slice(folder.length),
  });
  return {
    put: (key, bytes) => store.put(folder + key, bytes),
    get: (key, range) => store.get(folder + key, range),
    head: async (key) => {
      const head = await store.head(folder + key);
      return head && bare(head);
    },
    delete: (key) => store.delete(folder + key),
    list: async (prefix, after, limit) =>
      (await store.list(folder + prefix, after === "" ? "" : folder + after, limit)).map(bare),
  };
};

/** The files of a region: a bucket of R2 where one is bound, else a directory of this machine; undefined: there is neither. */
export const blobsOf = (env: BlobBindings, region: string): BlobStore | undefined => {
  const bucket = named(env, region, "BLOBS")?.value as BlobBucket | undefined;
  const store = bucket ? r2Blobs(bucket) : env.BLOB_DISK && diskBlobs(env.BLOB_DISK);
  return store && below(region, store);
};
