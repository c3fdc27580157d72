import { readPushSettings } from "../../platform/push-settings.ts";
import { log } from "../../platform/telemetry.ts";
import type { Settings } from "../../rpc/bindings.ts";
import type { Handlers } from "../handler.ts";
import { json } from "../problem.ts";

/** Per set of bindings, of which an isolate has one. */
const offers = new WeakMap<Settings, string>();

/** [PUSH-1] What this server can push by, as JSON. The first time, the log says which settings cannot be used. */
const offerOf = (env: Settings): string => {
  const known = offers.get(env);
  if (known !== undefined) return known;
  const settings = readPushSettings(env);
  for (const { setting, reason } of settings.problems) log({ event: "misconfigured", reason: `${setting}: ${reason}` });
  const offer = JSON.stringify({
    ...(settings.vapid === undefined ? {} : { webpush: { public_key: settings.vapid.publicKey } }),
    ...(settings.offers("apns") ? { apns: true } : {}),
    ...(settings.offers("fcm") ? { fcm: true } : {}),
    previews: settings.previews,
  });
  offers.set(env, offer);
  return offer;
};

export const pushHandlers = {
  pushOffer: ({ env }) => Promise.resolve(json(offerOf(env))),
} satisfies Handlers;
