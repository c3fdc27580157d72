import { checkedKey, checkedPrefix } from "../../src/core/blobs/blob-key.ts";
import type { BlobHead, BlobStore } from "../../src/core/blobs/blob-store.ts";

/** Files in memory. `gate` comes before everything that is done, and after: what throws there failed before or after it was done. */
export class MemoryBlobs implements BlobStore {
  readonly files = new Map<string, Uint8Array>();
  gate: (when: "before" | "after") => Promise<void> = async () => undefined;

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.gate("before");
    this.files.set(checkedKey(key), bytes.slice());
    await this.gate("after");
  }

  async get(
    key: string,
    range?: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array | undefined> {
    await this.gate("before");
    const bytes = this.files.get(checkedKey(key));
    return range ? bytes?.slice(range.offset, range.offset + range.length) : bytes?.slice();
  }

  async head(key: string): Promise<BlobHead | undefined> {
    const bytes = this.files.get(checkedKey(key));
    return bytes && { key, size: bytes.length };
  }

  async delete(key: string): Promise<void> {
    await this.gate("before");
    this.files.delete(checkedKey(key));
    await this.gate("after");
  }

  async list(prefix: string, after: string, limit: number): Promise<readonly BlobHead[]> {
    checkedPrefix(prefix);
    return [...this.files]
      .map(([key, bytes]) => ({ key, size: bytes.length }))
      .filter(({ key }) => key.startsWith(prefix) && key > after)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, limit);
  }
}
