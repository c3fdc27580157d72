import type { ArchiveStore } from "../../src/core/archive/archive-store.ts";
import type { BlobStore } from "../../src/core/blobs/blob-store.ts";
import { archiveOf } from "../../src/platform/archive.ts";
import { blobsOf } from "../../src/platform/blobs.ts";
import type { ArchiveBindings, BlobBindings } from "../../src/rpc/bindings.ts";

/** Bytes as text, on the way to a test and back. */
const REVIVED = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "base64" in value
    ? Uint8Array.from(atob(String(value.base64)), (char) => char.charCodeAt(0))
    : value;
const asText = (value: unknown): unknown => {
  if (!(value instanceof Uint8Array)) return value;
  let text = "";
  for (let at = 0; at < value.length; at += 8192) text += String.fromCharCode(...value.subarray(at, at + 8192));
  return { base64: btoa(text) };
};

type Store = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;

/** Calls the stores of a server, as one that runs on plain workerd reaches them. */
export default {
  async fetch(request: Request, env: ArchiveBindings & BlobBindings): Promise<Response> {
    const [, what, method = ""] = new URL(request.url).pathname.split("/");
    const args = JSON.parse(await request.text(), REVIVED) as unknown[];
    const store: ArchiveStore | BlobStore | undefined =
      what === "archive" ? archiveOf(env, "local") : blobsOf(env, "local");
    try {
      const value = await (store as unknown as Store)[method]?.(...args);
      return Response.json({ value: asText(value) ?? null, isNothing: value === undefined });
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};
