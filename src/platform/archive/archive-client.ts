import { Client } from "@planetscale/database";
import type { ArchiveUrl } from "./archive-url.ts";

/** The way out to the database. */
export interface ArchiveNetwork {
  fetch(url: string, init: RequestInit): Promise<Response>;
}

/** One that waits so long for each answer, its last byte included. */
export const archiveClient = (
  { origin, username, password }: ArchiveUrl,
  network: ArchiveNetwork,
  timeoutMs: number,
): Client =>
  new Client({
    host: new URL(origin).host,
    username,
    password,
    // The driver would speak TLS to any host, and takes credentials from a URL without unescaping them.
    fetch: (url, init) => {
      const request = { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) } as RequestInit;
      return network.fetch(origin + new URL(url).pathname, request);
    },
  });
