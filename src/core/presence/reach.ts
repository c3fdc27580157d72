import { LIMITS } from "../../shared/limits.ts";

/** What is known of a connected device. */
export interface Signs {
  /** It says that the app is in use, not in the background. */
  readonly active: boolean;
  /** When it last sent anything, heartbeats included, in ms since 1970. */
  readonly lastHeardAt: number;
  /** What was pushed to it twice it did not acknowledge. */
  readonly deaf: boolean;
}

/**
 * How a device can be reached. Only an `active` one does without a notification: an `idle` one has nobody in front
 * of it, and what is sent to an `unreachable` one may go nowhere although its connection was never closed.
 */
export type Reach = "active" | "idle" | "unreachable" | "offline";

/** Until when a device counts as there, if nothing more is heard of it. Its heartbeat comes every 30 s. */
export const leaseOf = ({ lastHeardAt }: Signs): number => lastHeardAt + LIMITS.presenceLeaseMs;

/** `undefined`: it is not connected. */
export const reachOf = (signs: Signs | undefined, now: number): Reach => {
  if (!signs) return "offline";
  if (signs.deaf || leaseOf(signs) <= now) return "unreachable";
  return signs.active ? "active" : "idle";
};
