import { Crowd } from "../core/ratelimit/crowd.ts";
import { networkOf } from "../core/ratelimit/network-address.ts";
import { Turnstiles } from "../core/ratelimit/turnstiles.ts";
import { systemClock, systemRandom } from "../platform/world.ts";
import type { Settings } from "../rpc/bindings.ts";
import { LIMITS } from "../shared/limits.ts";

/** Per set of bindings, of which an isolate has one. `undefined`: the operator wants none. */
const prepared = new WeakMap<Settings, Turnstiles | undefined>();

const turnstilesOf = (settings: Settings): Turnstiles | undefined => {
  if (prepared.has(settings)) return prepared.get(settings);
  const perSecond = Number(settings.CONNECT_RATE ?? LIMITS.connectPerSecond);
  const burst = Number(settings.CONNECT_BURST ?? LIMITS.connectBurst);
  const turnstiles = perSecond > 0 ? new Turnstiles({ burst, perSecond }, systemClock, systemRandom) : undefined;
  prepared.set(settings, turnstiles);
  return turnstiles;
};

/** Those whom this isolate is letting in. */
export const crowd = new Crowd(systemRandom);

/**
 * Where a request comes from. A client can write any header it likes, so one is believed only where somebody we
 * trust has the last word in it: the operator's own proxy, or the platform.
 */
const addressOf = (settings: Settings, request: Request): string | undefined => {
  const header = settings.CLIENT_ADDRESS_HEADER;
  // The last of a list is what the proxy itself saw.
  const told = header ? networkOf(request.headers.get(header)?.split(",").at(-1) ?? "") : undefined;
  if (told !== undefined) return told;
  // Plain workerd says who is at the other end of the connection; at Cloudflare that is Cloudflare.
  const peer: unknown = request.cf?.["clientIp"];
  return networkOf(typeof peer === "string" ? peer : (request.headers.get("cf-connecting-ip") ?? ""));
};

/** How long whoever asks to connect stays away, in ms; 0: come in. In this isolate's memory: by address, and for all. */
export const admitArrival = (settings: Settings, request: Request): number => {
  const address = addressOf(settings, request);
  const wait = address === undefined ? 0 : (turnstilesOf(settings)?.enter(address) ?? 0);
  return wait > 0 ? wait : crowd.wait();
};
