import type { Subscribed } from "../../sw/subscribed.ts";

/** Whether the browser can be pushed to. `install`: once the app is on the home screen, as iOS wants it. */
export type Able = "yes" | "no" | "install";

/** Whether this browser notifies the user while the app is closed, and why not. */
export type PushState =
  /** Not known yet: the server has not been asked. */
  | { readonly at: "unknown" }
  | { readonly at: "unsupported"; readonly why: "browser" | "install" | "server" }
  | { readonly at: "blocked" }
  /** `by`: it notifies somebody else, who is signed in in this browser too. */
  | { readonly at: "off"; readonly by?: string }
  | { readonly at: "on" }
  | { readonly at: "working"; readonly to: "on" | "off" }
  /** `to`: what it did not become. */
  | { readonly at: "failed"; readonly to: "on" | "off"; readonly error: unknown };

/** All that decides about it. */
export interface PushFacts {
  readonly userId: string;
  readonly deviceId: string;
  readonly able: Able;
  readonly permission: NotificationPermission;
  /** The server's public key: `null`: it does not push to browsers. `undefined`: it was not asked yet. */
  readonly key: string | null | undefined;
  /** Of the browser's subscription, if it has one. */
  readonly endpoint: string | undefined;
  readonly subscribed: Subscribed | undefined;
}

const holds = ({ userId, deviceId, endpoint, key, subscribed }: PushFacts): boolean =>
  subscribed?.userId === userId &&
  subscribed.deviceId === deviceId &&
  subscribed.endpoint === endpoint &&
  (key === undefined || subscribed.key === key);

export const pushStateOf = (facts: PushFacts): PushState => {
  const { userId, able, permission, key, endpoint, subscribed } = facts;
  if (able !== "yes") return { at: "unsupported", why: able === "no" ? "browser" : "install" };
  if (key === null) return { at: "unsupported", why: "server" };
  if (permission === "denied") return { at: "blocked" };
  if (permission === "granted" && holds(facts)) return { at: "on" };
  if (key === undefined) return { at: "unknown" };
  const others = endpoint !== undefined && subscribed !== undefined && subscribed.userId !== userId;
  return others && permission === "granted" ? { at: "off", by: subscribed.userId } : { at: "off" };
};

/**
 * What is to be done without anybody asking, so that browser, server and this account agree. `subscribe`: the push service
 * dropped the browser, or the server has another key. `register`: the server knows another address, or device, or somebody
 * who just signed in takes over what this browser is notified of. `renew`: nothing but the worker's credentials.
 * `drop`: a subscription that nobody knows of.
 */
export const repairOf = (
  facts: PushFacts,
  justSignedIn: boolean,
): "nothing" | "subscribe" | "register" | "renew" | "drop" => {
  const { userId, able, permission, key, endpoint, subscribed } = facts;
  if (able !== "yes" || typeof key !== "string" || permission !== "granted") return "nothing";
  if (subscribed === undefined) return endpoint === undefined ? "nothing" : "drop";
  if (subscribed.userId !== userId) return justSignedIn && endpoint !== undefined ? "register" : "nothing";
  if (endpoint === undefined || subscribed.key !== key) return "subscribe";
  return holds(facts) ? "renew" : "register";
};
