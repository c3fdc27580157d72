import { rmSync } from "node:fs";
import { afterAll, beforeAll } from "vitest";
import { startServer } from "../../../scripts/server.ts";
import type { RunningServer } from "../../../scripts/server.ts";
import { createClient, memoryStore } from "../../src/index.ts";
import type { ParleyClient, Store } from "../../src/index.ts";
import { devToken, temporaryData } from "./server.ts";

const env = { SEND_RATE: "50", SEND_BURST: "50" };

/** A server for the tests of one file, and people for it. Both end with the file. */
export const useServer = () => {
  const dataDir = temporaryData();
  const clients: ParleyClient[] = [];
  let server: RunningServer;
  let names = 0;

  beforeAll(async () => {
    server = await startServer({ dataDir, env });
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await server.kill();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const keep = (client: ParleyClient): ParleyClient => {
    clients.push(client);
    return client;
  };
  return {
    url: (): string => server.url,
    newName: (who: string): string => `${who}${++names}`,
    /** A client that is closed in the end. */
    keep,
    /** One that is not connected yet. */
    join: (user: string, store: Store = memoryStore(), device = `${user}-1`): ParleyClient =>
      keep(createClient({ url: server.url, getToken: devToken(server.url, user, device), store })),
    /** Kills it, and starts it on the same data. */
    restart: async (): Promise<void> => {
      const { port } = server;
      await server.kill();
      server = await startServer({ dataDir, port, env });
    },
  };
};

/** Texts of a conversation as the client shows them. */
export const texts = (client: ParleyClient, id: string): string[] =>
  client.messages(id).map((message) => message.content);
