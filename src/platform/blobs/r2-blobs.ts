import { checkedKey, checkedPrefix } from "../../core/blobs/blob-key.ts";
import type { BlobStore } from "../../core/blobs/blob-store.ts";
import type { BlobBucket } from "../../rpc/blob-bindings.ts";

/** Files in a bucket of R2. */
export const r2Blobs = (bucket: BlobBucket): BlobStore => ({
  async put(key, bytes) {
    await bucket.put(checkedKey(key), bytes);
  },
  async get(key, range) {
    checkedKey(key);
    if (range === undefined) {
      const object = await bucket.get(key);
      return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
    }
    // A range that begins behind the end is an error there, and here it is empty.
    const head = await bucket.head(key);
    if (!head) return undefined;
    const length = Math.min(range.length, head.size - range.offset);
    if (length <= 0) return new Uint8Array();
    const object = await bucket.get(key, { range: { offset: range.offset, length } });
    return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
  },
  async head(key) {
    const head = await bucket.head(checkedKey(key));
    return head ? { key, size: head.size } : undefined;
  },
  async delete(key) {
    await bucket.delete(checkedKey(key));
  },
  async list(prefix, after, limit) {
    const options = { prefix: checkedPrefix(prefix), limit, ...(after === "" ? {} : { startAfter: after }) };
    const { objects } = await bucket.list(options);
    return objects.map(({ key, size }) => ({ key, size }));
  },
});
