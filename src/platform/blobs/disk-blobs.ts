import { checkedKey, checkedPrefix } from "../../core/blobs/blob-key.ts";
import type { BlobHead, BlobStore } from "../../core/blobs/blob-store.ts";
import type { BlobDisk } from "../../rpc/blob-bindings.ts";

interface DiskEntry {
  readonly name: string;
  readonly type: string;
}

const JSON_TYPE = "application/json";
const urlOf = (path: string): string => `http://disk/${path}`;
/** What the service answers for a directory, in the place of a file. */
const isDirectory = (response: Response): boolean =>
  response.headers.get("content-type")?.startsWith(JSON_TYPE) ?? false;

/**
 * Files in a directory of this machine. workerd writes a file beside the old one and renames it: whoever reads sees the
 * one or the other, and a process that is killed leaves either. It does not fsync: what must outlive a power cut has to
 * be read back before its other copy goes (core/archive/cold-tier.ts does).
 */
class DiskBlobs implements BlobStore {
  readonly #disk: BlobDisk;

  constructor(disk: BlobDisk) {
    this.#disk = disk;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#ask("PUT", checkedKey(key), { body: bytes });
  }

  async get(
    key: string,
    range?: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array | undefined> {
    checkedKey(key);
    if (range && range.length <= 0) return (await this.head(key)) && new Uint8Array();
    const headers = range ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : undefined;
    const response = await this.#ask("GET", key, headers ? { headers } : {});
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status === 404 || isDirectory(response)) return undefined;
    return response.status === 416 ? new Uint8Array() : bytes;
  }

  async head(key: string): Promise<BlobHead | undefined> {
    const response = await this.#ask("HEAD", checkedKey(key));
    if (response.status === 404 || isDirectory(response)) return undefined;
    return { key, size: Number(response.headers.get("content-length")) };
  }

  async delete(key: string): Promise<void> {
    // Of a directory it would take away everything.
    if (await this.head(key)) await this.#ask("DELETE", key);
  }

  async list(prefix: string, after: string, limit: number): Promise<readonly BlobHead[]> {
    const folder = checkedPrefix(prefix).slice(0, prefix.lastIndexOf("/") + 1);
    const found: BlobHead[] = [];
    for await (const key of this.#walk(folder, prefix, after)) {
      if (found.length >= limit) break;
      const head = await this.head(key);
      if (head) found.push(head);
    }
    return found;
  }

  /** Files below a folder, in the order of their keys. */
  async *#walk(folder: string, prefix: string, after: string): AsyncGenerator<string> {
    const response = await this.#ask("GET", folder);
    const entries = response.status === 404 || !isDirectory(response) ? [] : await response.json<DiskEntry[]>();
    // A folder comes where its slash puts it: `a-b` is before `a/b`.
    const paths = entries.map(({ name, type }) => `${folder}${name}${type === "directory" ? "/" : ""}`);
    for (const path of paths.toSorted((a, b) => (a < b ? -1 : 1))) {
      const isFolder = path.endsWith("/");
      const isAsked = path.startsWith(prefix) || (isFolder && prefix.startsWith(path));
      // All in a folder is before `after` when the folder is, unless `after` lies in it.
      if (!isAsked || (path <= after && !(isFolder && after.startsWith(path)))) continue;
      if (isFolder) yield* this.#walk(path, prefix, after);
      else yield path;
    }
  }

  async #ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.#disk.fetch(urlOf(path), { ...init, method });
    const isUsual = response.ok || response.status === 404 || response.status === 416;
    if (isUsual) return response;
    await response.body?.cancel();
    throw new Error(`unable to reach the files; the disk answered ${response.status} to ${method}`);
  }
}

export const diskBlobs = (disk: BlobDisk): BlobStore => new DiskBlobs(disk);
