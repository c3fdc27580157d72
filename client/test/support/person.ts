import type { ParleyClient } from "../../src/api.ts";
import { clientIn } from "../../src/create-client.ts";
import { memoryStore } from "../../src/memory-store.ts";
import type { Store } from "../../src/store.ts";
import { environmentOf } from "./fake-clock.ts";
import type { FakeClock } from "./fake-clock.ts";
import { restOf } from "./fake-rest.ts";
import type { FakeServer } from "./fake-server.ts";

/** A token that says who it is for, which is all that the double asks of one. */
export const tokenOf = (sub: string, expiresAtMs: number): string =>
  ["e30", Buffer.from(JSON.stringify({ sub, exp: Math.floor(expiresAtMs / 1000) })).toString("base64url"), "s"].join(
    ".",
  );

export interface PersonOptions {
  readonly store?: Store;
  readonly random?: () => number;
  readonly getToken?: () => string;
  /** `undefined`: what the store or the token says. */
  readonly deviceId?: string | undefined;
}

/** A client of the double, on its clock. */
export const person = (
  clock: FakeClock,
  server: FakeServer,
  user: string,
  options: PersonOptions = {},
): ParleyClient => {
  const { random } = options;
  const environment = environmentOf(clock, {
    WebSocket: server.WebSocket,
    fetch: restOf(server, user),
    ...(random === undefined ? {} : { random }),
  });
  return clientIn(
    {
      url: "http://double.test",
      getToken: options.getToken ?? (() => tokenOf(user, clock.now + 86_400_000)),
      deviceId: "deviceId" in options ? options.deviceId : `${user}-device`,
      store: options.store ?? memoryStore(),
    },
    environment,
  );
};

/** Texts of a conversation as the client shows them. */
export const texts = (client: ParleyClient, id: string): string[] =>
  client.messages(id).map((message) => message.content);
