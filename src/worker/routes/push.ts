import { addressName, checkedAddress } from "../../platform/push-address.ts";
import { readPushSettings } from "../../platform/push-settings.ts";
import type { PushSettings } from "../../platform/push-settings.ts";
import { log } from "../../platform/telemetry.ts";
import type { Settings } from "../../rpc/bindings.ts";
import type { Handlers } from "../handler.ts";
import { json, problem } from "../problem.ts";
import { noContent } from "./written.ts";

/** Per set of bindings, of which an isolate has one. */
const known = new WeakMap<Settings, PushSettings>();

/** The first time, the log says which settings cannot be used. */
const settingsOf = (env: Settings): PushSettings => {
  const settings = known.get(env) ?? readPushSettings(env);
  if (!known.has(env))
    for (const { setting, reason } of settings.problems)
      log({ event: "misconfigured", reason: `${setting}: ${reason}` });
  known.set(env, settings);
  return settings;
};

/** [PUSH-1] What this server can push by, as JSON. */
const offerOf = (env: Settings): string => {
  const settings = settingsOf(env);
  return JSON.stringify({
    ...(settings.vapid === undefined ? {} : { webpush: { public_key: settings.vapid.publicKey } }),
    ...(settings.offers("apns") ? { apns: true } : {}),
    ...(settings.offers("fcm") ? { fcm: true } : {}),
    previews: settings.previews,
  });
};

export const pushHandlers = {
  pushOffer: ({ env }) => Promise.resolve(json(offerOf(env))),

  async registerPush({ env, identity, params, body }) {
    const checked = await checkedAddress(settingsOf(env), body);
    if (!checked.ok) return problem(checked.refusal);
    const name = await addressName(checked.value);
    return noContent(await env.USER.getByName(identity.user_id).registerPush(params.id, checked.value, name));
  },

  withdrawPush: async ({ env, identity, params }) =>
    noContent(await env.USER.getByName(identity.user_id).withdrawPush(params.id)),

  async testPush({ env, identity, params }) {
    const result = await env.USER.getByName(identity.user_id).testPush(params.id);
    return result.ok ? new Response(null, { status: 202 }) : problem(result.refusal);
  },
} satisfies Handlers;
