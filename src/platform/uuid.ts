import type { ClientMessageId } from "../shared/ids.ts";

/** A UUID of version 7: for a write that its client did not name, so that it is found by its time all the same. */
export const uuidv7 = (now: number): ClientMessageId => {
  const time = now.toString(16).padStart(12, "0");
  const random = crypto.randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
};

/** 128 bits at random, as URL-safe text. */
export const randomSecret = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .slice(0, 22)
    .replaceAll("+", "-")
    .replaceAll("/", "_");
