import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { StopReason } from "./api.ts";
import { ParleyError } from "./parley-error.ts";

const STOP_ERRORS: Readonly<Record<StopReason, () => ParleyError>> = {
  closed: () => new ParleyError("conflict", "unable to connect; the client was closed"),
  removed: () => new ParleyError("forbidden", "unable to connect; this device was removed"),
  replaced: () => new ParleyError("conflict", "unable to connect; this device connected from elsewhere"),
  refused: () => new ParleyError("forbidden", "unable to connect; the server or the store refuses this client"),
  version: () => new ParleyError("unsupported", "unable to connect; the server speaks another version"),
  suspended: () => new ParleyError("forbidden", "unable to connect; the account is suspended"),
  outdated: () => new ParleyError("unsupported", "unable to connect; a newer version of the app has the store"),
  destroyed: () => new ParleyError("conflict", "unable to connect; another tab signed out"),
  unauthenticated: () => new ParleyError("unauthenticated", "unable to connect; the token is not accepted"),
};

/** What `connect()` rejects with when the client stops instead. */
export const stopError = (reason: StopReason): ParleyError => STOP_ERRORS[reason]();

const isErrorFrame = (error: unknown): error is EventOf<"error"> =>
  typeof error === "object" && error !== null && "type" in error && error.type === "error";

/** Anything that went wrong, as the `error` event tells it. */
export const toParleyError = (error: unknown): ParleyError => {
  if (error instanceof ParleyError) return error;
  if (isErrorFrame(error)) return new ParleyError(error.code, error.message, error.retry_after_ms);
  return new ParleyError("internal", error instanceof Error ? error.message : String(error));
};
