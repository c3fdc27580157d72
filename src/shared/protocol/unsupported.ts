import { refuse } from "../result.ts";
import type { Refusal } from "../result.ts";

/** What a send asks for that this server does not do yet, on the socket and over HTTP alike. */
export const unsupportedIn = (send: { readonly media?: unknown }): Refusal | undefined =>
  send.media === undefined
    ? undefined
    : refuse("unsupported", "unable to send; media is not supported by this server").refusal;
