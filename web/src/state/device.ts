import { browserShelf } from "./storage.ts";

const keyOf = (userId: string): string => `parley.device.${userId}`;

const randomName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** What this browser is called as a device of the user, in all of its tabs, until signing out. */
export const deviceOf = (userId: string): string => {
  const kept = browserShelf.get(keyOf(userId));
  if (kept !== undefined) return kept;
  const made = `web-${randomName()}`;
  browserShelf.set(keyOf(userId), made);
  return made;
};

/** The next sign-in is another device: this one was signed out, or removed. */
export const forgetDevice = (userId: string): void => browserShelf.remove(keyOf(userId));
