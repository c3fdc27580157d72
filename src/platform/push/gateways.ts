import type { ProviderTokens, PushGateway } from "../../core/push/gateway.ts";
import type { PushBindings } from "../../rpc/bindings.ts";
import { readPushSettings } from "../push-settings.ts";
import { logGateway } from "./log-gateway.ts";

/** The way to each push service, by the kind of the address. */
export const pushGateway = (env: PushBindings): PushGateway => {
  const settings = readPushSettings(env);
  if (settings.log) return logGateway;
  return {
    send: ({ address }) =>
      Promise.resolve({ result: "refused", reason: `this server does not push by ${address.kind}` }),
  };
};

/** What push services know this server by. */
export const providerTokens = (env: PushBindings): ProviderTokens => {
  readPushSettings(env);
  return { make: () => Promise.resolve(undefined) };
};
