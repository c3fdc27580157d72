import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlobStore } from "../../src/core/blobs/blob-store.ts";

export interface Blobs {
  readonly store: BlobStore;
  stop(): Promise<void>;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

/** What every store of files promises, whatever keeps them. */
export const describeBlobs = (title: string, start: () => Promise<Blobs>): void => {
  describe(`files in ${title}`, () => {
    let blobs: Blobs;
    let store: BlobStore;
    beforeAll(async () => {
      blobs = await start();
      ({ store } = blobs);
    });
    afterAll(() => blobs?.stop());

    it("gives back what it was given, to the byte, and the newer of two", async () => {
      await store.put("one/bytes.bin", ALL_BYTES);
      expect(await store.get("one/bytes.bin")).toEqual(ALL_BYTES);
      await store.put("one/bytes.bin", bytesOf("shorter"));
      expect(await store.get("one/bytes.bin")).toEqual(bytesOf("shorter"));
      expect(await store.head("one/bytes.bin")).toEqual({ key: "one/bytes.bin", size: 7 });
      await store.put("one/empty", new Uint8Array());
      expect(await store.get("one/empty")).toEqual(new Uint8Array());
      expect(await store.head("one/empty")).toEqual({ key: "one/empty", size: 0 });
    });

    it("takes a large one", async () => {
      const large = new Uint8Array(9 * 1024 * 1024).map((_, index) => index % 251);
      await store.put("large", large);
      expect(await store.head("large")).toEqual({ key: "large", size: large.length });
      const got = await store.get("large");
      expect(got && Buffer.compare(got, large)).toBe(0);
      await store.delete("large");
    });

    it("gives a part, as much of it as there is", async () => {
      await store.put("part", ALL_BYTES);
      const part = (offset: number, length: number) => store.get("part", { offset, length });
      expect(await part(0, 1)).toEqual(ALL_BYTES.slice(0, 1));
      expect(await part(10, 20)).toEqual(ALL_BYTES.slice(10, 30));
      expect(await part(250, 100)).toEqual(ALL_BYTES.slice(250));
      expect(await part(256, 10)).toEqual(new Uint8Array());
      expect(await part(900, 10)).toEqual(new Uint8Array());
      expect(await part(0, 0)).toEqual(new Uint8Array());
      expect(await store.get("no-part", { offset: 0, length: 5 })).toBeUndefined();
    });

    it("has nothing where nothing was put, and deletes once, twice, and never more than that", async () => {
      await store.put("tree/leaf", bytesOf("leaf"));
      expect(await store.get("tree")).toBeUndefined();
      expect(await store.head("tree")).toBeUndefined();
      await store.delete("tree");
      expect(await store.get("tree/leaf")).toEqual(bytesOf("leaf"));
      await store.delete("tree/leaf");
      await store.delete("tree/leaf");
      expect(await store.get("tree/leaf")).toBeUndefined();
      expect(await store.head("tree/leaf")).toBeUndefined();
    });

    it("lists by prefix, in order, from anywhere on", async () => {
      const keys = ["l/a", "l/a-b", "l/a.b", "l/a_b/1", "l/b/1", "l/b/10", "l/b/2/x", "l/b/2/y", "l/b0", "l/c", "m/a"];
      for (const key of keys.toReversed()) await store.put(key, bytesOf(key));
      const inOrder = keys.toSorted((a, b) => (a < b ? -1 : 1));
      const listed = async (prefix: string, after = "", limit = 100): Promise<string[]> => {
        const heads = await store.list(prefix, after, limit);
        for (const { key, size } of heads) expect(size).toBe(key.length);
        return heads.map(({ key }) => key);
      };
      for (const prefix of ["l/", "l/a", "l/b", "l/b/", "l/b/2/", "l/b/2/x", "nothing/", "l/zzz"]) {
        const right = inOrder.filter((key) => key.startsWith(prefix));
        expect(await listed(prefix)).toEqual(right);
        for (const after of inOrder) {
          expect(await listed(prefix, after)).toEqual(right.filter((key) => key > after));
        }
      }
      expect(await listed("l/", "l/a", 3)).toEqual(inOrder.filter((key) => key > "l/a").slice(0, 3));
    });

    it.each([
      "",
      "/a",
      "a/",
      "a//b",
      "../a",
      "a/../b",
      "a/./b",
      ".a",
      "a/.b",
      "a b",
      "a%2e",
      "a?b",
      "ä",
      "x".repeat(513),
    ])("refuses the key %j", async (key) => {
      await expect(async () => store.put(key, new Uint8Array())).rejects.toThrow(/unable to name a file/);
      await expect(async () => store.get(key)).rejects.toThrow(/unable to name a file/);
      await expect(async () => store.delete(key)).rejects.toThrow(/unable to name a file/);
    });
  });
};
