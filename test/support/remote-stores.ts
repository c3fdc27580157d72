import { bundle } from "../../scripts/build.ts";
import type { ArchiveStore } from "../../src/core/archive/archive-store.ts";
import type { BlobStore } from "../../src/core/blobs/blob-store.ts";
import { startProbe } from "./probe.ts";

interface RemoteStores {
  readonly archive: ArchiveStore;
  readonly blobs: BlobStore;
  /** Where the server's data is. */
  readonly dir: string;
  /** Of workerd. */
  readonly pid: number;
  stop(): Promise<void>;
}

interface Answer {
  readonly value: unknown;
  readonly isNothing?: boolean;
  readonly error?: string;
}

const asText = (_key: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString("base64") };
  return value === Infinity ? Number.MAX_SAFE_INTEGER : value;
};
const revived = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "base64" in value
    ? new Uint8Array(Buffer.from(String(value.base64), "base64"))
    : value;

/** The stores that a server with these settings has on plain workerd, called from a test. */
export const startStores = async (env: Record<string, string>): Promise<RemoteStores> => {
  const files = await bundle({ probe: "test/support/stores-worker.ts" }, "/nowhere");
  const script = files.find(({ path }) => path.endsWith(".js"));
  const probe = await startProbe(script?.contents ?? "", env);
  const storeOf = (what: string): unknown =>
    new Proxy(
      {},
      {
        get:
          (_store, method) =>
          async (...args: unknown[]) => {
            // A typed array would be an object with numbers as names before it reaches the replacer.
            const body = JSON.stringify(args, asText);
            const response = await fetch(`${probe.base}/${what}/${String(method)}`, { method: "POST", body });
            const { value, isNothing, error } = (await response.json()) as Answer;
            if (error !== undefined) throw new Error(error);
            return isNothing === true ? undefined : revived(value);
          },
      },
    );
  return { ...probe, archive: storeOf("archive") as ArchiveStore, blobs: storeOf("blobs") as BlobStore };
};
