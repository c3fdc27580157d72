import { accountCalls } from "./account-calls.ts";
import type { ClientOptions, ParleyClient } from "./api.ts";
import { Client } from "./client.ts";
import { realEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { groupCalls } from "./group-calls.ts";
import { messageCalls } from "./message-calls.ts";
import { pushCalls } from "./push-calls.ts";
import { searchCalls } from "./search-calls.ts";

/** A client with a connection of its own. */
export type SoloClient = Client & ParleyClient;

/** The same in a world of the caller's choice. */
export const clientIn = (options: ClientOptions, environment: Environment): SoloClient => {
  const client = new Client(options, environment);
  const { parts } = client;
  return Object.assign(
    client,
    messageCalls(parts),
    groupCalls(parts),
    accountCalls(parts),
    pushCalls(parts),
    searchCalls(parts),
  );
};

/** A client of one user on one device. It does nothing until `start()` or `connect()`. */
export const createClient = (options: ClientOptions): ParleyClient => clientIn(options, realEnvironment(options));
