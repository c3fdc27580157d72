import { createECDH } from "node:crypto";
import { isLoopbackOrigin } from "../src/platform/push-hosts.ts";
import { readPushSettings } from "../src/platform/push-settings.ts";
import type { PushProblem } from "../src/platform/push-settings.ts";
import type { Environment, Settings } from "./settings.ts";

/** They reach workerd through its environment and stand in no file. */
const SECRETS = ["VAPID_PRIVATE_KEY", "FCM_SERVICE_ACCOUNT", "APNS_KEY", "APNS_RELAY_SECRET"] as const;
const TEXTS = [
  "PUSH_GATEWAY",
  "PUSH_HOSTS",
  "PUSH_PREVIEWS",
  "VAPID_PUBLIC_KEY",
  "VAPID_SUBJECT",
  "FCM_ENDPOINT",
  "FCM_TOKEN_ENDPOINT",
  "APNS_KEY_ID",
  "APNS_TEAM_ID",
  "APNS_TOPIC",
  "APNS_ENVIRONMENT",
  "APNS_ENDPOINT",
  "APNS_RELAY_URL",
] as const;
/** At what is named here the worker may have to reach this very machine. */
const ADDRESSES = ["FCM_ENDPOINT", "FCM_TOKEN_ENDPOINT", "APNS_ENDPOINT", "APNS_RELAY_URL"] as const;

/** The settings of push, as the worker reads them. */
export interface PushSettings {
  readonly texts: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether a setting names a service on this machine. */
  readonly onThisMachine: boolean;
}

type Names = readonly (typeof SECRETS | typeof TEXTS)[number][];

const among = (names: Names, env: Environment): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name]?.trim();
      return value ? [[name, value]] : [];
    }),
  );

const isPair = (publicKey: string, privateKey: string): boolean => {
  const curve = createECDH("prime256v1");
  try {
    curve.setPrivateKey(privateKey, "base64url");
  } catch {
    // Nothing, or more than the order of the curve: no key at all.
    return false;
  }
  return curve.getPublicKey("base64url") === publicKey;
};

/** What the worker would accept, and would only fail with later. */
const furtherProblem = (read: ReturnType<typeof readPushSettings>): PushProblem | undefined => {
  const { vapid, apns, log } = read;
  if (vapid !== undefined && !isPair(vapid.publicKey, vapid.privateKey))
    return {
      setting: "VAPID_PRIVATE_KEY",
      reason: "it does not belong to VAPID_PUBLIC_KEY (npm run keys makes a pair)",
    };
  if (apns !== undefined && apns.relay === undefined && !log)
    return {
      setting: "APNS_RELAY_URL",
      reason: "it is missing; Apple wants HTTP/2, for which workerd needs the relay",
    };
  return undefined;
};

/** The settings of push that `env` describes, or the first one that cannot be used. The worker's own reading decides. */
export const pushSettingsOf = (
  env: Environment,
  environment: Settings["environment"],
): PushSettings | { readonly problem: PushProblem } => {
  const texts = among(TEXTS, env);
  const secrets = among(SECRETS, env);
  const read = readPushSettings({ ENVIRONMENT: environment, ...texts, ...secrets });
  const problem = read.problems[0] ?? furtherProblem(read);
  if (problem !== undefined) return { problem };
  const near = ADDRESSES.some((name) => isLoopbackOrigin(URL.parse(texts[name] ?? "")?.origin ?? ""));
  return { texts, secrets, onThisMachine: near || read.hosts.onThisMachine };
};

/** With the keys that a development server made for itself, where none are given. */
export const withVapidKeys = (push: PushSettings, make: () => Record<string, string>): PushSettings => {
  if (push.texts["VAPID_PUBLIC_KEY"] !== undefined) return push;
  const { VAPID_PRIVATE_KEY = "", ...texts } = make();
  return { ...push, texts: { ...push.texts, ...texts }, secrets: { ...push.secrets, VAPID_PRIVATE_KEY } };
};
