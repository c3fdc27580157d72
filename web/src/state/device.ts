import { browserShelf, windowShelf } from "./storage.ts";

/** The server knows one connection per device: each window of a user needs an id, and a store, of its own. */
export interface Device {
  readonly id: string;
  readonly store: string;
}

const WINDOWS = 16;
/** A page that reloads lets go of its lock a moment after the new one asks for it. */
const RELOAD_GRACE_MS = 1000;

const randomName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const deviceKey = (userId: string): string => `parley.device.${userId}`;

/** One per browser and user, until signing out. */
const baseId = (userId: string): string => {
  const key = deviceKey(userId);
  const kept = browserShelf.get(key);
  if (kept !== undefined) return kept;
  const made = `web-${randomName()}`;
  browserShelf.set(key, made);
  return made;
};

/** The next sign-in is another device: this one was signed out, or removed. */
export const forgetDevice = (userId: string): void => browserShelf.remove(deviceKey(userId));

const lockName = (userId: string, slot: number): string => `parley:${userId}:${slot}`;

/** Takes a slot until the window closes; resolves to whether it was free. */
const take = (userId: string, slot: number, options: LockOptions): Promise<boolean> =>
  new Promise((resolve) => {
    const held = navigator.locks.request(lockName(userId, slot), options, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>(() => undefined);
    });
    held.catch(() => resolve(false));
  });

const slotFor = async (userId: string): Promise<number> => {
  // Browsers offer locks to secure pages only; there, a second window of the same user replaces the first.
  if (!("locks" in navigator)) return 1;
  const key = `parley.slot.${userId}`;
  const mine = Number(windowShelf.get(key) ?? Number.NaN);
  if (mine >= 1 && (await take(userId, mine, { signal: AbortSignal.timeout(RELOAD_GRACE_MS) }))) return mine;
  for (let slot = 1; slot <= WINDOWS; slot += 1) {
    if (!(await take(userId, slot, { ifAvailable: true }))) continue;
    windowShelf.set(key, String(slot));
    return slot;
  }
  return WINDOWS;
};

/** The device that this window is for a user: the browser's first free one. */
export const claimDevice = async (userId: string): Promise<Device> => {
  const slot = await slotFor(userId);
  const id = slot === 1 ? baseId(userId) : `${baseId(userId)}-${slot}`;
  return { id, store: `parley-${userId}-${id}` };
};

/** Whether no other window of this browser is signed in as the user. `false` when that cannot be known. */
export const isAlone = async (userId: string): Promise<boolean> => {
  if (!("locks" in navigator)) return false;
  const { held = [] } = await navigator.locks.query();
  return !held.some((lock) => lock.name?.startsWith(`parley:${userId}:`) === true);
};
