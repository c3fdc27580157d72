import { strings, wordsFor } from "../strings.ts";

/** Why notifications could not be turned on or off. What the browser's own push service throws is no refusal of the server's. */
export const pushReason = (error: unknown): string =>
  error instanceof DOMException ? strings.notify.noService : wordsFor(error);
