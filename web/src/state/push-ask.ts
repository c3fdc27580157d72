import type { PushState } from "./push-state.ts";
import { createSignal, type Signal } from "./signal.ts";
import { browserShelf, windowShelf } from "./storage.ts";

/** Whoever said no is left alone that long. */
export const ASK_AGAIN_MS = 28 * 86_400_000;

export interface Acquaintance {
  readonly state: PushState;
  readonly permission: NotificationPermission;
  /** Whether a message was sent in this window, since it was opened or reloaded. */
  readonly sent: boolean;
  /** How often this browser was opened by this person, this time included. */
  readonly visits: number;
  /** When he last said no, in ms since 1970. */
  readonly declinedAt: number | undefined;
}

/**
 * Whether this is the moment to ask if notifications are wanted: somebody wrote something that will be answered, or came
 * back. Never at once, never twice in a while, and never where the answer is there already.
 */
export const mayAsk = ({ state, permission, sent, visits, declinedAt }: Acquaintance, nowMs: number): boolean => {
  if (state.at !== "off" || state.by !== undefined || permission === "denied") return false;
  if (declinedAt !== undefined && nowMs - declinedAt < ASK_AGAIN_MS) return false;
  return sent || visits > 1;
};

/** Whether a message was sent from this window. */
export const sentSomething: Signal<boolean> = createSignal(false);

const visitsKey = (userId: string): string => `parley.visits.${userId}`;
const declinedKey = (userId: string): string => `parley.push.declined.${userId}`;
const numberIn = (text: string | undefined): number | undefined => {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? undefined : value;
};

/** Counts this visit, once for a window however often it is reloaded, and tells how many there were. */
export const countVisit = (userId: string): number => {
  const key = visitsKey(userId);
  const before = numberIn(browserShelf.get(key)) ?? 0;
  if (windowShelf.get(key) !== undefined) return before;
  windowShelf.set(key, "counted");
  browserShelf.set(key, String(before + 1));
  return before + 1;
};

export const declinedAt = (userId: string): number | undefined => numberIn(browserShelf.get(declinedKey(userId)));

export const decline = (userId: string): void => browserShelf.set(declinedKey(userId), String(Date.now()));

/** Nothing of it outlives signing out. */
export const forgetVisits = (userId: string): void => {
  browserShelf.remove(visitsKey(userId));
  windowShelf.remove(visitsKey(userId));
  browserShelf.remove(declinedKey(userId));
};
