import type { ClientMessageId } from "../shared/ids.ts";

/** A UUID of version 7: for a write that its client did not name, so that it is found by its time all the same. */
export const uuidv7 = (now: number): ClientMessageId => {
  const time = now.toString(16).padStart(12, "0");
  const random = crypto.randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
};

/** The id of a message that is imported: the same for the same message, and of its time, so that it is found by that. */
export const importedMessageId = async (parts: readonly string[], atMs: number): Promise<ClientMessageId> => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts.join("\0")));
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const time = atMs.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
};

/** 128 bits at random, as URL-safe text. */
export const randomSecret = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .slice(0, 22)
    .replaceAll("+", "-")
    .replaceAll("/", "_");
