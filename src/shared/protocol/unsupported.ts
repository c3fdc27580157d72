import { refuse } from "../result.ts";
import type { Refusal } from "../result.ts";

interface Wanted {
  readonly media?: unknown;
  readonly expires_in?: unknown;
  readonly thread_root?: unknown;
}

/** What a send asks for that this server does not do yet, on the socket and over HTTP alike. */
export const unsupportedIn = (send: Wanted): Refusal | undefined => {
  const field = (["media", "expires_in", "thread_root"] as const).find((name) => send[name] !== undefined);
  return field && refuse("unsupported", `unable to send; ${field} is not supported by this server`).refusal;
};
