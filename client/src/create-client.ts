import type { ClientOptions, ParleyClient } from "./api.ts";
import { Client } from "./client.ts";
import { realEnvironment } from "./environment.ts";

/** A client of one user on one device. It does nothing until `start()` or `connect()`. */
export const createClient = (options: ClientOptions): ParleyClient =>
  new Client(options, realEnvironment(options)) as Client & ParleyClient;
