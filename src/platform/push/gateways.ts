import type { ProviderTokens, PushGateway } from "../../core/push/gateway.ts";
import type { PushBindings } from "../../rpc/bindings.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { PushKind } from "../../shared/protocol/http-push.ts";
import { readPushSettings } from "../push-settings.ts";
import type { PushSettings } from "../push-settings.ts";
import { systemClock } from "../world.ts";
import { apnsGateway } from "./apns.ts";
import { makeApnsToken } from "./apns-token.ts";
import { fcmGateway } from "./fcm.ts";
import { fetchGoogleToken } from "./google-token.ts";
import { logGateway } from "./log-gateway.ts";
import type { ServiceDeps } from "./push-service.ts";
import { makeVapidToken } from "./vapid-token.ts";
import { webPushGateway } from "./web-push.ts";

/** On plain workerd a network of its own; at the edge there is no private one. */
const servicesOf = ({ PUSH_NET }: PushBindings): ServiceDeps => ({
  network: PUSH_NET ?? { fetch: (url, init) => fetch(url, init) },
  timeoutMs: LIMITS.pushTimeoutMs,
  now: () => systemClock.now(),
});

const gatewaysOf = (
  { vapid, hosts, fcm, apns }: PushSettings,
  services: ServiceDeps,
): Partial<Record<PushKind, PushGateway>> => ({
  apns: apns && apnsGateway({ ...services, account: apns }),
  fcm: fcm && fcmGateway({ ...services, account: fcm }),
  webpush: vapid && webPushGateway({ ...services, vapid, hosts }),
});

/** The way to each push service, by the kind of the address. */
export const pushGateway = (env: PushBindings): PushGateway => {
  const settings = readPushSettings(env);
  if (settings.log) return logGateway;
  const gateways = gatewaysOf(settings, servicesOf(env));
  return {
    send: async (job, token) =>
      (await gateways[job.address.kind]?.send(job, token)) ?? {
        result: "refused",
        reason: "no settings for this kind",
      },
  };
};

const WEB_PUSH = "webpush:";

/** What push services know this server by. */
export const providerTokens = (env: PushBindings): ProviderTokens => {
  const { vapid, hosts, fcm, apns, log } = readPushSettings(env);
  return {
    make: async (provider) => {
      if (log) return undefined;
      if (vapid !== undefined && provider.startsWith(WEB_PUSH))
        return makeVapidToken(vapid, hosts.originOf(provider.slice(WEB_PUSH.length)), systemClock.now());
      if (apns !== undefined && provider === "apns") return makeApnsToken(apns, systemClock.now());
      if (fcm !== undefined && provider === "fcm") return fetchGoogleToken(servicesOf(env), fcm);
      return undefined;
    },
  };
};
